package playlists

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

var (
	givenKey    = []byte("a key: 128 bits!")
	givenVector = []byte("sixteen bytes iv")
)

// given is a protection with a key of the test.
func (b *bench) given(t *testing.T, key []byte) *api.HlsContentProtection {
	t.Helper()
	p := api.HlsContentProtection{Method: new("aes-128"), KeyStoragePolicy: new("WithVariantPlaylists"),
		InitializationVector: new(base64.StdEncoding.EncodeToString(givenVector))}
	if err := json.Unmarshal(b.Key(t, key, "wrap"), &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

func protected(p api.CreateJobPlaylist, protection *api.HlsContentProtection) api.CreateJobPlaylist {
	p.HlsContentProtection = protection
	return p
}

// decrypt is OpenSSL's, which is not the program's code.
func decrypt(t *testing.T, sealed, key, iv []byte, options ...string) []byte {
	t.Helper()
	args := []string{"enc", "-d", "-aes-128-cbc", "-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(iv)}
	return reelastictest.Pipe(t, sealed, "openssl", append(args, options...)...)
}

// Segments under AES-128 decrypt by OpenSSL to those of the same output without
// protection, and play with the key that the playlists name.
func TestContentProtection(t *testing.T) {
	t.Parallel()
	reelastictest.Need(t, "", "openssl", "version")
	b := newBench(t)
	b.film(t, "film.mp4", "9")
	var license atomic.Value // the key that the server hands out, once it is known
	var asked atomic.Int32
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(license.Load().([]byte))
	}))
	t.Cleanup(keys.Close)
	muxed := b.sized(t, reelastictest.HLS400k, "192", "108")
	made := &api.HlsContentProtection{Method: new("aes-128"), LicenseAcquisitionUrl: new(keys.URL + "/license?film=1")}
	own := b.given(t, givenKey)
	job := b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4")}}, OutputKeyPrefix: new("p/"),
		Outputs: []api.CreateJobOutput{output("plain", muxed), output("x/three", muxed), output("x/four", muxed),
			output("x/sound", reelastictest.HLSAudio160k), output("made", muxed)},
		Playlists: []api.CreateJobPlaylist{playlist("open", "HLSv3", "plain"),
			protected(playlist("v3", "HLSv3", "x/three"), own),
			protected(playlist("v4", "HLSv4", "x/four", "x/sound"), own),
			protected(playlist("license", "HLSv3", "made"), made)},
	})
	plain := b.media(t, "p/plain.m3u8")
	t.Run("given", func(t *testing.T) {
		for key, tag := range map[string]string{"p/x/three.m3u8": "../v3.key", "p/x/four_v4.m3u8": "../v4.key",
			"p/x/sound_v4.m3u8": "../v4.key", "p/x/four_iframe.m3u8": "../v4.key"} {
			m := b.media(t, key)
			if want := fmt.Sprintf(`#EXT-X-KEY:METHOD=AES-128,URI="%s",IV=0x%X`, tag,
				givenVector); !slices.Contains(m.lines, want) {
				t.Errorf("%s has no line %s:\n%s", key, want, strings.Join(m.lines[:8], "\n"))
			}
			if key == "p/x/sound_v4.m3u8" || key == "p/x/four_iframe.m3u8" {
				continue
			}
			for n, p := range m.pieces {
				if got := decrypt(t, p.bytes, givenKey, givenVector); !bytes.Equal(got, plain.pieces[n].bytes) &&
					key == "p/x/three.m3u8" {
					t.Errorf("%s: segment %d does not decrypt to the plain one", key, n)
				}
			}
		}
		for _, key := range []string{"p/v3.key", "p/v4.key"} {
			if !bytes.Equal(b.ReadOutput(t, key), givenKey) {
				t.Errorf("%s is not the key", key)
			}
		}
		if shown := job.Playlists[1].HlsContentProtection; *shown.Key != *own.Key || *shown.KeyMd5 != *own.KeyMd5 ||
			shown.LicenseAcquisitionUrl != nil {
			t.Errorf("the job shows %+v", shown)
		}
	})
	t.Run("made", func(t *testing.T) {
		shown := job.Playlists[3].HlsContentProtection
		license.Store(b.Key(t, []byte(*shown.Key), "unwrap"))
		if n := len(license.Load().([]byte)); n != 16 {
			t.Errorf("the key has %d bytes", n)
		}
		b.PlaylistKey(*made.LicenseAcquisitionUrl, license.Load().([]byte))
		if *shown.LicenseAcquisitionUrl != *made.LicenseAcquisitionUrl || *shown.Method != "aes-128" ||
			*shown.KeyStoragePolicy != "NoStore" {
			t.Errorf("the job shows %+v", shown)
		}
		iv, err := base64.StdEncoding.DecodeString(*shown.InitializationVector)
		if err != nil || len(iv) != 16 {
			t.Fatalf("vector %s: %v", *shown.InitializationVector, err)
		}
		for n, p := range b.media(t, "p/made.m3u8").pieces {
			if !bytes.Equal(decrypt(t, p.bytes, license.Load().([]byte), iv), plain.pieces[n].bytes) {
				t.Errorf("segment %d does not decrypt to the plain one", n)
			}
		}
		if _, stored := b.Objects("out")["p/license.key"]; stored {
			t.Error("a key was stored")
		}
	})
	t.Run("played", func(t *testing.T) {
		want := frames(t, b.site.URL+"/p/plain.m3u8", "0:v:0")
		for _, list := range []string{"x/three.m3u8", "v3.m3u8", "x/four_v4.m3u8", "made.m3u8", "license.m3u8"} {
			if got := frames(t, b.site.URL+"/p/"+list, "0:v:0"); !slices.Equal(got, want) {
				t.Errorf("%s: %d frames, unlike the %d of the plain one", list, len(got), len(want))
			}
		}
		if asked.Load() == 0 {
			t.Error("nobody asked the key server")
		}
	})
	t.Run("key frames", func(t *testing.T) { b.checkSealedPictures(t, "p/x/four_iframe.m3u8") })
	t.Run("secret", func(t *testing.T) {
		for _, key := range [][]byte{givenKey, license.Load().([]byte)} {
			for _, form := range []string{string(key), hex.EncodeToString(key),
				base64.StdEncoding.EncodeToString(key)} {
				if strings.Contains(b.Log(), form) {
					t.Errorf("the log holds the key %s", form)
				}
			}
		}
	})
}

// checkSealedPictures decrypts each range of an I-frame playlist as RFC 8216 section
// 5.2 has it: whole blocks, with the block before as the vector. Each is a picture.
func (b *bench) checkSealedPictures(t *testing.T, key string) {
	t.Helper()
	list := b.media(t, key)
	file := b.ReadOutput(t, list.pieces[0].key)
	for n, p := range list.pieces {
		start := cap(file) - cap(p.bytes) // a piece is a slice of its own copy of the file
		from, to := start/16*16, (start+len(p.bytes)+15)/16*16
		open := decrypt(t, file[from:to], givenKey, file[from-16:from], "-nopad")[start-from:][:len(p.bytes)]
		if _, random := stamp(t, open, pictures); !random {
			t.Errorf("range %d is no key frame", n)
		}
		path := filepath.Join(t.TempDir(), "picture.ts")
		if err := os.WriteFile(path, open, 0o600); err != nil {
			t.Fatal(err)
		}
		if found := frames(t, path, "0:v:0"); len(found) != 1 {
			t.Errorf("range %d holds %d pictures", n, len(found))
		}
	}
}

// What is wrong with a key fails the outputs of its playlist, and the playlist.
func TestContentProtectionRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "2")
	muxed := b.sized(t, reelastictest.HLS400k, "192", "108")
	stranger := b.given(t, givenKey)
	foreign := append([]byte{1}, bytes.Repeat([]byte{7}, 40)...)
	digest := md5.Sum(foreign)
	stranger.Key = new(base64.StdEncoding.EncodeToString(foreign))
	stranger.KeyMd5 = new(base64.StdEncoding.EncodeToString(digest[:]))
	b.PutText("out", "taken.key", "x")
	job := b.Run(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4")}},
		Outputs: []api.CreateJobOutput{output("long", muxed), output("strange", muxed), output("late", muxed),
			output("good", muxed)},
		Playlists: []api.CreateJobPlaylist{protected(playlist("v3", "HLSv3", "long"),
			b.given(t, bytes.Repeat(givenKey, 2))),
			protected(playlist("v4", "HLSv4", "strange"), stranger), protected(playlist("taken", "HLSv3", "late"),
				b.given(t, givenKey)), playlist("open", "HLSv3", "good")},
	})
	for n, want := range []string{"4020 ", "4018 ", "3002 ", ""} {
		o, p := job.Outputs[n], job.Playlists[n]
		if want == "" {
			if *o.Status != "Complete" || *p.Status != "Complete" {
				t.Errorf("the good output is %s, its playlist %s", *o.Status, *p.Status)
			}
			continue
		}
		if !strings.HasPrefix(reelastictest.Text(o.StatusDetail), want) ||
			!strings.HasPrefix(reelastictest.Text(p.StatusDetail), "1001 ") {
			t.Errorf("output %d: %s\nplaylist: %s", n, reelastictest.Text(o.StatusDetail),
				reelastictest.Text(p.StatusDetail))
		}
	}
	got := reelastictest.Text(job.Outputs[0].StatusDetail)
	if !strings.Contains(got, "Your key must be 128 bits for AES-128 encryption. MD5=") ||
		!strings.Contains(got, ", 256 bits.") {
		t.Errorf("4020 says: %s", got)
	}
	for key := range b.Objects("out") {
		if !strings.HasPrefix(key, "good") && key != "open.m3u8" && key != "taken.key" {
			t.Errorf("%s was published", key)
		}
	}
}
