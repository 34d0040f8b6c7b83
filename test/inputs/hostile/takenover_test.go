package hostile

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// takenOver is what a program in ffmpeg's or ffprobe's place tries, see testdata/program.
var takenOver = []struct {
	attack string
	codes  []int // with which the job may end; 0 is Complete
	tries  int   // how many it tells of, at the least
}{
	{"files", []int{9000}, 15},
	{"calls", []int{9000}, 29},
	{"spare", []int{0}, 0},
	{"symlink", []int{9000}, 0},
	{"link", []int{9000}, 0},
	{"fifo", []int{9000}, 0},
	{"device", []int{9000}, 0},
	{"folder", []int{9000}, 0},
	{"setuid", []int{0}, 0},
	{"sparse", []int{9000}, 0},
	{"huge", []int{9000}, 0},
	{"many", []int{9000}, 0},
	{"memory", []int{9000}, 0},
	{"shared", []int{9000}, 0},
	{"fork", []int{9000}, 0},
	{"daemon", []int{4007, 9000}, 0},
	{"kill", []int{9000}, 0},
	{"stderr", []int{9000}, 0},
	{"stdout", []int{9000}, 0},
	{"probe-string", []int{4000}, 0},
	{"probe-streams", []int{4000}, 0},
	{"probe-stderr", []int{4000}, 0},
	{"probe-fork", []int{4000}, 0},
	{"probe-files", []int{4000}, 0},
	{"probe-calls", []int{4000}, 0},
}

// TestTakenOver puts a program in the place of ffmpeg that tries to get out of its sandbox, to
// leave what harms whoever opens it, and to use up the machine. Each try ends its own job, with
// a code, and nothing else.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" {
		t.Skip("the program knows the system calls of amd64 only")
	}
	program := hostileProgram(t)
	s := newStudio(t, "--ffmpeg", program, "--max-step-memory", "268435456", "--max-step-stall", "10s",
		"--max-step-results", "16777216", "--grace", "2s")
	data := s.Data
	song := song(t)
	ids := map[string]string{}
	for _, c := range takenOver {
		operand := data
		if c.attack == "symlink" {
			operand = filepath.Join(data, "key")
		}
		s.put(c.attack+".mp3", bytes.Replace(song, attackField(""), attackField(c.attack+":"+operand), 1))
		ids[c.attack] = s.submit(t, job{input: c.attack + ".mp3", preset: reelastictest.MP3At128k, output: c.attack})
	}
	for _, c := range takenOver {
		t.Run(c.attack, func(t *testing.T) {
			s.wantHarmless(t, s.Await(t, ids[c.attack]), c.codes)
		})
	}
	log := s.Log()
	if strings.Contains(log, ": DONE") {
		t.Errorf("something was done:\n%s", linesWith(log, ": DONE"))
	}
	for _, c := range takenOver {
		if n := strings.Count(linesWith(log, ids[c.attack]), "] tried "); n < c.tries {
			t.Errorf("%s told of %d tries, want %d", c.attack, n, c.tries)
		}
	}
	for _, planted := range []string{filepath.Join(data, "planted"), "/planted", "/usr/planted", "/dev/shm/planted"} {
		if _, err := os.Lstat(planted); err == nil {
			t.Errorf("%s was made", planted)
		}
	}
	s.held(t, serverBytes, childBytes)
	s.put("plain.mp3", song)
	s.Complete(t, s.request(job{input: "plain.mp3", preset: reelastictest.MP3At128k, output: "plain"}))

	s.put("hang.mp3", bytes.Replace(song, attackField(""), attackField("hang:"), 1))
	hanging := s.submit(t, job{input: "hang.mp3", preset: reelastictest.MP3At128k, output: "hang"})
	s.Reach(t, hanging, func(p v1.Progress) bool { return p.Status == "Progressing" })
	if status := s.Terminate(time.Minute); status != 0 {
		t.Errorf("the server ended with %d", status)
	}
}

// wantHarmless checks how a job has ended, and that what it published is a song.
func (s *studio) wantHarmless(t *testing.T, done *api.Job, codes []int) {
	t.Helper()
	got := code(t, done)
	if got != 0 || codes[0] != 0 {
		s.refused(t, done, codes...)
		return
	}
	path := s.Output(*done.Outputs[0].Key)
	reelastictest.Decode(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode()&^0o666 != 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// hostileProgram builds the program as ffmpeg and ffprobe, in a folder that holds a secret.
func hostileProgram(t *testing.T) (ffmpeg string) {
	t.Helper()
	dir := t.TempDir()
	ffmpeg = filepath.Join(dir, "ffmpeg")
	reelastictest.Command(t, "go", "build", "-o", ffmpeg, "./testdata/program")
	if err := os.Link(ffmpeg, filepath.Join(dir, "ffprobe")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "secret"), 0o777); err != nil {
		t.Fatal(err)
	}
	return ffmpeg
}

// attackField is what the program reads of an input, of a fixed length.
func attackField(text string) []byte {
	const length = 200
	return []byte("ATTACK:" + text + ";" + strings.Repeat(" ", length-len(text)))
}

// song is a second of audio with room for the name of an attack.
func song(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "song.mp3")
	reelastictest.FFmpeg(t, "-f", "lavfi", "-i", "sine=d=1", "-ac", "2", "-b:a", "128k", "-c:a", "libmp3lame",
		"-metadata", "title="+string(attackField("")), path)
	return reelastictest.ReadFile(t, path)
}

// linesWith are the lines of a log that contain a text.
func linesWith(log, text string) string {
	var found []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}
