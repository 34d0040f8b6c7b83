package ffmpeg

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// passed are the open files that a child is given beside its standard ones.
type passed struct {
	files []*os.File
	// told is where bubblewrap tells of the sandbox's first process, nil for nowhere.
	told *os.File
}

// add gives a file on and returns its number in the child.
func (p *passed) add(f *os.File) string {
	p.files = append(p.files, f)
	return strconv.Itoa(2 + len(p.files))
}

// open opens a file or folder for the child.
func (p *passed) open(path string, mode int) (fd string, err error) {
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return "", fmt.Errorf("open for the sandbox: %w", withoutPath(err))
	}
	return p.add(f), nil
}

// content lets the child read bytes, of which a pipe holds so many.
func (p *passed) content(b []byte) (fd string, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("make a pipe: %w", err)
	}
	fd = p.add(r)
	_, err = w.Write(b)
	return fd, errors.Join(err, w.Close())
}

// status is where bubblewrap writes what its sandbox is.
func (p *passed) status() (fd string, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("make a pipe: %w", err)
	}
	p.told = r
	return p.add(w), nil
}

// close closes them here; the child has its own.
func (p *passed) close() {
	for _, f := range p.files {
		_ = f.Close() // nothing was written
	}
	if p.files = nil; p.told != nil {
		_ = p.told.Close() // nothing was written
	}
	p.told = nil
}

// firstProcess is a sandbox's first process, with which all others end.
type firstProcess struct{ fd int }

var noProcess = firstProcess{-1}

// first waits until bubblewrap has told of its sandbox's first process, after the child has
// been started. The files are closed.
func (p *passed) first() firstProcess {
	told := p.told
	p.told = nil
	p.close()
	if told == nil {
		return noProcess
	}
	defer told.Close()
	var info struct {
		Child int `json:"child-pid"`
	}
	text, err := io.ReadAll(io.LimitReader(told, 4096))
	if err != nil || json.Unmarshal(text, &info) != nil || info.Child <= 0 {
		return noProcess // it ended before
	}
	fd, err := unix.PidfdOpen(info.Child, 0)
	if err != nil { // likewise
		return noProcess
	}
	return firstProcess{fd}
}

// end kills the process and returns when it and all others of its namespace are gone, or
// false when they don't go in time.
func (p firstProcess) end(within time.Duration) bool {
	if p == noProcess {
		return true
	}
	defer unix.Close(p.fd)
	_ = unix.PidfdSendSignal(p.fd, unix.SIGKILL, nil, 0) // it may be gone
	for deadline := time.Now().Add(within); ; {
		left := max(0, time.Until(deadline))
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}, int(left.Milliseconds()))
		if !errors.Is(err, unix.EINTR) {
			return n == 1
		}
	}
}
