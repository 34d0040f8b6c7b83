package hostile

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// bait is what must not be touched: a clip and a text outside of all buckets, and
// a web server on loopback.
type bait struct {
	clip, words, url string

	mu    sync.Mutex
	calls int
	watch int // an inotify descriptor
}

// word is in the text, and nowhere else.
const word = "swordfish-7c1e"

func layBait(t *testing.T) *bait {
	t.Helper()
	folder := t.TempDir()
	b := &bait{clip: filepath.Join(folder, "secret.mp4"), words: filepath.Join(folder, "secret.txt")}
	clip := reelastictest.ReadFile(t, reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1}.Make(t))
	for path, content := range map[string][]byte{b.clip: clip, b.words: []byte("root:x:0:0:" + word + "\n")} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.listen(t)
	var err error
	if b.watch, err = syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC); err != nil {
		t.Fatalf("inotify: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Close(b.watch) })
	if _, err := syscall.InotifyAddWatch(b.watch, folder, syscall.IN_OPEN|syscall.IN_ACCESS); err != nil {
		t.Fatalf("inotify: %v", err)
	}
	return b
}

// listen counts who connects.
func (b *bait) listen(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.calls++
			b.mu.Unlock()
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	b.url = "http://" + l.Addr().String()
}

// untouched checks that nothing was opened and nobody connected.
func (b *bait) untouched(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls > 0 {
		t.Errorf("%d connections were made", b.calls)
	}
	event := make([]byte, 4096)
	if n, err := syscall.Read(b.watch, event); err != syscall.EAGAIN {
		t.Errorf("a secret file, or their folder, was opened: %q, %v", event[:max(n, 0)], err)
	}
}

// lay puts the bait's names into a text.
func (b *bait) lay(template string) []byte {
	return []byte(strings.NewReplacer("CLIP", b.clip, "WORDS", b.words, "URL", b.url,
		"HOST", strings.TrimPrefix(b.url, "http://")).Replace(template))
}

// scripts are texts that ffmpeg has, or had, a reader for, and that name other
// files. Each with the container hints that might bring it to its reader.
var scripts = []struct{ key, text string }{
	{"variant.m3u8",
		"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nCLIP\n#EXTINF:10,\nURL/a.ts\n#EXT-X-ENDLIST\n"},
	{"file.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://WORDS\n#EXT-X-ENDLIST\n"},
	{"concat.m3u8",
		"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nconcat:URL/h.m3u8|file://WORDS\n#EXT-X-ENDLIST\n"},
	{"subfile.m3u8", "#EXTM3U\n#EXTINF:10.0,\nsubfile,,start,0,end,64,,:WORDS\n#EXT-X-ENDLIST\n"},
	{"key.m3u8",
		"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI=\"URL/key\"\n#EXT-X-MAP:URI=\"CLIP\"\n#EXTINF:10,\ncrypto+file:CLIP\n#EXT-X-ENDLIST\n"},
	{"master.m3u8",
		"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000\nURL/low.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2000000\nCLIP\n"},
	{"playlist-in-disguise.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nCLIP\n#EXT-X-ENDLIST\n"},
	{"playlist-in-disguise.ts", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nURL/a.ts\n#EXT-X-ENDLIST\n"},
	{"script.ffconcat", "ffconcat version 1.0\nfile CLIP\nfile URL/x.mp4\n"},
	{"script.txt", "file 'CLIP'\nfile 'WORDS'\n"},
	{"script-with-options.ffconcat", "ffconcat version 1.0\nfile 'URL/x'\noption protocol_whitelist all\n"},
	{"manifest.mpd",
		`<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">` +
			`<Representation id="v" bandwidth="1000"><BaseURL>URL/v.mp4</BaseURL></Representation><Representation id="w" bandwidth="2000"><BaseURL>CLIP</BaseURL></Representation></AdaptationSet></Period></MPD>`},
	{"manifest.ism",
		`<?xml version="1.0" encoding="utf-8"?><SmoothStreamingMedia MajorVersion="2" Duration="0"><StreamIndex Type="video" Url="URL/f"><c t="0" d="1"/></StreamIndex></SmoothStreamingMedia>`},
	{"session.sdp",
		"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:URL\nm=video 5004 RTP/AVP " +
			"96\na=rtpmap:96 H264/90000\n"},
	{"list.pls", "[playlist]\nFile1=URL/a.mp3\nFile2=CLIP\nNumberOfEntries=2\n"},
	{"list.asx", `<asx version="3.0"><entry><ref href="URL/a.wmv"/><ref href="CLIP"/></entry></asx>`},
	{"list.xspf",
		`<?xml version="1.0"?><playlist xmlns="http://xspf.org/ns/0/" version="1"><trackList><track><location>URL/a</location></track></trackList></playlist>`},
	{"reference.asf", "[Reference]\r\nRef1=URL/a?MSWMExt=.asf\r\nRef2=CLIP\r\n"},
	{"stream.ram", "URL/stream.rm\nrtsp://HOST/stream\n"},
	{"script.avs", "AviSource(\"CLIP\")\n"},
	{"script.vpy", "import os\nos.system('cat WORDS')\n"},
	{"cpl.xml",
		`<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://WORDS">]><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">&e;</CompositionPlaylist>`},
	{"picture.svg",
		`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64"><image width="64" height="64" xlink:href="URL/a.png"/><image width="64" height="64" xlink:href="file://WORDS"/></svg>`},
	{"movie.idx",
		"# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\nid: en, index: 0\ntimestamp: " +
			"00:00:01:000, filepos: 000000000\n"},
	{"effects.lavfi", "movie=CLIP[out0]"},
	{"words.txt", strings.Repeat("A terminal would show this as a film, a text in the place of a picture.\r\n", 100)},
}

// TestReferences submits files that name others, with every container hint where
// it soaks. It runs with and without the sandbox around ffmpeg, since each line of
// defence has to hold alone.
func TestReferences(t *testing.T) {
	t.Parallel()
	for _, sandbox := range []string{"require", "off"} {
		t.Run("sandbox "+sandbox, func(t *testing.T) {
			t.Parallel()
			b, s := layBait(t), newStudio(t, "--sandbox", sandbox)
			film, song := s.film(t), s.put("song.wav", wave(1))
			defer s.lives(t)
			s.put("moved.mov", elsewhere(t, film, s, b.clip))
			var jobs []job
			for _, script := range scripts {
				s.put(script.key, b.lay(script.text))
				picture := s.put(script.key+".png", b.lay(script.text)) // the API wants the extension
				jobs = append(jobs, job{input: script.key, hint: "auto"}, job{input: film, watermark: picture},
					job{input: song, preset: reelastictest.MP3At128k, art: picture})
				for _, hint := range hints(script.key) {
					jobs = append(jobs, job{input: script.key, hint: hint})
				}
			}
			jobs = append(jobs, job{input: "moved.mov", hint: "auto"}, job{input: "moved.mov", hint: "mov"})
			var ids []string
			for _, j := range jobs {
				ids = append(ids, s.submit(t, j))
			}
			for i, id := range ids {
				done := s.Await(t, id)
				t.Run(fmt.Sprint(jobs[i]), func(t *testing.T) {
					s.refused(t, done, 4000, 4003, 4006, 4007, 4010)
					detail := reelastictest.Text(done.Outputs[0].StatusDetail)
					if strings.Contains(detail, word) || strings.Contains(detail, "root:") {
						t.Errorf("the answer tells a secret: %s", detail)
					}
				})
			}
			b.untouched(t)
			if strings.Contains(s.Log(), word) {
				t.Error("the log tells a secret")
			}
		})
	}
}

// hints are the container hints to try a script with: all of them in a soak.
func hints(key string) []string {
	all := []string{"3gp", "aac", "asf", "avi", "divx", "flv", "m4a", "mkv", "mov", "mp3", "mp4", "mpeg", "mpeg-ps",
		"mpeg-ts", "mxf", "ogg", "ts", "vob", "wav", "webm"}
	if reelastictest.Soak {
		return all
	}
	return all[len(key)%len(all):][:1]
}

// wave is a WAV file of silence: mono, 8000 Hz, 16 bit.
func wave(seconds int) []byte {
	size := uint32(16000 * seconds)
	w := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, size+36)...)
	w = append(w, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"...)
	return append(binary.LittleEndian.AppendUint32(w, size), make([]byte, size)...)
}

// TestNames uses protocols, options and folders as the names of objects. They
// are names of objects that are not there, or refused at once.
func TestNames(t *testing.T) {
	t.Parallel()
	b, s := layBait(t), newStudio(t, "--sandbox", "off")
	film := s.film(t)
	defer s.lives(t)
	var ids []string
	for _, template := range []string{"URL/film.mp4", "CLIP", "file:CLIP", "concat:CLIP|CLIP", "data:text/plain,x",
		"pipe:0", "../../../../../../..CLIP", "-i", "-version",
		"%05d.png", "*.png", "film.mp4,movie=CLIP", "lavfi:color", "tcp:HOST", "subfile,,start,0,end,64,,:WORDS",
		"$(touch x)", "`id`", "a\nb", "film.mp4\\", "'film.mp4'"} {
		key := string(b.lay(template))
		for _, j := range []job{{input: key, output: "x"}, {input: film, watermark: key, output: "x"},
			{input: film, captions: key, output: "x"}} {
			if s.refusal(t, j) == "" {
				ids = append(ids, s.submit(t, j))
			}
		}
	}
	for _, id := range ids {
		s.refused(t, s.Await(t, id), 3000, 3001)
	}
	t.Logf("%d names were looked up, the others refused at once", len(ids))
	b.untouched(t)
}

// TestCaptionReferences: captions that name other files are text, or refused.
func TestCaptionReferences(t *testing.T) {
	t.Parallel()
	b, s := layBait(t), newStudio(t, "--sandbox", "off")
	film := s.film(t)
	defer s.lives(t)
	for key, template := range map[string]string{
		"entity.ttml":  `<?xml version="1.0"?><!DOCTYPE tt [<!ENTITY e SYSTEM "file://WORDS">]><tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="0s" end="1s">&e;</p></div></body></tt>`,
		"laughs.ttml":  `<?xml version="1.0"?><!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="0s" end="1s">&c;</p></div></body></tt>`,
		"include.ttml": `<tt xmlns="http://www.w3.org/ns/ttml" xmlns:xi="http://www.w3.org/2001/XInclude"><body><div><p begin="0s" end="1s">x<xi:include href="file://WORDS" parse="text"/></p></div></body></tt>`,
		"style.vtt": "WEBVTT\n\nSTYLE\n@import url(URL/a.css);\n\n00:00.000 --> 00:01.000\n<img " +
			"src=\"URL/a.png\">x\n",
		"hypertext.srt": "1\n00:00:00,000 --> 00:00:01,000\n<font face=\"URL/f\">{\\fnCLIP}x</font>\n",
	} {
		s.put(key, b.lay(template))
		done := s.Await(t, s.submit(t, job{input: film, captions: key}))
		if c := code(t, done); c != 0 && c != 4101 {
			t.Errorf("%s: %s", key, reelastictest.Text(done.Outputs[0].StatusDetail))
		}
		for object := range s.Objects("out") {
			if strings.HasSuffix(object, ".vtt") && strings.Contains(string(s.ReadOutput(t, object)), word) {
				t.Errorf("%s: the captions tell a secret", key)
			}
		}
	}
	b.untouched(t)
}
