package caption

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// line21 makes frames of words: "1" or "2" changes the field, four hexadecimal
// digits are a pair (parity is set), a dot lets a second pass.
func line21(t *testing.T, words string) []Frame {
	t.Helper()
	var all []Frame
	at, field := time.Duration(0), byte(0xfc)
	for _, w := range strings.Fields(words) {
		switch w {
		case "1", "2":
			field = 0xfc + w[0] - '1'
		case ".":
			at += s
		default:
			pair, err := hex.DecodeString(w)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Frame{at, []Triplet{{field, withParity(pair[0]), withParity(pair[1])}}})
		}
	}
	return all
}

// TestLine21 carries out the codes one by one; 4142 is "AB".
func TestLine21(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, words, source, want string }{
		{"nothing", "8080 .", "", ""},
		{"words without a mode", "4142 .", "", ""},
		{"pop-on", "1420 1420 1470 4142 . 142f 142f . 142c", "CC1", `1-2 ["AB"]`},
		{"codes parted by padding count once", "1420 1470 4142 . 142f 0000 142f . 142c", "CC1", `1-2 ["AB"]`},
		{"open at the end", "1420 1470 4142 . 142f", "CC1", `1-9 ["AB"]`},
		{"CC2", "1c20 1c70 4142 . 1c2f . 1c2c", "CC2", `1-2 ["AB"]`},
		{"CC3 before CC2", "1c20 1c70 4142 2 1520 1570 4344 . 1 1c2f 2 152f .", "CC2", `1-9 ["AB"]`},
		{"CC4", "2 1d20 1d70 4142 . 1d2f . 1d2c", "CC4", `1-2 ["AB"]`},
		{"program information is skipped", "2 1520 1570 0105 4344 0f00 1520 4142 . 152f .", "CC3", `1-9 ["AB"]`},
		{"text mode is skipped", "1420 1470 4142 142a 4344 142b 4546 1420 . 142f . 142c", "CC1", `1-2 ["AB"]`},
		{"backspace", "1420 1470 4142 1421 4300 . 142f . 142c", "CC1", `1-2 ["AC"]`},
		{"backspace at the very end", "1420 147e " + strings.Repeat("4142 ", 40) + "1421 1421 4344 . 142f . 142c",
			"CC1",
			`1-2 ["` + strings.Repeat("AB", 33) + `AD"]`},
		{"backspace at the begin", "1420 1470 1421 4142 . 142f . 142c", "CC1", `1-2 ["AB"]`},
		{"delete to end of row", "1420 1470 4142 4344 1470 1721 1424 . 142f . 142c", "CC1", `1-2 ["A"]`},
		{"erase what is hidden", "1420 1470 4142 142e 1470 4344 . 142f . 142c", "CC1", `1-2 ["CD"]`},
		{"the next one replaces", "1420 1470 4142 . 142f 1420 142e 1470 4344 . 142f . 142c", "CC1",
			`1-2 ["AB"] 2-3 ["CD"]`},
		{"rows in order, not as sent", "1420 1470 4142 1140 4344 . 142f . 142c", "CC1", `1-2 ["CD" "AB"]`},
		{"special and extended", "1420 1470 4137 1137 4100 1220 4100 1320 1340 . 142f . 142c", "CC1", `1-2 ["A7♪ÁÃ"]`},
		{"mid-row codes are blanks", "1420 1470 4142 112e 4344 . 142f . 142c", "CC1", `1-2 ["AB CD"]`},
		{"roll-up", "1425 142d 1470 4142 . 142d 4344 . 142d 4546 . 142c", "CC1",
			`0-1 ["AB"] 1-2 ["AB" "CD"] 2-3 ["CD" "EF"]`},
		{"a moved window", "1425 1470 4142 1340 . 142d 4344 . 142c", "CC1", `0-1 ["AB"] 1-2 ["AB" "CD"]`},
		{"roll-up erases pop-on", "1420 1470 4142 . 142f . 1426 4344 . 142c", "CC1", `1-2 ["AB"] 2-3 ["CD"]`},
		{"paint-on", "1429 1470 4142 . 1140 4344 . 142c", "CC1", `0-2 ["CD" "AB"]`},
		{"paint-on adds to what is there", "1429 1470 4142 . 1429 1140 4344 . 142c", "CC1",
			`0-1 ["AB"] 1-2 ["CD" "AB"]`},
		{"no such row", "1420 1470 1060 4142 . 142f . 142c", "CC1", `1-2 ["AB"]`},
	} {
		cues, source, err := DecodeCEA(line21(t, c.words), 9*s)
		if got := brief(cues); err != nil || source != c.source || got != c.want {
			t.Errorf("%s: %s %q %v, want %s %q", c.name, source, got, err, c.source, c.want)
		}
	}
}

// brief is cues in whole seconds.
func brief(cues []Cue) string {
	parts := make([]string, len(cues))
	for i, c := range cues {
		parts[i] = fmt.Sprintf("%d-%d %q", c.Start/s, c.End/s, c.Lines)
	}
	return strings.Join(parts, " ")
}

func TestParity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in1, in2, want1, want2 byte }{
		{0xc1, 0xc2, 0x41, 0x42}, {0x41, 0xc2, 0x42, 0}, {0xc1, 0x42, 0x41, 0}, {0x41, 0x42, 0, 0},
		{0x94, 0x2c, 0x14, 0x2c}, {0x14, 0x2c, 0, 0}, {0x94, 0xac, 0, 0}, {0x80, 0x80, 0, 0},
	} {
		if b1, b2 := checkParity(c.in1, c.in2); b1 != c.want1 || b2 != c.want2 {
			t.Errorf("%02x%02x: %02x%02x, want %02x%02x", c.in1, c.in2, b1, b2, c.want1, c.want2)
		}
	}
}

// packets makes frames of service blocks in hexadecimal, one second apart,
// each in a packet; "n:" before a block is its service, 1 otherwise.
func packets(t *testing.T, blocks ...string) []Frame {
	t.Helper()
	var all []Frame
	for i, b := range blocks {
		number := 1
		if n, rest, ok := strings.Cut(b, ":"); ok {
			_, _ = fmt.Sscan(n, &number)
			b = rest
		}
		data, err := hex.DecodeString(strings.ReplaceAll(b, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Frame{time.Duration(i) * s, appendPacket(nil, i, packetOf(number, data))})
	}
	return all
}

// packetOf uses the longer header for services from 7 on.
func packetOf(number int, block []byte) []byte {
	if number < 7 {
		return dtvccWrap(number, block)
	}
	p := append([]byte{0, 7<<5 | byte(len(block)), byte(number)}, block...)
	if len(p)%2 != 0 {
		p = append(p, 0)
	}
	p[0] = byte(len(p) / 2)
	return p
}

// TestServices carries out the codes of DTVCC. Window 0 has two rows and is
// hidden at first, window 1 stands above it.
func TestServices(t *testing.T) {
	t.Parallel()
	const (
		window0 = "98 18 5f 32 71 1f 19 "
		window1 = "99 18 0a 32 71 1f 19 "
		shown0  = "98 38 5f 32 71 1f 19 "
	)
	for _, c := range []struct {
		name   string
		blocks []string
		source string
		want   string
	}{
		{"nothing", nil, "", ""},
		{"words without a window", []string{"4142", ""}, "", ""},
		{"shown and hidden", []string{window0 + "4142", "89 01", "8a 01"}, "SERVICE1", `1-2 ["AB"]`},
		{"toggled", []string{window0 + "4142", "8b 01", "8b 01"}, "SERVICE1", `1-2 ["AB"]`},
		{"deleted", []string{window0 + "4142", "8b 01", "8c ff"}, "SERVICE1", `1-2 ["AB"]`},
		{"reset", []string{window0 + "4142", "8b 01", "8f"}, "SERVICE1", `1-2 ["AB"]`},
		{"cleared", []string{window0 + "4142", "8b 01", "88 01"}, "SERVICE1", `1-2 ["AB"]`},
		{"form feed", []string{window0 + "4142", "8b 01", "0c"}, "SERVICE1", `1-2 ["AB"]`},
		{"row cleared", []string{shown0 + "4142", "0e"}, "SERVICE1", `0-1 ["AB"]`},
		{"open at the end", []string{window0 + "4142", "8b 01"}, "SERVICE1", `1-9 ["AB"]`},
		{"two windows from the top", []string{window0 + "4142", window1 + "4344", "89 03", "8a ff"}, "SERVICE1",
			`2-3 ["CD" "AB"]`},
		{"one joins another", []string{shown0 + "4142", window1 + "4344", "89 02", "8a ff"}, "SERVICE1",
			`0-2 ["AB"] 2-3 ["CD" "AB"]`},
		{"rolls up", []string{shown0 + "4142 0d 4344", "0d 4546", "8f"}, "SERVICE1", `0-1 ["AB" "CD"] 1-2 ["CD" "EF"]`},
		{"pen and backspace", []string{window0 + "92 01 02 41 42 08 43 92 00 00 44", "89 01", "8f"}, "SERVICE1",
			`1-2 ["D" "AC"]`},
		{"character sets", []string{window0 + "7f e9 1025 1041 18 6c34 10a0", "89 01", "8f"}, "SERVICE1",
			`1-2 ["♪é…_水_"]`},
		{"unknown codes are passed over", []string{window0 + "41 11ff 1005 1008ff 101811ff22 108011223344",
			"80 109002aabb 90aabb 91aabbcc 97aabbccdd 42", "89 01", "8f"}, "SERVICE1", `2-3 ["AB"]`},
		{"a code cut off", []string{window0 + "41 18 6c", "89 01", "8f"}, "SERVICE1", `1-2 ["A"]`},
		{"service 2", []string{"2:" + window0 + "4142", "2:8901", "2:8f"}, "SERVICE2", `1-2 ["AB"]`},
		{"service 9", []string{"9:" + window0 + "4142", "9:8901", "9:8f"}, "SERVICE9", `1-2 ["AB"]`},
	} {
		cues, source, err := DecodeCEA(packets(t, c.blocks...), 9*s)
		if got := brief(cues); err != nil || source != c.source || got != c.want {
			t.Errorf("%s: %s %q %v, want %s %q", c.name, source, got, err, c.source, c.want)
		}
	}
}

// TestDamagedPackets loses the begin and the end of packets.
func TestDamagedPackets(t *testing.T) {
	t.Parallel()
	all := packets(t, "98 18 5f 32 71 1f 19 4142", "98 18 5f 32 71 1f 19 4344", "89 01", "8f")
	all[0].CC = all[0].CC[:3]
	all[1].CC = append([]Triplet{{0xfe, 1, 2}, {0xfa, 3, 4}}, all[1].CC...)
	cues, _, err := Decode708(all, 9*s)
	if got := brief(cues); err != nil || got != `2-3 ["CD"]` {
		t.Errorf("%q %v", got, err)
	}
	long := []Frame{{0, []Triplet{{0xff, 0x02, 0x3f}, {0xfe, 0x41, 0x42}}}, {s, []Triplet{{0xff, 0x01, 0xe1}}}}
	if cues, source, err := Decode708(long, 9*s); len(cues) > 0 || source != "" || err != nil {
		t.Error("a block longer than its packet", cues, source, err)
	}
}

// TestEndlessCEA is refused once it outgrows the limits.
func TestEndlessCEA(t *testing.T) {
	t.Parallel()
	var flips, toggles []Frame
	for i := range 2*maxCues + 10 {
		at := time.Duration(i) * ms
		code := [2]byte{codeEDM, codeRDC}[i%2]
		flips = append(flips, Frame{at, []Triplet{{0xfc, withParity(0x14), withParity(code)},
			{0xfc, withParity('A'), withParity(byte('A' + i%16))}}})
		toggles = append(toggles, Frame{at, appendPacket(nil, i, dtvccWrap(1, []byte{c1TGW, 1}))})
	}
	if _, _, err := DecodeCEA(flips, time.Hour); err == nil || err.Error() != "there are too many captions in CEA-608" {
		t.Error(err)
	}
	toggles[0] = packets(t, "98 18 5f 32 71 1f 19 4142")[0]
	if _, _, err := DecodeCEA(toggles, time.Hour); err == nil ||
		err.Error() != "there are too many captions in CEA-708" {
		t.Error(err)
	}
}
