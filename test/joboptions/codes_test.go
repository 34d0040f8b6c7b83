package joboptions

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// refusedJob is a job that ends with a code.
type refusedJob struct {
	code, text string
	inputs     []api.JobInput
	output     api.CreateJobOutput
}

// TestCodes makes the conditions of the codes that no other test here makes. Each
// is a job of its own, which ends as Error at job and output and leaves nothing.
func TestCodes(t *testing.T) {
	t.Parallel()
	b := newBench(t, "--max-input-bytes", "400000", "--max-input-streams", "0")
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	b.PutMade(t, "sound.wav", "-f", "lavfi", "-i", "sine=d=2")
	b.Put("in", "cut.mp4", b.halfMissing(t))
	b.Put("in", "cover.mp3", b.cover(t, "bmp", "64x48"))
	b.Put("in", "poster.mp3", b.cover(t, "png", "4098x3072"))
	b.Put("in", "small.mp3", b.cover(t, "png", "64x48"))
	b.Put("in", "art.png", b.still(t, "png", "64x48"))
	words := b.subtitled(t, 3)
	b.Put("in", "captions.mp4", words)
	b.Put("in", "garbled.mp4", garbled(t, words))
	b.Put("in", "babel.mp4", b.subtitled(t, 301))
	preset := b.preset(t, nil)
	in := func(keys ...string) (all []api.JobInput) {
		for _, k := range keys {
			all = append(all, api.JobInput{Key: new(k)})
		}
		return all
	}
	song := func(policy string, pictures int) api.CreateJobOutput {
		art := &api.JobAlbumArt{MergePolicy: new(policy), Artwork: []api.Artwork{}}
		for range pictures {
			art.Artwork = append(art.Artwork, api.Artwork{InputKey: new("art.png")})
		}
		return api.CreateJobOutput{PresetId: new(reelastictest.MP3At128k), AlbumArt: art}
	}
	film := api.CreateJobOutput{PresetId: &preset}
	fat := filepath.Join(b.Bucket("in"), "fat.png")
	if err := os.WriteFile(fat, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(fat, 1<<30); err != nil { // takes no room
		t.Fatal(err)
	}
	efficient := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Audio.CodecOptions = &api.AudioCodecOptions{Profile: new("HE-AAC")}
		p.Audio.BitRate = new("64")
	})
	inTheWay := "a file stands where the key needs a folder"
	if b.OnS3() {
		inTheWay = "ObjectParentIsFile"
	}
	for _, c := range []refusedJob{
		{"3000", inTheWay, in("film.mp4"), api.CreateJobOutput{PresetId: &preset, Key: new("file/film.mp4")}},
		{"4005",
			"for one of the watermark objects exceeds the maximum allowed size: bucket=in, key=fat.png, " +
				"size=1073741824, max size=", in("film.mp4"),
			api.CreateJobOutput{PresetId: &preset,
				Watermarks: []api.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: new("fat.png")}}}},
		{"4007", "could not process the input file, although its format is generally supported", in("cut.mp4"), film},
		{"4009", "It would have 21 images", in("small.mp3"), song("Append", 20)},
		{"4011", "Its format is bmp", in("cover.mp3"), song("Append", 1)},
		{"4013", "It has 4098 x 3072 pixels", in("poster.mp3"), song("Prepend", 0)},
		{"4022", "400000", in("sound.wav", "sound.wav", "sound.wav"),
			api.CreateJobOutput{PresetId: new(reelastictest.MP3At128k)}},
		{"4100", "could not interpret the embedded caption track", in("garbled.mp4"),
			api.CreateJobOutput{PresetId: &preset, Captions: captionsOut("srt")}},
		{"4103", "You have reached 300 tracks", in("babel.mp4"),
			api.CreateJobOutput{PresetId: &preset, Captions: captionsOut("srt")}},
	} {
		t.Run(c.code, func(t *testing.T) { b.refuses(t, c) })
	}
	t.Run("9000", func(t *testing.T) {
		if _, err := exec.LookPath("fdkaac"); err == nil {
			t.Skip("fdkaac is installed, and nothing is missing")
		}
		b.refuses(t, refusedJob{"9000", "needs the program fdkaac", in("film.mp4"),
			api.CreateJobOutput{PresetId: &efficient}})
	})
	reelastictest.WantComplete(t,
		b.do(t, in("captions.mp4"), api.CreateJobOutput{Key: new("captions.mp4"), PresetId: &preset,
			Captions: captionsOut("srt")}).Outputs[0], "")
	for _, language := range []string{"aax", "abx", "acx"} {
		got := string(b.ReadOutput(t, "cc/srt-"+language+"00000.srt"))
		if strings.TrimSpace(got) != strings.TrimSpace(cue(1, 0, 1, "some words")) {
			t.Errorf("captions in %s: %q", language, got)
		}
	}
}

// refuses runs a job and checks how it ends.
func (b *bench) refuses(t *testing.T, c refusedJob) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.Bucket("out"), "file"), []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := b.Objects("out")
	if c.output.Key == nil {
		c.output.Key = new(c.code)
	}
	job := b.do(t, c.inputs, c.output)
	if *job.Status != "Error" {
		t.Errorf("the job is %s", *job.Status)
	}
	reelastictest.WantFailed(t, job.Outputs[0], c.code, c.text)
	if after := b.Objects("out"); !maps.Equal(before, after) {
		t.Errorf("the objects are %v", slices.Sorted(maps.Keys(after)))
	}
}

// halfMissing is a film that ends long before its length.
func (b *bench) halfMissing(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cut.mp4")
	reelastictest.Command(t, "ffmpeg",
		append(append([]string{"-nostdin", "-v", "error"}, flat("gray", "160x120", "25", 8)...),
			"-movflags", "+faststart", path)...)
	whole, err := os.ReadFile(path)
	if err == nil {
		err = os.Truncate(path, int64(len(whole)/2))
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// still is a picture.
func (b *bench) still(t *testing.T, format, size string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "still."+format)
	reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=red:s="+size,
		"-frames:v", "1", path)
	return path
}

// cover is a song with a picture.
func (b *bench) cover(t *testing.T, format, size string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "song.mp3")
	reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=d=1",
		"-i", b.still(t, format, size), "-map", "0", "-map", "1", "-c:v", "copy", path)
	return path
}

// subtitled is a film with as many tracks of mov-text, each in a language of its own.
func (b *bench) subtitled(t *testing.T, tracks int) string {
	t.Helper()
	folder := t.TempDir()
	srt, path := filepath.Join(folder, "words.srt"), filepath.Join(folder, "film.mp4")
	if err := os.WriteFile(srt, []byte(cue(1, 0, 1, "some words")), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=128x96:r=25:d=1", "-i", srt, "-map", "0"}
	for n := range tracks {
		language := []byte{'a' + byte(n/26), 'a' + byte(n%26), 'x'}
		args = append(args, "-map", "1", fmt.Sprintf("-metadata:s:s:%d", n), "language="+string(language))
	}
	reelastictest.Command(t, "ffmpeg", append(args, "-c:v", "libx264", "-c:s", "mov_text", path)...)
	return path
}

// garbled is a film whose captions are no UTF-8.
func garbled(t *testing.T, film string) string {
	t.Helper()
	whole, err := os.ReadFile(film)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "garbled.mp4")
	if err := os.WriteFile(path, bytes.ReplaceAll(whole, []byte("some words"), []byte("som\xe9 words")),
		0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPlaylistCodes: a playlist whose output fails is 1001, and is not written.
func TestPlaylistCodes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	segments := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Container = new("ts")
		p.Video.FixedGOP = new("true")
	})
	mark := []api.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: new("none.png")}}
	job := b.Run(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}},
		Outputs: []api.CreateJobOutput{{Key: new("good"), PresetId: &segments, SegmentDuration: new("1")},
			{Key: new("bad"), PresetId: &segments, SegmentDuration: new("1"), Watermarks: mark}},
		Playlists: []api.CreateJobPlaylist{{Name: new("all"), Format: new("HLSv3"),
			OutputKeys: []string{"good", "bad"}}}})
	reelastictest.WantComplete(t, job.Outputs[0], "")
	reelastictest.WantFailed(t, job.Outputs[1], "3001", "key=none.png")
	const text = "Amazon Elastic Transcoder could not generate the playlist because it encountered an error with " +
		"one or more of the playlists dependencies."
	if p := job.Playlists[0]; *job.Status != "Error" || *p.Status != "Error" ||
		!strings.HasPrefix(*p.StatusDetail, "1001 ") || !strings.Contains(*p.StatusDetail, text) {
		t.Errorf("the job is %s, its playlist %s: %s", *job.Status, *p.Status, *p.StatusDetail)
	}
	for key := range b.Objects("out") {
		if strings.HasPrefix(key, "all") || strings.HasPrefix(key, "bad") {
			t.Errorf("%s was left over", key)
		}
	}
}

// TestPermissions: what the file system does not let the service read or write is
// 3003 and 3004.
func TestPermissions(t *testing.T) {
	t.Parallel()
	reelastictest.Need(t, "", "ffmpeg", "-version")
	b := &bench{reelastictest.On(t, reelastictest.StartUnprivileged(t))}
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	b.PutMade(t, "secret.mp4", flat("gray", "160x120", "25", 1)...)
	preset := b.preset(t, nil)
	secret := filepath.Join(b.Bucket("in"), "secret.mp4")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	reelastictest.WantFailed(t, b.do(t, []api.JobInput{{Key: new("secret.mp4")}},
		api.CreateJobOutput{Key: new("a.mp4"), PresetId: &preset}).Outputs[0],
		"3003", "does not have permission to read the specified object: bucket=in, key=secret.mp4. The file system "+
			"says: permission denied.")
	if err := os.Chmod(b.Bucket("out"), 0o500); err != nil {
		t.Fatal(err)
	}
	reelastictest.WantFailed(t, b.do(t, []api.JobInput{{Key: new("film.mp4")}},
		api.CreateJobOutput{Key: new("b.mp4"), PresetId: &preset}).Outputs[0],
		"3004", fmt.Sprintf(
			"does not have permission to write to the specified bucket: bucket=out, key=%s. The file system says: "+
				"permission denied.", "b.mp4"))
	if left := b.Objects("out"); len(left) > 0 {
		t.Errorf("failed jobs left objects: %v", left)
	}
}
