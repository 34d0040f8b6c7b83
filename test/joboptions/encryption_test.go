package joboptions

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// aesModes are the modes of the API with their names in OpenSSL; the command has no
// mode that authenticates.
var aesModes = map[string]string{"aes-cbc-pkcs7": "cbc", "aes-ctr": "ctr", "aes-gcm": ""}

var (
	plainKey = []byte("a key: 128 bits!")
	vector   = []byte("sixteen bytes iv")
)

// encryption are the members for a key of the test.
func (b *bench) encryption(t *testing.T, mode string, key []byte) *api.Encryption {
	t.Helper()
	e := api.Encryption{Mode: &mode, InitializationVector: new(base64.StdEncoding.EncodeToString(vector))}
	if err := json.Unmarshal(b.Key(t, key, "wrap"), &e); err != nil {
		t.Fatal(err)
	}
	return &e
}

// seal encrypts with the standard library or OpenSSL, which are not the program's code.
func seal(t *testing.T, mode string, key, iv, text []byte) []byte {
	t.Helper()
	if name := aesModes[mode]; name != "" {
		return openssl(t, "-e", name, key, iv, text)
	}
	return aead(t, key).Seal(nil, iv, text, nil)
}

// unseal is the reverse of seal.
func unseal(t *testing.T, mode string, key, iv, sealed []byte) []byte {
	t.Helper()
	if name := aesModes[mode]; name != "" {
		return openssl(t, "-d", name, key, iv, sealed)
	}
	text, err := aead(t, key).Open(nil, iv, sealed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func aead(t *testing.T, key []byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(vector))
	if err != nil {
		t.Fatal(err)
	}
	return gcm
}

func openssl(t *testing.T, direction, name string, key, iv, text []byte) []byte {
	t.Helper()
	bits := map[int]string{16: "128", 24: "192", 32: "256"}[len(key)]
	return reelastictest.Pipe(t, text, "openssl", "enc", direction, "-aes-"+bits+"-"+name,
		"-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(iv))
}

// putSealed makes an encrypted input of a file.
func (b *bench) putSealed(t *testing.T, key, mode string, text []byte) {
	t.Helper()
	b.PutText("in", key, string(seal(t, mode, plainKey, vector, text)))
}

// readSealed decrypts an output object into a file.
func (b *bench) readSealed(t *testing.T, key string, e *api.Encryption) string {
	t.Helper()
	sealed, err := os.ReadFile(b.Output(key))
	if err != nil {
		t.Fatal(err)
	}
	iv, err := base64.StdEncoding.DecodeString(*e.InitializationVector)
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := base64.StdEncoding.DecodeString(*e.Key)
	if err != nil {
		t.Fatal(err)
	}
	if digest := md5.Sum(ciphertext); *e.KeyMd5 != base64.StdEncoding.EncodeToString(digest[:]) {
		t.Errorf("KeyMd5 is %s", *e.KeyMd5)
	}
	path := filepath.Join(t.TempDir(), "open"+filepath.Ext(key))
	if err := os.WriteFile(path, unseal(t, *e.Mode, b.Key(t, []byte(*e.Key), "unwrap"), iv, sealed),
		0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEncryptedFiles has an encrypted input, graphic, album art and caption file, and
// encrypts the media, the thumbnails and the captions, with keys that are given and
// generated, in each mode. No key is in the log or in an argument.
func TestEncryptedFiles(t *testing.T) {
	t.Parallel()
	reelastictest.Need(t, "", "openssl", "version")
	b := newBench(t)
	dir := t.TempDir()
	reelastictest.Command(t, "ffmpeg",
		append(append([]string{"-nostdin", "-v", "error"}, flat("gray", "320x240", "25", 2)...),
			filepath.Join(dir, "film.mp4"))...)
	film, err := os.ReadFile(filepath.Join(dir, "film.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	mark, err := os.ReadFile(picture(t, 20, 10, color.White))
	if err != nil {
		t.Fatal(err)
	}
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		w := &p.Video.Watermarks[0]
		w.HorizontalOffset, w.VerticalOffset, w.MaxWidth, w.MaxHeight = new("4px"), new("4px"), new("100%"), new("100%")
	})
	segments := b.preset(t, func(p *api.CreatePresetRequest) { p.Container, p.Video.FixedGOP = new("ts"), new("true") })
	for mode := range aesModes {
		t.Run(mode, func(t *testing.T) {
			given := b.encryption(t, mode, plainKey)
			b.putSealed(t, mode+".mp4", mode, film)
			b.putSealed(t, mode+".png", mode, mark)
			b.putSealed(t, mode+".srt", mode, []byte(cue(1, 0, 1, "hello")))
			withoutVector := *given
			withoutVector.InitializationVector = nil
			caption := captionsIn("en", mode+".srt")
			caption.Encryption = given
			captions := captionsOut("srt")
			captions.CaptionFormats[0].Pattern = new(mode + "/{language}")
			captions.CaptionFormats[0].Encryption = &api.Encryption{Mode: &mode}
			job := b.do(t, []api.JobInput{{Key: new(mode + ".mp4"), Encryption: given,
				InputCaptions: &api.InputCaptions{MergePolicy: new("Override"),
					CaptionSources: []api.CaptionSource{caption}}}},
				api.CreateJobOutput{Key: new(mode + "/given.mp4"), PresetId: &preset, Encryption: given,
					ThumbnailPattern:    new(mode + "/{count}"),
					ThumbnailEncryption: &api.Encryption{Mode: &mode}, Captions: captions,
					Watermarks: []api.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: new(mode + ".png"),
						Encryption: given}}},
				api.CreateJobOutput{Key: new(mode + "/hls"), PresetId: &segments, SegmentDuration: new("1"),
					Encryption: &api.Encryption{Mode: &mode}},
				api.CreateJobOutput{Key: new(mode + "/song.mp3"), PresetId: new(reelastictest.MP3At128k),
					Encryption: &withoutVector, AlbumArt: coverOf(mode+".png", given)})
			for _, o := range job.Outputs {
				reelastictest.WantComplete(t, o, "")
			}
			first, second := job.Outputs[0], job.Outputs[1]
			if *first.Encryption.Key != *given.Key {
				t.Error("the key that was given is not the output's")
			}
			open := b.readSealed(t, mode+"/given.mp4", first.Encryption)
			near(t, "the film", pixel(t, open, "1", image.Pt(160, 120)), 126)
			near(t, "the graphic", pixel(t, open, "1", image.Pt(10, 8)), 235)
			near(t, "the thumbnail", pixel(t, b.readSealed(t, mode+"/00001.png",
				ofObject(first.ThumbnailEncryption, mode+"/00001.png")), "0", image.Pt(160, 120)), 126)
			text, err := os.ReadFile(b.readSealed(t, mode+"/en00000.srt",
				ofObject(first.Captions.CaptionFormats[0].Encryption, mode+"/en00000.srt")))
			if err != nil || !strings.Contains(string(text), "hello") {
				t.Errorf("captions %q, %v", text, err)
			}
			near(t, "the segment", pixel(t, b.readSealed(t, mode+"/hls00001.ts",
				ofObject(second.Encryption, mode+"/hls00001.ts")), "0.5", image.Pt(160, 120)), 126)
			apart(t, mode, b.ReadOutput(t, mode+"/hls00000.ts"), b.ReadOutput(t, mode+"/hls00001.ts"))
			song := b.readSealed(t, mode+"/song.mp3", job.Outputs[2].Encryption)
			if art := artOf(t, song); len(art) != 1 || !bytes.HasPrefix(art[0], []byte("\x89PNG")) {
				t.Errorf("the song has %d pictures", len(art))
			}
			near(t, "the album art", pixel(t, song, "0", image.Pt(20, 10)), 235)
			objects := b.Objects("out")
			if size := objects[mode+"/given.mp4"]; *first.FileSize != size {
				t.Errorf("FileSize %d, and the object has %d bytes", *first.FileSize, size)
			}
			if size := objects[mode+"/hls00000.ts"] + objects[mode+"/hls00001.ts"]; *second.FileSize != size {
				t.Errorf("FileSize %d, and the segments have %d bytes", *second.FileSize, size)
			}
			if !strings.HasPrefix(string(b.ReadOutput(t, mode+"/hls.m3u8")), "#EXTM3U") {
				t.Error("the playlist is encrypted")
			}
		})
	}
	for _, secret := range []string{string(plainKey), hex.EncodeToString(plainKey),
		base64.StdEncoding.EncodeToString(plainKey)} {
		if strings.Contains(b.Log(), secret) {
			t.Errorf("the log holds the key as %q", secret)
		}
	}
}

// ofObject is the encryption of one of several objects, whose vector is told from the
// job's and its key: the first 16 bytes of the SHA-256 of both.
func ofObject(e *api.Encryption, key string) *api.Encryption {
	common, _ := base64.StdEncoding.DecodeString(*e.InitializationVector)
	sum := sha256.Sum256(append(common, key...))
	own := *e
	own.InitializationVector = new(base64.StdEncoding.EncodeToString(sum[:16]))
	return &own
}

// apart wants two encrypted transport streams, which begin alike, not to: with a key stream
// in common the XOR of the files is that of the texts.
func apart(t *testing.T, mode string, a, b []byte) {
	t.Helper()
	const packet = 188
	equal := 0
	for i := range packet {
		if a[i] == b[i] {
			equal++
		}
	}
	if equal > packet/8 {
		t.Errorf("%s: %d of %d bytes of two segments are the same", mode, equal, packet)
	}
}

// coverOf is album art of an encrypted picture, twice as large.
func coverOf(key string, e *api.Encryption) *api.JobAlbumArt {
	return &api.JobAlbumArt{MergePolicy: new("Replace"),
		Artwork: []api.Artwork{{InputKey: &key, MaxWidth: new("40"), MaxHeight: new("40"),
			SizingPolicy: new("Fit"), PaddingPolicy: new("NoPad"), AlbumArtFormat: new("png"), Encryption: e}}}
}

// TestEncryptionFailures makes each of the codes 4016 to 4019.
func TestEncryptionFailures(t *testing.T) {
	t.Parallel()
	reelastictest.Need(t, "", "openssl", "version")
	b := newBench(t)
	b.putSealed(t, "sealed.mp4", "aes-gcm", []byte("no film at all"))
	b.putSealed(t, "sealed.png", "aes-gcm", []byte("no picture at all"))
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	preset := b.preset(t, nil)
	gcm := b.encryption(t, "aes-gcm", []byte("some other key.."))
	foreign := *gcm
	ciphertext := []byte("a ciphertext of another key service")
	digest := md5.Sum(ciphertext)
	foreign.Key = new(base64.StdEncoding.EncodeToString(ciphertext))
	foreign.KeyMd5 = new(base64.StdEncoding.EncodeToString(digest[:]))
	short := shortKey(t, b, gcm)
	for _, c := range []struct {
		code, text    string
		input, output *api.Encryption
		pipeline      string
	}{
		{"4016", "could not decrypt the input file from bucket=in, key=sealed.mp4 using aes-gcm.", gcm, nil, ""},
		{"4017", "supports AES keys of 128, 192 or 256 bits only: MD5=" + *short.KeyMd5 + ", 40 bits.", nil, short, ""},
		{"4018", "was unable to decrypt the ciphered key with MD5=" + *foreign.KeyMd5 + ".", nil, &foreign, ""},
		{"4018", "was unable to decrypt the ciphered key with MD5=" + *foreign.KeyMd5 + ".", &foreign, nil, ""},
		{"4019", "was unable to generate a data key using the KMS key ARN arn:aws:kms:eu-west-1:111111111111:key/x.",
			nil, &api.Encryption{Mode: new("aes-ctr")}, "arn:aws:kms:eu-west-1:111111111111:key/x"},
	} {
		t.Run(c.code, func(t *testing.T) {
			pipeline := b.PipelineID
			if c.pipeline != "" {
				pipeline = b.keyPipeline(t, c.pipeline)
			}
			input := api.JobInput{Key: new("film.mp4")}
			if c.input != nil {
				input = api.JobInput{Key: new("sealed.mp4"), Encryption: c.input}
			}
			before := maps.Clone(b.Objects("out"))
			output := api.CreateJobOutput{Key: new("o.mp4"), PresetId: &preset, Encryption: c.output}
			job := b.Run(t, &api.CreateJobRequest{PipelineId: &pipeline, Inputs: []api.JobInput{input},
				Outputs: []api.CreateJobOutput{output}})
			reelastictest.WantFailed(t, job.Outputs[0], c.code, c.text)
			if after := b.Objects("out"); !maps.Equal(before, after) {
				t.Errorf("left over: %v", after)
			}
		})
	}
	t.Run("4016 album art", func(t *testing.T) {
		job := b.do(t, []api.JobInput{{Key: new("film.mp4")}},
			api.CreateJobOutput{Key: new("o.mp3"), PresetId: new(reelastictest.MP3At128k),
				AlbumArt: coverOf("sealed.png", gcm)})
		reelastictest.WantFailed(t, job.Outputs[0], "4016", "bucket=in, key=sealed.png using aes-gcm.")
		if left := b.Objects("out"); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
	})
}

// shortKey is a key that AES does not have, encrypted as the server does it.
func shortKey(t *testing.T, b *bench, like *api.Encryption) *api.Encryption {
	t.Helper()
	keys, err := identity.ReadKeyring(filepath.Join(b.Data, "key"))
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := identity.NewDataKeys(keys, reelastictest.Region, "000000000000").EncryptKey(t.Context(), "",
		[]byte("short"))
	if err != nil {
		t.Fatal(err)
	}
	e, digest := *like, md5.Sum(ciphertext)
	e.Key = new(base64.StdEncoding.EncodeToString(ciphertext))
	e.KeyMd5 = new(base64.StdEncoding.EncodeToString(digest[:]))
	return &e
}

// keyPipeline is a pipeline with a key of its own.
func (b *bench) keyPipeline(t *testing.T, arn string) string {
	t.Helper()
	read, err := b.Client.ReadPipeline(t.Context(), &api.ReadPipelineRequest{Id: &b.PipelineID})
	if err != nil {
		t.Fatal(err)
	}
	p := read.Pipeline
	created, err := b.Client.CreatePipeline(context.WithoutCancel(t.Context()),
		&api.CreatePipelineRequest{Name: new("with a key"),
			InputBucket: p.InputBucket, OutputBucket: p.OutputBucket, Role: p.Role, AwsKmsKeyArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	return *created.Pipeline.Id
}
