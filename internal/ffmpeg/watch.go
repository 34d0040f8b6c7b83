package ffmpeg

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"time"
)

// watch returns true when nothing has happened for the timeout: moves did not
// change and the processor was used for less than a hundredth of the time. It
// returns false when ctx ends.
func watch(ctx context.Context, timeout time.Duration, moves func() int64, cpu func() time.Duration) bool {
	tick := time.NewTicker(max(timeout/4, time.Millisecond))
	defer tick.Stop()
	lastMoves, lastCPU, since := moves(), cpu(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		nowMoves, nowCPU := moves(), cpu()
		if nowMoves != lastMoves || (nowCPU-lastCPU).Abs() > time.Since(since)/100 {
			lastMoves, lastCPU, since = nowMoves, nowCPU, time.Now()
		} else if time.Since(since) >= timeout {
			return true
		}
	}
}

// clockTick is the unit of processor times in /proc: USER_HZ is 100 on every
// platform that Linux has.
const clockTick = time.Second / 100

// cpuTime is the processor time that a process and its living descendants have
// used so far. It is 0 where /proc can't be read.
func cpuTime(pid int) time.Duration {
	parents, used := map[int]int{}, map[int]time.Duration{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		parents[id], used[id] = parseStat(stat)
	}
	var total time.Duration
	for id := range used {
		for p, depth := id, 0; p > 1 && depth < 16; p, depth = parents[p], depth+1 {
			if p == pid {
				total += used[id]
				break
			}
		}
	}
	return total
}

// parseStat reads parent and processor time from a line of /proc/PID/stat. The
// program's name comes in parentheses and may itself contain anything.
func parseStat(stat []byte) (parent int, cpu time.Duration) {
	words := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(words) < 13 {
		return 0, 0
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(string(words[i]), 10, 64)
		return n
	}
	return int(number(1)), time.Duration(number(11)+number(12)) * clockTick
}
