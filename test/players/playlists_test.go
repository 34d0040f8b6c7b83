package players

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// playlist is a playlist that a job makes of the film.
type playlist struct {
	// name is the playlist's, and the folder's that all its files are in.
	name, format, container string
	// opens is what a player opens, after the name.
	opens string
	// muxed: every output has picture and sound; else the sound is one of its own.
	muxed bool
	// captions is the format of the captions; "" for none.
	captions string
	// keyPolicy is the KeyStoragePolicy of HLS content protection; "" for none.
	keyPolicy string
	// keyID is the key's in 32 hexadecimal digits, where samples are encrypted; ""
	// where they are not.
	keyID string
}

// frameRate is the rate of the pictures: closed captions are in no other.
func (p playlist) frameRate() int {
	if p.captions == "cea-708" {
		return 30
	}
	return rate
}

// ladder are the sizes of the renditions, smallest first.
var ladder = []size{{256, 144}, {384, 216}, {640, 360}}

type size struct{ Width, Height int }

// The segments of every playlist are segmentSeconds long.
const segmentSeconds = 3

// cues are the captions of the film.
var cues = []cue{{"good morning", 1, 2.5}, {"over the cut", 5, 7}, {"good night", 10, 11}}

// cue is a caption with its times in seconds.
type cue struct {
	Text     string
	From, To float64
}

// bench is a server with the film in its input bucket, and an origin of its results.
type bench struct {
	*reelastictest.Fixture
	origin *origin
}

func newBench(t *testing.T) *bench {
	t.Helper()
	f := reelastictest.New(t)
	b := &bench{f, startOrigin(t, f.Server)}
	b.Put("in", "film.mkv", makeFilm(t))
	b.Put("in", "film.srt", captionFile(t))
	return b
}

// make runs a job for every playlist and waits for their ends.
func (b *bench) make(t *testing.T, playlists []playlist) {
	t.Helper()
	var jobs []string
	for _, p := range playlists {
		jobs = append(jobs, b.Submit(t, b.job(t, p)))
	}
	for i, id := range jobs {
		for _, failure := range reelastictest.Failures(b.Await(t, id)) {
			t.Errorf("%s: %s", playlists[i].name, failure)
		}
	}
	b.origin.learn(t)
}

// url is what a player opens.
func (b *bench) url(p playlist) string {
	return b.origin.URL + "/" + p.name + "/" + p.name + p.opens
}

// job is the request for a playlist.
func (b *bench) job(t *testing.T, p playlist) *api.CreateJobRequest {
	t.Helper()
	input := api.JobInput{Key: new("film.mkv")}
	if p.captions != "" {
		input.InputCaptions = &api.InputCaptions{MergePolicy: new("MergeOverride"),
			CaptionSources: []api.CaptionSource{{Key: new("film.srt"), Language: new("en"), Label: new("English")}}}
	}
	job := &api.CreateJobRequest{OutputKeyPrefix: new(p.name + "/"), Inputs: []api.JobInput{input}}
	listed := api.CreateJobPlaylist{Name: &p.name, Format: &p.format,
		HlsContentProtection: b.protection(t, p.keyPolicy), PlayReadyDrm: b.playReady(t, p.keyID)}
	add := func(key string, s *size, sound bool) {
		preset := b.preset(t, p, s, sound)
		out := reelastictest.Output(key, preset, strconv.Itoa(segmentSeconds))
		if s != nil && p.captions != "" {
			out.Captions = &api.Captions{CaptionFormats: []api.CaptionFormat{{Format: &p.captions,
				Pattern: new("captions-{language}")}}}
		}
		job.Outputs = append(job.Outputs, out)
		listed.OutputKeys = append(listed.OutputKeys, key)
	}
	for _, s := range ladder {
		add(fmt.Sprint("video", s.Height), &s, p.muxed)
	}
	if !p.muxed {
		add("sound", nil, true)
	}
	job.Playlists = []api.CreateJobPlaylist{listed}
	return job
}

// protection is HLS content protection with a key that is stored where the policy
// says: in the test's key server, or beside the playlists.
func (b *bench) protection(t *testing.T, policy string) *api.HlsContentProtection {
	t.Helper()
	if policy == "" {
		return nil
	}
	p := &api.HlsContentProtection{Method: new("aes-128"), KeyStoragePolicy: &policy}
	if policy == "NoStore" {
		p.LicenseAcquisitionUrl = new(b.origin.URL + "/" + keyPath)
		b.PlaylistKey(*p.LicenseAcquisitionUrl, contentKey)
	}
	b.wrapKey(t, p)
	return p
}

// playReady is the encryption of samples with the key of an id.
func (b *bench) playReady(t *testing.T, id string) *api.PlayReadyDrm {
	t.Helper()
	if id == "" {
		return nil
	}
	p := &api.PlayReadyDrm{Format: new("microsoft"), KeyId: &id,
		LicenseAcquisitionUrl: new(b.origin.URL + "/" + keyPath)}
	b.wrapKey(t, p)
	return p
}

// wrapKey sets the members Key and KeyMd5.
func (b *bench) wrapKey(t *testing.T, protection any) {
	t.Helper()
	wrapped := b.Key(t, contentKey, "wrap")
	if err := json.Unmarshal(wrapped, protection); err != nil {
		t.Fatalf("reelastic key wrap: %v", err)
	}
}

// preset makes a preset for a playlist's pictures of a size, for sound, or for both.
func (b *bench) preset(t *testing.T, of playlist, s *size, sound bool) string {
	t.Helper()
	return b.CopyPreset(t, reelastictest.HLS1M, func(req *api.CreatePresetRequest) {
		req.Container = &of.container
		if s == nil {
			req.Video, req.Thumbnails = nil, nil
		} else {
			v := req.Video
			v.MaxWidth, v.MaxHeight = new(strconv.Itoa(s.Width)), new(strconv.Itoa(s.Height))
			// Pictures stand in another order than they are decoded.
			v.CodecOptions["Profile"], v.CodecOptions["MaxReferenceFrames"] = "high", "4"
			v.FixedGOP, v.FrameRate = new("true"), new(strconv.Itoa(of.frameRate()))
			v.KeyframesMaxDist = new(strconv.Itoa(segmentSeconds * of.frameRate()))
		}
		if !sound {
			req.Audio = nil
		}
	})
}
