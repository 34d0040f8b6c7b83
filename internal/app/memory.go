package app

import (
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// encodingMemory is what the machine can spare for ffmpeg: three quarters of its
// memory; 0 where the kernel does not say.
func encodingMemory() int64 { return machineMemory(os.ReadFile) / 4 * 3 }

// limitMemory makes the collector work harder before this process takes what ffmpeg and the
// machine need: from an eighth of the memory on, unless GOMEMLIMIT says otherwise. It is no
// hard limit; what a job may bring into memory is bounded where it is read.
func limitMemory() {
	const least = 256 << 20 // below, it would collect all the time
	if total := machineMemory(os.ReadFile); total > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(total/8, least))
	}
}

// machineMemory is how much memory this process may have in bytes: what the machine has, or
// what its control groups allow of that; 0 where the kernel does not say. The files are
// those of cgroups(7), in both versions.
func machineMemory(read func(path string) ([]byte, error)) int64 {
	least := int64(math.MaxInt64)
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		least = int64(info.Totalram) * int64(info.Unit)
	}
	groups, _ := read("/proc/self/cgroup") // without, there are none
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, file := "/sys/fs/cgroup", "memory.max"
		switch parts[1] {
		case "":
		case "memory":
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// A container sees its own group at the root; each group above bounds it too.
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			text, err := read(path.Join(root, group, file))
			if limit, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && bad == nil {
				least = min(least, limit)
			}
			if group == "/" {
				break
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}
