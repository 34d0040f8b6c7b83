package ffmpeg

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// watch returns errStalled when nothing has happened for the timeout: moves did not
// change and the processor was used for less than a hundredth of the time. It
// returns nil when ctx ends.
func watch(ctx context.Context, timeout time.Duration, moves func() int64, cpu func() time.Duration) error {
	tick := time.NewTicker(max(timeout/4, time.Millisecond))
	defer tick.Stop()
	lastMoves, lastCPU, since := moves(), cpu(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		nowMoves, nowCPU := moves(), cpu()
		if nowMoves != lastMoves || (nowCPU-lastCPU).Abs() > time.Since(since)/100 {
			lastMoves, lastCPU, since = nowMoves, nowCPU, time.Now()
		} else if time.Since(since) >= timeout {
			return errStalled
		}
	}
}

// usage is what a program and its living descendants use, and have used so far.
type usage struct {
	processes int
	memory    int64 // resident, in bytes; what several share counts for each
	cpu       time.Duration
}

// process is one of the machine.
type process struct {
	parent int
	usage
}

// machine is a view of all processes, which is taken anew when it is old. It is safe for
// use by several goroutines.
type machine struct {
	mu    sync.Mutex
	taken time.Time
	// children are by parent.
	children map[int][]int
	all      map[int]process
}

// viewLasts is how long a view of the machine is good.
const viewLasts = 200 * time.Millisecond

// of is the usage of a process and its descendants; none where /proc can't be read.
func (m *machine) of(pid int) (total usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.taken) > viewLasts {
		m.look()
		m.taken = time.Now()
	}
	seen := map[int]bool{pid: true}
	for left := []int{pid}; len(left) > 0; {
		p, known := m.all[left[0]]
		for _, child := range m.children[left[0]] {
			if !seen[child] {
				seen[child] = true
				left = append(left, child)
			}
		}
		left = left[1:]
		if known {
			total.processes++
			total.memory += p.memory
			total.cpu += p.cpu
		}
	}
	return total
}

// look takes the view.
func (m *machine) look() {
	m.children, m.all = map[int][]int{}, map[int]process{}
	proc, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1) // what there is, is good
	for _, name := range names {
		id, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue
		}
		p := parseStat(stat)
		m.all[id], m.children[p.parent] = p, append(m.children[p.parent], id)
	}
}

// clockTick is the unit of processor times in /proc: USER_HZ is 100 on every
// platform that Linux has.
const clockTick = time.Second / 100

// parseStat reads a line of /proc/PID/stat. The program's name comes in parentheses and may
// itself contain anything.
func parseStat(stat []byte) (p process) {
	words := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(words) < 22 {
		return p
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(string(words[i]), 10, 64)
		return n
	}
	p.parent = int(number(1))
	p.cpu = time.Duration(number(11)+number(12)) * clockTick
	p.memory = number(21) * int64(os.Getpagesize())
	return p
}

// exceeded tells that a child was ended for what it used.
type exceeded string

func (e exceeded) Error() string { return string(e) }

// mostProcesses is how many processes a child may be, itself and the sandbox included.
const mostProcesses = 64

// beyondData is what a child may have resident beside its data: code and files.
const beyondData = 512 << 20

// guardEvery is how often a child's use is looked at.
const guardEvery = time.Second

// watchUse looks at what a child uses until ctx ends, or until that is too much, which is
// [exceeded].
func (t *tools) watchUse(ctx context.Context, c command, pid int) error {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := c.judge(t.machine.of(pid)); err != nil {
			return err
		}
	}
}

// judge tells what is too much of what a child uses.
func (c command) judge(used usage) error {
	switch {
	case used.processes > mostProcesses:
		return exceeded("it started too many processes")
	case c.memory > 0 && used.memory > c.memory+beyondData:
		return exceeded("it used more memory than it may")
	case c.usage != nil:
		return c.judgeResults()
	}
	return nil
}

// judgeResults tells what is too much of what a child has written.
func (c command) judgeResults() error {
	files, size, err := c.usage()
	switch {
	case err != nil: // it is being removed
		return nil
	case files > c.mostFiles:
		return exceeded(fmt.Sprintf("it wrote more than %d files", c.mostFiles))
	case size > c.mostBytes:
		return exceeded(fmt.Sprintf("its files came to more than %d bytes", c.mostBytes))
	}
	return nil
}
