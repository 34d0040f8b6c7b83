package hostile

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	// mutants is how many damaged files are tried, and soakMutants in a soak.
	mutants     = 60
	soakMutants = 2400
	// headBytes is how much of a file most damage is done to: its headers.
	headBytes = 2048
)

// containers are small files of every container, as ffmpeg makes them.
var containers = []struct {
	extension string
	film      bool
	args      []string
}{
	{"mp4", true, []string{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart"}},
	{"mov", true, []string{"-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"}},
	{"mkv", true, []string{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "libvorbis"}},
	{"webm", true, []string{"-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"}},
	{"avi", true, []string{"-c:v", "mpeg4", "-c:a", "libmp3lame"}},
	{"ts", true, []string{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"}},
	{"mpg", true, []string{"-c:v", "mpeg1video", "-r", "25", "-c:a", "mp2"}},
	{"flv", true, []string{"-c:v", "flv", "-ar", "44100", "-c:a", "libmp3lame"}},
	{"wmv", true, []string{"-c:v", "wmv2", "-c:a", "wmav2"}},
	{"3gp", true, []string{"-c:v", "mpeg4", "-c:a", "aac"}},
	{"mxf", true, []string{"-c:v", "mpeg2video", "-r", "25", "-ar", "48000", "-c:a", "pcm_s16le"}},
	{"gif", true, []string{"-an"}},
	{"mp3", false, []string{"-vn", "-c:a", "libmp3lame"}},
	{"m4a", false, []string{"-vn", "-c:a", "aac"}},
	{"aac", false, []string{"-vn", "-c:a", "aac"}},
	{"ogg", false, []string{"-vn", "-c:a", "libvorbis"}},
	{"flac", false, []string{"-vn", "-c:a", "flac"}},
	{"wav", false, []string{"-vn", "-c:a", "pcm_s16le"}},
	{"png", true, []string{"-an", "-frames:v", "1"}},
	{"jpg", true, []string{"-an", "-frames:v", "1", "-pix_fmt", "yuvj420p"}},
}

// TestMutants damages files of every container and submits them. Each job ends
// as Complete or with a code that puts the blame on the file; what fails leaves
// nothing. The damage is the same in every run: a file's number is its seed.
func TestMutants(t *testing.T) {
	t.Parallel()
	b, s := layBait(t), newStudio(t)
	defer s.lives(t)
	film := s.film(t)
	var whole [][]byte
	for _, c := range containers {
		whole = append(whole,
			made(t, c.extension,
				append([]string{"-f", "lavfi", "-i", "testsrc2=s=96x64:r=10:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6"},
					c.args...)...))
	}
	s.Within = 10 * reelastictest.JobsWithin
	n := mutants
	if reelastictest.Soak {
		n = soakMutants
	}
	const together = 200 // jobs in the queue
	results := map[int]int{}
	for first := 0; first < n; first += together {
		var ids []string
		for i := first; i < min(first+together, n); i++ {
			c := containers[i%len(containers)]
			key := s.put(fmt.Sprintf("%04d.%s", i, c.extension), mutant(uint64(i), whole[i%len(containers)]))
			ids = append(ids, s.submit(t, asInput(key, film, c.extension, c.film)))
		}
		for i, id := range ids {
			done := s.Await(t, id)
			got := code(t, done)
			results[got]++
			if got != 0 {
				s.WantNothingOf(t, done.Outputs[0])
			}
			if got != 0 && got/1000 != 4 {
				t.Errorf("mutant %d: %s", first+i, reelastictest.Text(done.Outputs[0].StatusDetail))
			}
		}
	}
	t.Logf("%d mutants by code: %v", n, results)
	b.untouched(t)
	s.held(t, serverBytes, childBytes)
}

// asInput is a job of a file: pictures are watermarks on a film.
func asInput(key, film, extension string, pictures bool) job {
	switch {
	case extension == "png" || extension == "jpg":
		return job{input: film, watermark: key}
	case pictures:
		return job{input: key}
	}
	return job{input: key, preset: reelastictest.MP3At128k}
}

// mutant damages a copy of a file in one to eight places.
func mutant(seed uint64, whole []byte) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	out := append([]byte(nil), whole...)
	for range 1 + random.IntN(8) {
		out = damage(random, out)
	}
	return out
}

func damage(random *rand.Rand, b []byte) []byte {
	if len(b) < 16 {
		return b
	}
	at := random.IntN(min(len(b), headBytes) - 8)
	if random.IntN(4) == 0 {
		at = random.IntN(len(b) - 8)
	}
	switch random.IntN(8) {
	case 0: // a flipped bit
		b[at] ^= 1 << random.IntN(8)
	case 1: // any byte
		b[at] = byte(random.Uint32())
	case 2: // the largest number
		copy(b[at:at+1+random.IntN(8)], "\xff\xff\xff\xff\xff\xff\xff\xff")
	case 3: // nothing
		copy(b[at:at+1+random.IntN(8)], "\x00\x00\x00\x00\x00\x00\x00\x00")
	case 4: // a size
		binary.BigEndian.PutUint32(b[at:], random.Uint32()>>random.IntN(32))
	case 5: // an end
		b = b[:at+8]
	case 6: // a piece twice
		b = append(b[:at+8:at+8], b[at:]...)
	case 7: // a piece less
		b = append(b[:at:at], b[at+1+random.IntN(8):]...)
	}
	return b
}
