package cli_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// TestBars transcodes in a terminal of so many columns: bars fit it, never go back, are full
// at the end, and what is told after them says where the files are.
func TestBars(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("ffmpeg is not installed")
	}
	for _, columns := range []uint16{80, 120} {
		t.Run(strconv.Itoa(int(columns)), func(t *testing.T) {
			t.Parallel()
			const clip = "a film with a name that is longer than a third of the line.mp4"
			dir := t.TempDir()
			made := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-f", "lavfi", "-i",
				"testsrc2=s=640x360:r=25:d=5", "-pix_fmt", "yuv420p", clip)
			made.Dir = dir
			if out, err := made.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			screen := onTerminal(t, dir, columns, "reelastic", "transcode", clip, "-p", "web,hls-400k", "-o", "out")
			checkBars(t, screen, int(columns))
		})
	}
}

// escape is a sequence that moves the cursor or clears.
var escape = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// bar is a line with a bar: name, bar, percent.
var bar = regexp.MustCompile(`^(.+?) +\[([=>-]*)\] +(\d+)%`)

func checkBars(t *testing.T, screen string, columns int) {
	t.Helper()
	last, full := map[string]int{}, map[string]bool{}
	for line := range strings.Lines(escape.ReplaceAllString(screen, "")) {
		line = strings.Trim(line, "\r\n")
		m := bar.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if n := utf8.RuneCountInString(line); n > columns {
			t.Errorf("%d columns: %q", n, line)
		}
		percent, _ := strconv.Atoi(m[3])
		if percent < last[m[1]] {
			t.Errorf("%s goes back from %d%% to %d%%", m[1], last[m[1]], percent)
		}
		last[m[1]], full[m[1]] = percent, !strings.Contains(m[2], "-")
	}
	if len(last) != 2 {
		t.Errorf("bars of %v, want two", last)
	}
	for name, percent := range last {
		if percent != 100 || !full[name] {
			t.Errorf("%s ends with %d%%, full: %t", name, percent, full[name])
		}
	}
	if !regexp.MustCompile(`2 files, .*B, in out after [^\r\n]*s\r\n$`).MatchString(screen) {
		t.Errorf("the end is %q", screen[max(0, len(screen)-300):])
	}
}

// onTerminal runs a command in a terminal and returns all that it wrote there.
func onTerminal(t *testing.T, dir string, columns uint16, name string, args ...string) string {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	fd := int(terminal.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err := errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})); err != nil {
		t.Fatal(err)
	}
	side, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, side, side
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	side.Close()
	screen, err := io.ReadAll(terminal)
	if err != nil && !errors.Is(err, syscall.EIO) { // which is the end of a terminal
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, screen)
	}
	return string(screen)
}
