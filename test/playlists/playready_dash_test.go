package playlists

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// unlocked are the hashes of all frames that ffmpeg decodes of a stream ("0:v:0") with
// a key in hexadecimal digits.
func unlocked(t *testing.T, file []byte, key, stream string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-decryption_key", key, "-i", "pipe:0",
		"-map", stream, "-f", "framehash", "-hash", "md5", "-fps_mode", "passthrough", "-")
	cmd.Stdin = bytes.NewReader(file)
	var messages strings.Builder
	cmd.Stderr = &messages
	list, err := cmd.Output()
	if err != nil || messages.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, messages.String())
	}
	return hashesOf(string(list))
}

// protections are what an MPEG-DASH manifest says of keys, by scheme.
type protections struct {
	Sets []struct {
		Protections []struct {
			Scheme string `xml:"schemeIdUri,attr"`
			Value  string `xml:"value,attr"`
			KeyID  string `xml:"urn:mpeg:cenc:2013 default_KID,attr"`
			Box    string `xml:"urn:mpeg:cenc:2013 pssh"`
			Object string `xml:"urn:microsoft:playready pro"`
		} `xml:"ContentProtection"`
	} `xml:"Period>AdaptationSet"`
}

// An MPEG-DASH presentation under PlayReady is in Common Encryption: ffmpeg decrypts its
// files to the frames of the one without, and manifest and files tell the same of the
// key, which is nowhere.
func TestPlayReadyInDASH(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "7")
	video := b.steady(t, reelastictest.DASHVideo600k, "192", "108")
	key := []byte("a key: 128 bits!")
	drm := b.playReady(t, key)
	drm.InitializationVector = new(base64.StdEncoding.EncodeToString([]byte("8 bytes.")))
	b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4")}},
		Outputs: []api.CreateJobOutput{output("video", video), output("sound", reelastictest.DASHAudio128k),
			output("sealed", video), output("sealed sound", reelastictest.DASHAudio128k)},
		Playlists: []api.CreateJobPlaylist{playlist("open", "MPEG-DASH", "video", "sound"),
			withDRM(playlist("film", "MPEG-DASH", "sealed", "sealed sound"), drm)},
	})
	for sealed, open := range map[string]string{"sealed": "video", "sealed sound": "sound"} {
		stream := "0:v:0"
		if open == "sound" {
			stream = "0:a:0"
		}
		want := frames(t, b.site.URL+"/"+open, stream)
		got := unlocked(t, b.ReadOutput(t, sealed), hex.EncodeToString(key), stream)
		if len(got) < 200 || !slices.Equal(got, slices.DeleteFunc(want, func(s string) bool { return s == "hash" })) {
			t.Errorf("%s: %d frames, unlike the %d of %s", sealed, len(got), len(want), open)
		}
	}
	var p protections
	if err := xml.Unmarshal(b.ReadOutput(t, "film.mpd"), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Sets) != 2 {
		t.Fatalf("%d sets", len(p.Sets))
	}
	for n, s := range p.Sets {
		if len(s.Protections) != 2 || s.Protections[0].Scheme != "urn:mpeg:dash:mp4protection:2011" ||
			s.Protections[0].Value != "cenc" || s.Protections[0].KeyID != *drm.KeyId ||
			s.Protections[1].Scheme != "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95" {
			t.Fatalf("set %d says %+v", n, s.Protections)
		}
		box, err := base64.StdEncoding.DecodeString(s.Protections[1].Box)
		if err != nil {
			t.Fatal(err)
		}
		object, err := base64.StdEncoding.DecodeString(s.Protections[1].Object)
		if err != nil || len(box) < 32 || !bytes.Equal(box[32:], object) ||
			int(binary.LittleEndian.Uint32(object)) != len(object) {
			t.Errorf("set %d: box %x, object %x, %v", n, box, object, err)
		}
		r := b.mpd(t, "film.mpd").Sets[n].Representations[0]
		file := b.ReadOutput(t, path.Join(".", strings.ReplaceAll(r.BaseURL, "%20", " ")))
		if movie := reelastictest.Inside(t, file, "moov"); !bytes.Contains(movie, box) {
			t.Errorf("%s has another box than the manifest", r.BaseURL)
		}
		var from, to int
		if _, err := fmt.Sscanf(r.Base.Index, "%d-%d", &from, &to); err != nil {
			t.Fatal(err)
		}
		checkIndex(t, file, from, to+1)
	}
	for name := range b.Objects("out") {
		if bytes.Contains(b.ReadOutput(t, name), key) {
			t.Errorf("%s holds the key", name)
		}
	}
}

// checkIndex reads the segment index in a range of a file: what it names are fragments
// and whole boxes, up to the list of access points or the end.
func checkIndex(t *testing.T, file []byte, from, to int) {
	t.Helper()
	index := reelastictest.Inside(t, file[from:to], "sidx")
	if index[0] != 1 {
		t.Fatalf("an index of version %d", index[0])
	}
	at := to + int(binary.BigEndian.Uint64(index[20:]))
	for n := range int(binary.BigEndian.Uint16(index[30:])) {
		if kind := string(file[at+4 : at+8]); kind != "moof" {
			t.Fatalf("segment %d begins with %q", n, kind)
		}
		size := int(binary.BigEndian.Uint32(index[32+12*n:]))
		reelastictest.Boxes(t, file[at:at+size], at)
		at += size
	}
	if at != len(file) && string(file[at+4:at+8]) != "mfra" {
		t.Errorf("the index ends at %d of %d", at, len(file))
	}
}
