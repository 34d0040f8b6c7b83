package app

import (
	"os"
	"testing"
)

func TestMachineMemory(t *testing.T) {
	t.Parallel()
	machine := machineMemory(func(string) ([]byte, error) { return nil, os.ErrNotExist })
	if machine <= 0 {
		t.Fatalf("the machine has %d bytes", machine)
	}
	const list, own, above = "/proc/self/cgroup", "/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"version 2", map[string]string{list: "0::/a/b\n", own: "1048576\n"}, 1 << 20},
		{"a group above", map[string]string{list: "0::/a/b\n", above: "1048576\n", own: "max\n"}, 1 << 20},
		{"inside a container", map[string]string{list: "0::/\n", "/sys/fs/cgroup/memory.max": "2097152\n"}, 2 << 20},
		{"version 1", map[string]string{list: "5:cpu:/x\n4:memory:/a\n",
			"/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1048576\n"}, 1 << 20},
		{"no limit", map[string]string{list: "0::/a\n", above: "max\n"}, machine},
		{"no sense", map[string]string{list: "what\n"}, machine},
	} {
		got := machineMemory(func(path string) ([]byte, error) {
			if text, ok := c.files[path]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		})
		if got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
