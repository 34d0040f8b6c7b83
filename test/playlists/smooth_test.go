package playlists

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// presentation is a clients' manifest of Smooth Streaming.
type presentation struct {
	base     string // address of the server's manifest
	Duration int64  `xml:"Duration,attr"`
	Header   struct {
		System string `xml:"SystemID,attr"`
		Object string `xml:",chardata"`
	} `xml:"Protection>ProtectionHeader"`
	Streams []struct {
		Type   string `xml:"Type,attr"`
		Name   string `xml:"Name,attr"`
		URL    string `xml:"Url,attr"`
		Levels []struct {
			BitRate string `xml:"Bitrate,attr"`
			FourCC  string `xml:"FourCC,attr"`
			Width   int    `xml:"MaxWidth,attr"`
			Private string `xml:"CodecPrivateData,attr"`
		} `xml:"QualityLevel"`
		Chunks []struct {
			Start    uint64 `xml:"t,attr"`
			Duration uint64 `xml:"d,attr"`
		} `xml:"c"`
	} `xml:"StreamIndex"`
}

// smooth reads a presentation as a client does, from a streaming server.
func (b *bench) smooth(t *testing.T, name string) presentation {
	t.Helper()
	origin := httptest.NewServer(reelastictest.SmoothOrigin{Folder: b.Bucket("out")})
	t.Cleanup(origin.Close)
	p := presentation{base: origin.URL + "/" + name + ".ism"}
	if err := xml.Unmarshal(get(t, p.base+"/Manifest"), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", url, resp.Status, content, err)
	}
	return content
}

const (
	fragmentTime     = "6d1d9b0542d544e680e2141daff757b2"
	sampleEncryption = "a2394f525a9b4f14a2446c427c648df4"
	trackEncryption  = "8974dbce7be74c5184f97148f9882554"
	protectionSystem = "d08a4f1810f34a82b6c832d8aba183d3"
)

// fragmentSample is a sample of a fragment.
type fragmentSample struct {
	content []byte
	flags   uint32
	// shown is when it is presented, in the track's timescale from the fragment's time.
	shown int
}

// fragmentSamples are those of a fragment, as its only run says.
func fragmentSamples(t *testing.T, fragment []byte) (all []fragmentSample) {
	t.Helper()
	head, run := reelastictest.Inside(t, fragment, "moof", "traf", "tfhd"),
		reelastictest.Inside(t, fragment, "moof", "traf", "trun")
	duration, clock := 0, 0
	if u32(head, 0)&0xb == 8 { // the first member is a duration
		duration = u32(head, 8)
	}
	version, flags, count, at := run[0], u32(run, 0)&0xffffff, u32(run, 4), u32(run, 8)
	run = run[12:]
	if flags&1 == 0 || flags&0x200 == 0 {
		t.Fatalf("a run with the flags %x", flags)
	}
	first := 0
	if flags&4 != 0 {
		first, run = u32(run, 0), run[4:]
	}
	for n := range count {
		size, flagsOfSample, composition := 0, 0, 0
		if n == 0 {
			flagsOfSample = first
		}
		for _, member := range []struct {
			flag  int
			value *int
		}{{0x100, &duration}, {0x200, &size}, {0x400, &flagsOfSample}, {0x800, &composition}} {
			if flags&member.flag != 0 {
				*member.value, run = u32(run, 0), run[4:]
			}
		}
		if version == 1 {
			composition = int(int32(composition))
		}
		all = append(all, fragmentSample{fragment[at : at+size], uint32(flagsOfSample), clock + composition})
		at, clock = at+size, clock+duration
	}
	return all
}

// samples are the contents of a fragment's samples.
func samples(t *testing.T, fragment []byte) (all [][]byte) {
	t.Helper()
	for _, p := range fragmentSamples(t, fragment) {
		all = append(all, p.content)
	}
	return all
}

// checkPictures makes sure that a fragment begins with a keyframe, and that it shows
// one picture after the other from its own time to its end, to the tenth of a
// microsecond or two.
func checkPictures(t *testing.T, fragment []byte, duration uint64) {
	t.Helper()
	all := fragmentSamples(t, fragment)
	if all[0].flags&0x10000 != 0 || all[0].shown != 0 {
		t.Errorf("a fragment begins with the flags %x, shown at %d", all[0].flags, all[0].shown)
	}
	slices.SortFunc(all, func(a, b fragmentSample) int { return a.shown - b.shown })
	for n, p := range all {
		if want := float64(duration) * float64(n) / float64(len(all)); math.Abs(float64(p.shown)-want) > 2 {
			t.Errorf("picture %d of %d in %d is shown at %d, want %.1f", n, len(all), duration, p.shown, want)
		}
	}
}

// tracks fetches every fragment of a presentation, checks it against the manifest, and
// returns them by stream and level.
func (p presentation) tracks(t *testing.T) map[string][][][]byte {
	t.Helper()
	all := map[string][][][]byte{}
	for _, s := range p.Streams {
		at := uint64(0)
		for _, l := range s.Levels {
			var fragments [][]byte
			at = 0
			for n, c := range s.Chunks {
				if c.Start != at {
					t.Errorf("%s: chunk %d begins at %d, the one before ends at %d", s.Name, n, c.Start, at)
				}
				at = c.Start + c.Duration
				url := strings.NewReplacer("{bitrate}", l.BitRate, "{start time}",
					strconv.FormatUint(c.Start, 10)).Replace(s.URL)
				fragment := get(t, p.base+"/"+url)
				times := reelastictest.Inside(t, fragment, "moof", "traf", fragmentTime)
				start, length := binary.BigEndian.Uint64(times[4:]), binary.BigEndian.Uint64(times[12:])
				if start != c.Start || length != c.Duration {
					t.Errorf("%s at %d: the fragment says %d and %d, the manifest %d", s.Name, c.Start, start, length,
						c.Duration)
				}
				if s.Type == "video" {
					checkPictures(t, fragment, c.Duration)
				}
				fragments = append(fragments, fragment)
			}
			all[s.Name] = append(all[s.Name], fragments)
		}
		if end := int64(at); end > p.Duration {
			t.Errorf("%s ends at %d, after %d", s.Name, end, p.Duration)
		}
	}
	return all
}

// joined are the fragments of one track behind the header of the file that they are
// from, which a player without manifest can read.
func joined(t *testing.T, file []byte, fragments [][]byte) string {
	t.Helper()
	header := 0
	for _, kind := range []string{"ftyp", "moov"} {
		if string(file[header+4:header+8]) != kind {
			t.Fatalf("the file has no %s at %d", kind, header)
		}
		header += int(binary.BigEndian.Uint32(file[header:]))
	}
	path := filepath.Join(t.TempDir(), "joined.ismv")
	if err := os.WriteFile(path, append(bytes.Clone(file[:header]), bytes.Join(fragments, nil)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// steady makes a preset of another size at 29.97 frames a second, without a bound on
// the rate in the short run: x264 keeps to one differently each time that it uses
// several threads.
func (b *bench) steady(t *testing.T, id, width, height string) string {
	t.Helper()
	return b.CopyPreset(t, b.sized(t, id, width, height), func(req *api.CreatePresetRequest) {
		req.Video.FrameRate = new("29.97")
		delete(req.Video.CodecOptions, "MaxBitRate")
		delete(req.Video.CodecOptions, "BufferSize")
	})
}

// A presentation of Smooth Streaming, as a streaming server gives it out, has every
// frame of the same encode in another container, cut at the same times in every level.
func TestSmooth(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "9")
	big, small := b.steady(t, reelastictest.Smooth600k, "192", "108"),
		b.steady(t, reelastictest.Smooth600k, "128", "96")
	other := b.CopyPreset(t, big, func(req *api.CreatePresetRequest) { req.Container = new("ts") })
	b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4")}}, OutputKeyPrefix: new("p/"),
		Outputs: []api.CreateJobOutput{output("big one", big), output("small", small), output("other", other)},
		Playlists: []api.CreateJobPlaylist{playlist("film", "Smooth", "big one", "small"),
			playlist("list", "HLSv3", "other")},
	})
	for key := range b.Objects("out") {
		if !strings.HasPrefix(key, "p/other") && key != "p/list.m3u8" &&
			!slices.Contains([]string{"p/big one", "p/small", "p/film.ism", "p/film.ismc"}, key) {
			t.Errorf("%s was published", key)
		}
	}
	p := b.smooth(t, "p/film")
	tracks := p.tracks(t)
	if len(p.Streams) != 2 || len(tracks["video"]) != 2 || len(tracks["audio"]) != 1 {
		t.Fatalf("streams: %+v", p.Streams)
	}
	var cuts []uint64
	for _, c := range p.Streams[0].Chunks {
		cuts = append(cuts, c.Start)
	}
	if want := []uint64{0, 40040000, 80080000}; !slices.Equal(cuts, want) {
		t.Errorf("cuts at %d, want %d", cuts, want)
	}
	if p.Streams[0].Levels[0].Width != 192 || p.Streams[0].Levels[1].Width != 128 {
		t.Errorf("levels: %+v", p.Streams[0].Levels)
	}
	want := frames(t, b.site.URL+"/p/other.m3u8", "0:v:0")
	if got := frames(t, joined(t, b.ReadOutput(t, "p/big one"), tracks["video"][0]),
		"0:v:0"); !slices.Equal(got, want) {
		t.Errorf("%d frames, unlike the %d of the other container", len(got), len(want))
	}
	if got := frames(t, joined(t, b.ReadOutput(t, "p/small"), tracks["video"][1]), "0:v:0"); len(got) != len(want) {
		t.Errorf("%d frames in the small one, %d in the other container", len(got), len(want))
	}
	// Smooth Streaming begins where the sound does: without the block before it.
	sound, heard := packets(t, b.site.URL+"/p/other.m3u8"),
		packets(t, joined(t, b.ReadOutput(t, "p/big one"), tracks["audio"][0]))
	if len(heard) < 100 || !slices.Equal(heard, sound[1:]) {
		t.Errorf("%d blocks of sound, unlike the %d of the other container", len(heard), len(sound))
	}
	private := p.Streams[1].Levels[0].Private
	if !strings.HasPrefix(private, "1210") || p.Streams[1].Levels[0].FourCC != "AACL" {
		t.Errorf("sound: %+v", p.Streams[1].Levels[0])
	}
}

// packets are the hashes of a file's blocks of sound as they are, without headers.
func packets(t *testing.T, url string) (hashes []string) {
	t.Helper()
	list := reelastictest.FFmpeg(t, "-i", url, "-map", "0:a:0", "-c", "copy", "-bsf:a", "aac_adtstoasc",
		"-f", "framehash", "-hash", "md5", "-")
	for line := range strings.Lines(list) {
		if fields := strings.Split(line, ","); len(fields) >= 6 && line[0] != '#' {
			hashes = append(hashes, strings.TrimSpace(fields[5]))
		}
	}
	return hashes
}

var keyID = []byte{0x09, 0xe3, 0x67, 0x02, 0x8f, 0x33, 0x43, 0x6c, 0xa5, 0xdd, 0x60, 0xff, 0xe6, 0x67, 0x1e, 0x70}

// playReady is a protection with a key of the test.
func (b *bench) playReady(t *testing.T, key []byte) *api.PlayReadyDrm {
	t.Helper()
	p := api.PlayReadyDrm{Format: new("microsoft"), KeyId: new("09e36702-8f33-436c-a5dd-60ffe6671e70"),
		LicenseAcquisitionUrl: new("https://example.com/rights?a=1&b=2")}
	if err := json.Unmarshal(b.Key(t, key, "wrap"), &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

func withDRM(p api.CreateJobPlaylist, drm *api.PlayReadyDrm) api.CreateJobPlaylist {
	p.PlayReadyDrm = drm
	return p
}

// unsealed are the samples of a fragment, decrypted by what its boxes say; vectors are
// those that were seen so far.
func unsealed(t *testing.T, fragment, key []byte, vectors map[uint64]bool) (all [][]byte) {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	list := reelastictest.Inside(t, fragment, "moof", "traf", sampleEncryption)
	parts := binary.BigEndian.Uint32(list)&2 != 0
	list = list[8:]
	sealed := samples(t, fragment)
	for _, sample := range sealed {
		vector := binary.BigEndian.Uint64(list)
		if vectors[vector] {
			t.Fatalf("the vector %x is used twice", vector)
		}
		vectors[vector] = true
		stream := cipher.NewCTR(block, append(bytes.Clone(list[:8]), make([]byte, 8)...))
		list, sample = list[8:], bytes.Clone(sample)
		all = append(all, sample)
		if !parts {
			stream.XORKeyStream(sample, sample)
			continue
		}
		n := binary.BigEndian.Uint16(list)
		list = list[2:]
		for range n {
			sample = sample[binary.BigEndian.Uint16(list):]
			sealed := binary.BigEndian.Uint32(list[2:])
			stream.XORKeyStream(sample[:sealed], sample[:sealed])
			sample, list = sample[sealed:], list[6:]
		}
	}
	return all
}

// A presentation under PlayReady decrypts with its key, sample by sample, to the one
// without; its header tells players the key's id, in the order of a GUID, a checksum
// and where the licence is. The key is nowhere.
func TestPlayReady(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "5")
	big, small := b.steady(t, reelastictest.Smooth600k, "192", "108"),
		b.steady(t, reelastictest.Smooth600k, "128", "96")
	// The key of Microsoft's public test stream with this id, whose checksum is known.
	key, _ := hex.DecodeString("b42ca3172ee4e69bf51848a59db9cd13")
	b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4")}},
		Outputs: []api.CreateJobOutput{output("open1", big), output("open2", small), output("sealed1", big),
			output("sealed2", small)},
		Playlists: []api.CreateJobPlaylist{playlist("open", "Smooth", "open1", "open2"),
			withDRM(playlist("sealed", "Smooth", "sealed1", "sealed2"), b.playReady(t, key))},
	})
	open, sealed := b.smooth(t, "open"), b.smooth(t, "sealed")
	clear, secret := open.tracks(t), sealed.tracks(t)
	vectors := map[uint64]bool{}
	for name, levels := range clear {
		for n, fragments := range levels {
			for i, fragment := range fragments {
				want := samples(t, fragment)
				if hidden := samples(t, secret[name][n][i]); slices.EqualFunc(want, hidden, bytes.Equal) {
					t.Errorf("fragment %d of %s is not encrypted", i, name)
				}
				if got := unsealed(t, secret[name][n][i], key, vectors); !slices.EqualFunc(want, got, bytes.Equal) {
					t.Errorf("fragment %d of %s decrypts to something else", i, name)
				}
			}
		}
	}
	object, err := base64.StdEncoding.DecodeString(sealed.Header.Object)
	if err != nil || len(object) < 10 || sealed.Header.System != "9A04F079-9840-4286-AB92-E65BE0885F95" ||
		open.Header.Object != "" {
		t.Fatalf("header %+v of one, %+v of the other: %v", sealed.Header, open.Header, err)
	}
	var units []uint16
	for i := 10; i < len(object); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(object[i:]))
	}
	header := string(utf16.Decode(units))
	for _, want := range []string{"<KID>AmfjCTOPbEOl3WD/5mcecA==</KID>", "<CHECKSUM>BGw1aYZ1YXM=</CHECKSUM>",
		"<LA_URL>https://example.com/rights?a=1&amp;b=2</LA_URL>"} {
		if !strings.Contains(header, want) {
			t.Errorf("%s is missing in %s", want, header)
		}
	}
	for _, name := range []string{"sealed1", "sealed2"} {
		movie := reelastictest.Inside(t, b.ReadOutput(t, name), "moov")
		if system := reelastictest.Inside(t, movie, protectionSystem); !bytes.Equal(system[24:], object) {
			t.Errorf("%s has another header", name)
		}
		entries := reelastictest.Inside(t, movie, "trak", "mdia", "minf", "stbl", "stsd")[8:]
		protection := reelastictest.Inside(t, reelastictest.Inside(t, entries, "encv")[78:], "sinf")
		if form := reelastictest.Inside(t, protection, "frma"); string(form) != "avc1" {
			t.Errorf("%s was %q", name, form)
		}
		own := reelastictest.Inside(t, protection, "schi", trackEncryption)
		if !bytes.Equal(own, slices.Concat([]byte{0, 0, 0, 0, 0, 0, 1, 8}, keyID)) {
			t.Errorf("%s: %x", name, own)
		}
	}
	for name := range b.Objects("out") {
		if bytes.Contains(b.ReadOutput(t, name), key) {
			t.Errorf("%s holds the key", name)
		}
	}
	for _, form := range []string{string(key), hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key),
		fmt.Sprintf("%d", key)} {
		if strings.Contains(b.Log(), form) {
			t.Errorf("the log holds the key %s", form)
		}
	}
}

// A key of another length fails the outputs of its playlist (4021), and the playlist.
func TestPlayReadyRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "2")
	small := b.steady(t, reelastictest.Smooth400k, "128", "96")
	job := b.Run(t, &api.CreateJobRequest{
		Inputs:  []api.JobInput{{Key: new("film.mp4")}},
		Outputs: []api.CreateJobOutput{output("long", small), output("good", small)},
		Playlists: []api.CreateJobPlaylist{withDRM(playlist("drm", "Smooth", "long"),
			b.playReady(t, bytes.Repeat([]byte("k"), 32))),
			playlist("open", "Smooth", "good")},
	})
	if got := reelastictest.Text(job.Outputs[0].StatusDetail); !strings.HasPrefix(got, "4021 ") ||
		!strings.Contains(got, "Your key must be 128 bits for PlayReady DRM. MD5=") ||
		!strings.Contains(got, ", strength=256 bits.") {
		t.Errorf("the output says: %s", got)
	}
	if got := reelastictest.Text(job.Playlists[0].StatusDetail); !strings.HasPrefix(got, "1001 ") {
		t.Errorf("the playlist says: %s", got)
	}
	if *job.Outputs[1].Status != "Complete" || *job.Playlists[1].Status != "Complete" {
		t.Errorf("the good output: %s", reelastictest.Text(job.Outputs[1].StatusDetail))
	}
}

// Captions of a Smooth playlist are a text stream of its own for each language: a
// document for each fragment of the pictures, with times from the fragment's start.
// Pictures and sound may come from outputs of their own.
func TestSmoothCaptions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "7")
	b.PutText("in", "en.srt", "1\n00:00:01,000 --> 00:00:02,000\none\n\n2\n00:00:03,500 --> 00:00:04,504\nacross\n")
	preset := b.steady(t, reelastictest.Smooth400k, "128", "96")
	pictures := b.CopyPreset(t, preset, func(req *api.CreatePresetRequest) { req.Audio = nil })
	sound := b.CopyPreset(t, preset, func(req *api.CreatePresetRequest) { req.Video, req.Thumbnails = nil, nil })
	film := output("pictures", pictures)
	film.Captions = &api.Captions{CaptionFormats: []api.CaptionFormat{{Format: new("dfxp"),
		Pattern: new("cc-{language}-")}}}
	b.Complete(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("film.mp4"), InputCaptions: &api.InputCaptions{MergePolicy: new("Override"),
			CaptionSources: []api.CaptionSource{{Key: new("en.srt"), Language: new("en")}}}}},
		Outputs:   []api.CreateJobOutput{film, output("sound", sound)},
		Playlists: []api.CreateJobPlaylist{playlist("film", "Smooth", "sound", "pictures")},
	})
	if _, written := b.Objects("out")["cc-en-00000.ismt"]; !written {
		t.Errorf("no captions in %v", b.Objects("out"))
	}
	p := b.smooth(t, "film")
	tracks := p.tracks(t)
	if len(p.Streams) != 3 || len(tracks["audio"]) != 1 || len(tracks["text_en"]) != 1 {
		t.Fatalf("streams: %+v", p.Streams)
	}
	if !slices.Equal(p.Streams[0].Chunks, p.Streams[2].Chunks) {
		t.Errorf("captions are cut at %v, pictures at %v", p.Streams[2].Chunks, p.Streams[0].Chunks)
	}
	if sound, pictures := p.Streams[1].Chunks, p.Streams[0].Chunks; len(sound) != len(pictures) {
		t.Errorf("sound is cut at %v, pictures at %v", sound, pictures)
	}
	for n, c := range p.Streams[1].Chunks {
		const block, each = 1024 * 10_000_000 / 44100, 4 * 10_000_000
		if late := int64(c.Start) - int64(n)*each; late < 0 || late > block {
			t.Errorf("sound is cut at %d, not at the first block from %d on", c.Start, n*each)
		}
	}
	for n, want := range [][]string{{`begin="00:00:01.000" end="00:00:02.000">one`,
		`begin="00:00:03.500" end="00:00:04.004">across`}, {`begin="00:00:00.000" end="00:00:00.500">across`}} {
		document := samples(t, tracks["text_en"][0][n])
		if got := strings.Count(string(document[0]), "<p "); got != len(want) {
			t.Errorf("fragment %d has %d captions", n, got)
		}
		for _, line := range want {
			if !strings.Contains(string(document[0]), line) {
				t.Errorf("fragment %d: %s is missing in\n%s", n, line, document[0])
			}
		}
	}
}
