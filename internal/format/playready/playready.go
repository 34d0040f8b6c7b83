// Package playready writes what players with Microsoft PlayReady are told of
// protected content: the PlayReady Header, version 4.0.0.0, and the PlayReady
// Object around it (PlayReady Header Specification). It is pure.
package playready

import (
	"crypto/aes"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf16"
)

// KeyBytes is the length of a content key and of a key identifier.
const KeyBytes = 16

// SystemID names PlayReady in pssh boxes and manifests, as a UUID in the order in
// which it is written.
const SystemID = "9a04f079-9840-4286-ab92-e65be0885f95"

// SystemBytes is [SystemID] as boxes have it.
var SystemBytes = [16]byte{0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f,
	0x95}

// Header is a PlayReady Header for content under one key.
type Header struct {
	// KeyID is the identifier in the order in which a UUID is written and in which
	// MP4 boxes have it; the header itself has a GUID's order.
	KeyID [KeyBytes]byte
	// LicenseURL is where players ask for the licence; "" leaves that to the player.
	LicenseURL string
	checksum   string
}

// NewHeader makes the header of content that is encrypted with a key of [KeyBytes]
// bytes, of which it keeps a checksum only.
func NewHeader(keyID [KeyBytes]byte, key []byte, licenseURL string) (Header, error) {
	if len(key) != KeyBytes {
		return Header{}, fmt.Errorf("playready: the key has %d bits, not %d", 8*len(key), 8*KeyBytes)
	}
	return Header{KeyID: keyID, LicenseURL: licenseURL, checksum: checksum(keyID, key)}, nil
}

// GUID turns the order of a UUID's bytes into that of a Microsoft GUID, whose first
// three numbers are little endian, and back.
func GUID(id [KeyBytes]byte) [KeyBytes]byte {
	return [KeyBytes]byte{id[3], id[2], id[1], id[0], id[5], id[4], id[7], id[6],
		id[8], id[9], id[10], id[11], id[12], id[13], id[14], id[15]}
}

// checksumBytes is how much of the encrypted identifier is kept.
const checksumBytes = 8

// checksum lets a player tell that a licence has the right key: the beginning of the
// identifier, encrypted with the key.
func checksum(keyID [KeyBytes]byte, key []byte) string {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length has been checked
	}
	guid := GUID(keyID)
	block.Encrypt(guid[:], guid[:])
	return base64.StdEncoding.EncodeToString(guid[:checksumBytes])
}

const namespace = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader"

// XML is the header's text.
func (h Header) XML() string {
	guid := GUID(h.KeyID)
	var b strings.Builder
	fmt.Fprintf(&b, `<WRMHEADER xmlns="%s" version="4.0.0.0"><DATA>`, namespace)
	fmt.Fprintf(&b, "<PROTECTINFO><KEYLEN>%d</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>", KeyBytes)
	fmt.Fprintf(&b, "<KID>%s</KID><CHECKSUM>%s</CHECKSUM>", base64.StdEncoding.EncodeToString(guid[:]), h.checksum)
	if h.LicenseURL != "" {
		b.WriteString("<LA_URL>")
		_ = xml.EscapeText(&b, []byte(h.LicenseURL)) // a Builder takes everything
		b.WriteString("</LA_URL>")
	}
	b.WriteString("</DATA></WRMHEADER>")
	return b.String()
}

const (
	objectHead = 6 // length, number of records
	recordHead = 4 // type, length
	headerType = 1 // of a record that holds a header
)

// Object is the PlayReady Object with the header as its only record: the content of
// a pssh box for [SystemID], and of the protection header of a Smooth manifest.
func (h Header) Object() []byte {
	text := utf16.Encode([]rune(h.XML()))
	record := 2 * len(text)
	b := make([]byte, 0, objectHead+recordHead+record)
	b = binary.LittleEndian.AppendUint32(b, uint32(objectHead+recordHead+record))
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, headerType)
	b = binary.LittleEndian.AppendUint16(b, uint16(record)) // of a URL of at most 512 characters: under 8 KiB
	for _, unit := range text {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}
