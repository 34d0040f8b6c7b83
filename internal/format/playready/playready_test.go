package playready

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func id(t testing.TB, text string) (id [KeyBytes]byte) {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || copy(id[:], raw) != KeyBytes {
		t.Fatalf("%q is not an identifier", text)
	}
	return id
}

// The first row is Microsoft's public test stream "Super Speedway", whose key
// follows from the published test key seed; the second one is from the tests of
// the cpix library; the others are from the W3C's tests of encrypted media.
var published = []struct{ keyID, key, kid, checksum string }{
	{"09e36702-8f33-436c-a5dd-60ffe6671e70", "b42ca3172ee4e69bf51848a59db9cd13", "AmfjCTOPbEOl3WD/5mcecA==",
		"BGw1aYZ1YXM="},
	{"8ba94ade-6eb9-449d-b44f-a5beefaf43b0", "dbfd6922c321c4bb486f4a1c44097ed6", "3kqpi7lunUS0T6W+769DsA==",
		"Me48z71nuqY="},
	{"ad13f9ea-2be6-98b8-75f5-04a8e3ccea64", "be7df8a3667a6a8fd564d0ed81339a95", "6vkTreYruJh19QSo48zqZA==",
		"jYFNf0yf4is="},
	{"558ee541-b90a-b2f3-950d-00ade3760d45", "91039263016da635770d57db92f98bd0", "QeWOVQq587KVDQCt43YNRQ==",
		"YiO/16Ls96E="},
	{"13a75306-d118-917b-47a6-c1836442516f", "8aaad8c4dbdeaccdad2676a1ed38952e", "BlOnExjRe5FHpsGDZEJRbw==",
		"IDRtPgUI/bI="},
}

func TestPublishedChecksums(t *testing.T) {
	t.Parallel()
	for _, v := range published {
		key, err := hex.DecodeString(v.key)
		if err != nil {
			t.Fatal(err)
		}
		h, err := NewHeader(id(t, v.keyID), key, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<KID>" + v.kid + "</KID>", "<CHECKSUM>" + v.checksum + "</CHECKSUM>"} {
			if !strings.Contains(h.XML(), want) {
				t.Errorf("%s: %s is missing in %s", v.keyID, want, h.XML())
			}
		}
	}
}

// publishedObject is the PlayReady Object of the W3C's tests, byte for byte.
const publishedObject = "+gIAAAEAAQDwAjwAVwBSAE0ASABFAEEARABFAFIAIAB4AG0AbABuAHMAPQAiAGgAdAB0AHAAOgAvAC8AcwBjAGgAZQBtAGEAcwAuAG0AaQBjAHIAbwBzAG8AZgB0AC4AYwBvAG0ALwBEAFIATQAvADIAMAAwADcALwAwADMALwBQAGwAYQB5AFIAZQBhAGQAeQBIAGUAYQBkAGUAcgAiACAAdgBlAHIAcwBpAG8AbgA9ACIANAAuADAALgAwAC4AMAAiAD4APABEAEEAVABBAD4APABQAFIATwBUAEUAQwBUAEkATgBGAE8APgA8AEsARQBZAEwARQBOAD4AMQA2ADwALwBLAEUAWQBMAEUATgA+ADwAQQBMAEcASQBEAD4AQQBFAFMAQwBUAFIAPAAvAEEATABHAEkARAA+ADwALwBQAFIATwBUAEUAQwBUAEkATgBGAE8APgA8AEsASQBEAD4ANgB2AGsAVAByAGUAWQByAHUASgBoADEAOQBRAFMAbwA0ADgAegBxAFoAQQA9AD0APAAvAEsASQBEAD4APABDAEgARQBDAEsAUwBVAE0APgBqAFkARgBOAGYAMAB5AGYANABpAHMAPQA8AC8AQwBIAEUAQwBLAFMAVQBNAD4APABMAEEAXwBVAFIATAA+AGgAdAB0AHAAOgAvAC8AcABsAGEAeQByAGUAYQBkAHkALgBkAGkAcgBlAGMAdAB0AGEAcABzAC4AbgBlAHQALwBwAHIALwBzAHYAYwAvAHIAaQBnAGgAdABzAG0AYQBuAGEAZwBlAHIALgBhAHMAbQB4AD8AUABsAGEAeQBSAGkAZwBoAHQAPQAxACYAYQBtAHAAOwBVAHMAZQBTAGkAbQBwAGwAZQBOAG8AbgBQAGUAcgBzAGkAcwB0AGUAbgB0AEwAaQBjAGUAbgBzAGUAPQAxADwALwBMAEEAXwBVAFIATAA+ADwALwBEAEEAVABBAD4APAAvAFcAUgBNAEgARQBBAEQARQBSAD4A"

func TestPublishedObject(t *testing.T) {
	t.Parallel()
	v := published[2]
	key, err := hex.DecodeString(v.key)
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHeader(id(t, v.keyID), key,
		"http://playready.directtaps.net/pr/svc/rightsmanager.asmx?PlayRight=1&UseSimpleNonPersistentLicense=1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(publishedObject, base64.StdEncoding.EncodeToString(h.Object())); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
}

func TestGUIDTurnsBack(t *testing.T) {
	t.Parallel()
	there := GUID(id(t, "00112233-4455-6677-8899-aabbccddeeff"))
	if want := id(t, "33221100-5544-7766-8899-aabbccddeeff"); there != want {
		t.Errorf("%x, want %x", there, want)
	}
	if back := GUID(there); back != id(t, "00112233-4455-6677-8899-aabbccddeeff") {
		t.Errorf("%x", back)
	}
}

func TestSystemID(t *testing.T) {
	t.Parallel()
	if SystemBytes != id(t, SystemID) {
		t.Errorf("%x is not %s", SystemBytes, SystemID)
	}
}

func TestKeyLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 15, 24, 32} {
		if _, err := NewHeader([KeyBytes]byte{}, make([]byte, n), ""); err == nil {
			t.Errorf("a key of %d bytes is taken", n)
		}
	}
}

// read is what a player makes of an object: the text of its only record.
func read(t *testing.T, object []byte) (header struct {
	Version string   `xml:"version,attr"`
	KID     string   `xml:"DATA>KID"`
	URL     []string `xml:"DATA>LA_URL"`
}) {
	t.Helper()
	if n := binary.LittleEndian.Uint32(object); int(n) != len(object) {
		t.Fatalf("the object says that it has %d bytes, and has %d", n, len(object))
	}
	if head := object[4:8]; !bytes.Equal(head, []byte{1, 0, 1, 0}) {
		t.Fatalf("one record of type 1: %x", head)
	}
	text := object[10:]
	if n := binary.LittleEndian.Uint16(object[8:]); int(n) != len(text) {
		t.Fatalf("the record says that it has %d bytes, and has %d", n, len(text))
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(text[2*i:])
	}
	if err := xml.Unmarshal([]byte(string(utf16.Decode(units))), &header); err != nil {
		t.Fatal(err)
	}
	return header
}

func FuzzObject(f *testing.F) {
	f.Add("https://example.org/rights?a=1&b=<2>\"'", []byte("0123456789abcdef"))
	f.Add("", make([]byte, KeyBytes))
	f.Add("https://xn--e1afmkfd.example/лицензия/𝄞", make([]byte, KeyBytes))
	f.Fuzz(func(t *testing.T, url string, raw []byte) {
		if len(raw) != KeyBytes || len(url) > 512 {
			return
		}
		keyID := [KeyBytes]byte(raw)
		h, err := NewHeader(keyID, raw, url)
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, h.Object())
		guid, err := base64.StdEncoding.DecodeString(got.KID)
		if err != nil || GUID([KeyBytes]byte(guid)) != keyID {
			t.Errorf("KID %q of %x", got.KID, keyID)
		}
		if url == "" {
			if got.URL != nil {
				t.Errorf("a URL that nobody gave: %q", got.URL)
			}
			return
		}
		if len(got.URL) != 1 || plain(url) && got.URL[0] != url {
			t.Errorf("URL %q of %q", got.URL, url)
		}
	})
}

// plain reports whether XML can hold a text as it is.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0xFFFE ||
			r == 0xFFFF
	})
}
