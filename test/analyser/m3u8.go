package analyser

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// folder holds published objects under their keys, and the keys of encrypted ones by
// their addresses.
type folder struct {
	dir  string
	keys map[string][]byte
}

func (f folder) read(key string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(key)))
}

// resolve is the key that a reference in an object leads to.
func resolve(from, reference string) (string, error) {
	name, err := url.PathUnescape(reference)
	return path.Join(path.Dir(from), name), err
}

// playlist is a media playlist of HLS.
type playlist struct {
	key    string
	target int
	vod    bool
	frames bool // it has keyframes only
	header []byte
	pieces []piece
}

// piece is a segment as the playlist says it, decrypted.
type piece struct {
	seconds float64
	key     string // of the object
	text    []byte
	bytes   int64 // as published
}

// cipherOf is how segments are encrypted.
type cipherOf struct{ key, vector []byte }

// readPlaylist reads a media playlist and all that it names.
func (f folder) readPlaylist(key string) (p playlist, err error) {
	text, err := f.read(key)
	if err != nil {
		return p, err
	}
	p.key = key
	var next piece
	var sealed *cipherOf
	length, offset := -1, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "#EXT-X-TARGETDURATION":
			p.target, err = strconv.Atoi(value)
		case "#EXT-X-PLAYLIST-TYPE":
			p.vod = value == "VOD"
		case "#EXT-X-I-FRAMES-ONLY":
			p.frames = true
		case "#EXT-X-KEY":
			sealed, err = f.cipher(key, attributes(value))
		case "#EXT-X-MAP":
			p.header, err = f.header(key, attributes(value))
		case "#EXTINF":
			next.seconds, err = strconv.ParseFloat(strings.TrimSuffix(value, ","), 64)
		case "#EXT-X-BYTERANGE":
			_, err = fmt.Sscanf(value, "%d@%d", &length, &offset)
		default:
			if line == "" || line[0] == '#' {
				break
			}
			if next.key, err = resolve(key, line); err == nil {
				err = f.fill(&next, length, offset, sealed, p.frames)
			}
			p.pieces = append(p.pieces, next)
			next, length = piece{}, -1
		}
		if err != nil {
			return p, fmt.Errorf("%s: %s: %w", key, line, err)
		}
	}
	return p, nil
}

// fill reads a piece's bytes: a range of an object, or all.
func (f folder) fill(p *piece, length, offset int, sealed *cipherOf, frames bool) error {
	text, err := f.read(p.key)
	if err != nil {
		return err
	}
	if length < 0 {
		length, offset = len(text), 0
	}
	if offset+length > len(text) {
		return fmt.Errorf("%d bytes from %d of %d", length, offset, len(text))
	}
	p.bytes = int64(length)
	if sealed == nil || frames { // keyframes are parts of segments that are read anyway
		p.text = text[offset : offset+length]
		return nil
	}
	p.text, err = sealed.open(text[offset : offset+length])
	return err
}

func (c *cipherOf) open(text []byte) ([]byte, error) {
	block, err := aes.NewCipher(c.key)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%d encrypted bytes: %w", len(text), err)
	}
	plain := make([]byte, len(text))
	cipher.NewCBCDecrypter(block, c.vector).CryptBlocks(plain, text)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, fmt.Errorf("a padding of %d bytes", padding)
	}
	return plain[:len(plain)-padding], nil
}

// cipher finds the key of a tag.
func (f folder) cipher(from string, tag map[string]string) (*cipherOf, error) {
	vector, err := hex.DecodeString(strings.TrimPrefix(tag["IV"], "0x"))
	if err != nil {
		return nil, err
	}
	if key, ok := f.keys[tag["URI"]]; ok {
		return &cipherOf{key, vector}, nil
	}
	object, err := resolve(from, tag["URI"])
	if err != nil {
		return nil, err
	}
	key, err := f.read(object)
	if err != nil {
		return nil, fmt.Errorf("no key for %s: the test has not told it", tag["URI"])
	}
	return &cipherOf{key, vector}, nil
}

// header reads the initialization segment of a tag.
func (f folder) header(from string, tag map[string]string) ([]byte, error) {
	object, err := resolve(from, tag["URI"])
	if err != nil {
		return nil, err
	}
	text, err := f.read(object)
	if err != nil {
		return nil, err
	}
	var length, offset int
	if _, err := fmt.Sscanf(tag["BYTERANGE"], "%d@%d", &length, &offset); err != nil {
		return nil, err
	}
	return text[offset : offset+length], nil
}

// attributes reads an attribute list.
func attributes(list string) map[string]string {
	found := map[string]string{}
	for list != "" {
		name, value, _ := strings.Cut(list, "=")
		if quoted, ok := strings.CutPrefix(value, `"`); ok {
			value, list, _ = strings.Cut(quoted, `"`)
			list = strings.TrimPrefix(list, ",")
		} else {
			value, list, _ = strings.Cut(value, ",")
		}
		found[name] = value
	}
	return found
}

// rendition reads what a playlist's segments hold.
func (p playlist) rendition() (r *Rendition, wrong []string) {
	r = &Rendition{Name: p.key}
	var fault []string
	if p.header != nil {
		r.edited = true
		tracks, stated := movie(p.header)
		for _, piece := range p.pieces {
			s, err := fragments(tracks, piece.text)
			if err != nil {
				fault = append(fault, err.Error())
			}
			s.said, s.bytes = piece.seconds, piece.bytes
			r.segments = append(r.segments, s)
		}
		fault = append(fault, checkLength(stated, r)...)
	} else {
		t := newTransport()
		for n, piece := range p.pieces {
			s := t.read(n, piece.text)
			s.said, s.bytes = piece.seconds, piece.bytes
			r.segments = append(r.segments, s)
		}
		fault = t.wrong
	}
	r.measure()
	return r, append(fault, r.check()...)
}

// peak is the highest rate of any run of segments that lasts between half and one and
// a half of the target duration, in bits per second (RFC 8216 section 4.1), and mean
// that of all.
func (p playlist) rates() (peak, mean float64) {
	var length, size float64
	for i := range p.pieces {
		length, size = length+p.pieces[i].seconds, size+8*float64(p.pieces[i].bytes)
		var seconds, bits float64
		for _, s := range p.pieces[i:] {
			seconds, bits = seconds+s.seconds, bits+8*float64(s.bytes)
			if seconds > 1.5*float64(p.target) {
				break
			}
			if seconds >= 0.5*float64(p.target) {
				peak = max(peak, bits/seconds)
			}
		}
	}
	mean = size / length
	if peak == 0 {
		peak = mean
	}
	return peak, mean
}
