//go:build amd64

// Command program stands in for an ffmpeg or ffprobe that an input has taken over. What it
// tries is named in the input, after "ATTACK:"; how that went is said to standard error, one
// line for each try. Everything else it leaves to the real one.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	name := filepath.Base(os.Args[0])
	in, attack, operand := order()
	run, known := attacks[attack]
	if !known || strings.HasPrefix(attack, "probe-") != (name == "ffprobe") {
		real := "/usr/bin/" + name
		err := syscall.Exec(real, append([]string{real}, os.Args[1:]...), os.Environ())
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	run(target{input: in, result: os.Args[len(os.Args)-1], operand: operand})
}

// order reads what is to be tried from the input of this run.
func order() (in, attack, operand string) {
	for i, arg := range os.Args[:len(os.Args)-1] {
		if arg != "-i" {
			continue
		}
		in = strings.TrimPrefix(os.Args[i+1], "file:")
		content, err := os.ReadFile(in)
		if err != nil {
			continue
		}
		if _, text, ok := bytes.Cut(content, []byte("ATTACK:")); ok {
			text, _, _ = bytes.Cut(text, []byte(";"))
			attack, operand, _ = strings.Cut(string(text), ":")
		}
	}
	return in, attack, operand
}

// target is what an attack may turn to.
type target struct{ input, result, operand string }

// attacks are by name. One that returns ends like an ffmpeg that came to its end well.
var attacks = map[string]func(target){
	"files": files, "calls": calls, "spare": spare,
	"symlink": func(x target) { left("symlink", os.Symlink(x.operand, x.result)); finish() },
	"link":    func(x target) { left("link", os.Link(x.input, x.result)); finish() },
	"fifo":    func(x target) { left("fifo", syscall.Mkfifo(x.result, 0o666)); finish() },
	"device":  func(x target) { left("device", syscall.Mknod(x.result, syscall.S_IFBLK|0o666, 0xfe00)); finish() },
	"folder":  func(x target) { left("folder", os.Mkdir(x.result, 0o777)); finish() },
	"setuid":  setuid,
	"sparse":  func(x target) { _ = write(x.result, nil); _ = os.Truncate(x.result, 100<<30); finish() },
	"huge":    huge,
	"many":    many,
	"memory":  func(target) { memory("memory", syscall.MAP_PRIVATE) },
	"shared":  func(target) { memory("shared", syscall.MAP_SHARED) },
	"fork":    fork,
	"daemon":  daemon,
	"stderr":  func(target) { flood(os.Stderr); os.Exit(1) },
	"stdout":  func(target) { flood(os.Stdout); finish() },
	"hang":    func(target) { fmt.Println("progress=continue"); time.Sleep(time.Hour) },
	"kill":    func(target) { left("kill", syscall.Kill(-1, syscall.SIGKILL)); time.Sleep(time.Hour) },

	"probe-string":  probeString,
	"probe-streams": probeStreams,
	"probe-stderr":  func(target) { flood(os.Stderr); os.Exit(1) },
	"probe-fork":    fork,
	"probe-files":   files,
	"probe-calls":   calls,
}

// left says how a try went.
func left(what string, err error) {
	if err == nil {
		fmt.Fprintf(os.Stderr, "[error] tried %s: DONE\n", what)
		return
	}
	fmt.Fprintf(os.Stderr, "[error] tried %s: %v\n", what, err)
}

// finish tells of a good end.
func finish() { fmt.Print("frame=1\nout_time_us=1000000\nprogress=end\n") }

func write(path string, content []byte) error { return os.WriteFile(path, content, 0o666) }

// files tries to get at what is not of this run. The operand is the data folder.
func files(x target) {
	read := func(what, path string) {
		_, err := os.ReadFile(path)
		left(what, err)
	}
	read("key", filepath.Join(x.operand, "key"))
	read("passwd", "/etc/passwd")
	read("environment", "/proc/1/environ")
	for what, path := range map[string]string{"data": x.operand, "scratch": filepath.Join(x.operand, "scratch"),
		"home": "/root", "program's folder": filepath.Join(filepath.Dir(os.Args[0]), "secret")} {
		_, err := os.ReadDir(path)
		left("list "+what, err)
	}
	left("write outside", write(filepath.Join(x.operand, "planted"), []byte("x")))
	left("write root", write("/planted", nil))
	left("write usr", write("/usr/planted", nil))
	left("write dev", write("/dev/shm/planted", nil))
	if x.input != "" {
		left("write input", write(x.input, []byte("planted")))
		left("truncate input", os.Truncate(x.input, 0))
		left("remove input", os.Remove(x.input))
		left("replace input", os.Rename(x.result, x.input))
		left("climb", func() error { _, err := os.ReadFile(filepath.Dir(x.input) + "/../../../../key"); return err }())
	}
	os.Exit(1)
}

// calls tries system calls that no encoder needs.
func calls(target) {
	for _, c := range []struct {
		what   string
		number uintptr
		args   [3]uintptr
	}{
		{"socket inet", syscall.SYS_SOCKET, [3]uintptr{syscall.AF_INET, syscall.SOCK_STREAM}},
		{"socket unix", syscall.SYS_SOCKET, [3]uintptr{syscall.AF_UNIX, syscall.SOCK_STREAM}},
		{"socket netlink", syscall.SYS_SOCKET, [3]uintptr{syscall.AF_NETLINK, syscall.SOCK_RAW}},
		{"unshare", syscall.SYS_UNSHARE, [3]uintptr{syscall.CLONE_NEWUSER}},
		{"clone", syscall.SYS_CLONE, [3]uintptr{syscall.CLONE_NEWUSER | uintptr(syscall.SIGCHLD)}},
		{"clone3", 435, [3]uintptr{}},
		{"setns", 308, [3]uintptr{}},
		{"mount", syscall.SYS_MOUNT, [3]uintptr{}},
		{"umount", syscall.SYS_UMOUNT2, [3]uintptr{}},
		{"pivot_root", syscall.SYS_PIVOT_ROOT, [3]uintptr{}},
		{"chroot", syscall.SYS_CHROOT, [3]uintptr{}},
		{"ptrace", syscall.SYS_PTRACE, [3]uintptr{syscall.PTRACE_ATTACH, 1}},
		{"process_vm_readv", 310, [3]uintptr{1}},
		{"process_vm_writev", 311, [3]uintptr{1}},
		{"bpf", 321, [3]uintptr{}},
		{"io_uring", 425, [3]uintptr{1}},
		{"add_key", syscall.SYS_ADD_KEY, [3]uintptr{}},
		{"keyctl", syscall.SYS_KEYCTL, [3]uintptr{}},
		{"userfaultfd", 323, [3]uintptr{}},
		{"perf_event_open", 298, [3]uintptr{}},
		{"kexec", syscall.SYS_KEXEC_LOAD, [3]uintptr{}},
		{"init_module", syscall.SYS_INIT_MODULE, [3]uintptr{}},
		{"memfd_create", 319, [3]uintptr{}},
		{"shmget", syscall.SYS_SHMGET, [3]uintptr{0, 1 << 20, 0o1600}},
		{"open_by_handle_at", 304, [3]uintptr{}},
		{"personality", syscall.SYS_PERSONALITY, [3]uintptr{0xffffffff}},
		{"chmod", syscall.SYS_CHMOD, [3]uintptr{}},
		{"setxattr", syscall.SYS_SETXATTR, [3]uintptr{}},
		{"unknown", 1000, [3]uintptr{}},
	} {
		_, _, err := syscall.RawSyscall(c.number, c.args[0], c.args[1], c.args[2])
		if err == 0 {
			left(c.what, nil)
		} else {
			left(c.what, err)
		}
	}
	os.Exit(1)
}

// spare leaves files beside the result, which the real ffmpeg makes.
func spare(x target) {
	for _, name := range []string{"in0", "o2.mp3", "grey.raw", "variant0_0.m3u8", "o1.mp3.sealed"} {
		_ = write(name, []byte("planted")) // what is left of them is looked at outside
	}
	real := "/usr/bin/ffmpeg"
	_ = syscall.Exec(real, append([]string{real}, os.Args[1:]...), os.Environ())
}

func setuid(x target) {
	fd, err := syscall.Open(x.result, syscall.O_CREAT|syscall.O_WRONLY, 0o4777)
	if err != nil {
		left("setuid", err)
	}
	content, _ := os.ReadFile(x.input)
	_, _ = syscall.Write(fd, content)
	finish()
}

func huge(x target) {
	f, err := os.Create(x.result)
	if err != nil {
		left("huge", err)
	}
	block := make([]byte, 1<<20)
	for {
		if _, err := f.Write(block); err != nil {
			os.Exit(1)
		}
		time.Sleep(time.Millisecond)
	}
}

func many(x target) {
	for i := 0; ; i++ {
		_ = write(fmt.Sprintf("file%d", i), nil)
		if i > 5000 {
			time.Sleep(time.Millisecond)
		}
	}
}

// memory takes memory without end, and touches it.
func memory(what string, kind int) {
	for {
		b, err := syscall.Mmap(-1, 0, 16<<20, syscall.PROT_READ|syscall.PROT_WRITE, kind|syscall.MAP_ANON)
		if err != nil {
			left(what, err)
			os.Exit(1)
		}
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// fork starts processes that sleep, up to a number that does the machine no harm.
func fork(target) {
	for i := 0; i < 400; i++ {
		pid, _, err := syscall.RawSyscall(syscall.SYS_FORK, 0, 0, 0)
		if err != 0 {
			left("fork", err)
		} else if pid == 0 {
			for {
				t := syscall.Timespec{Sec: 3600}
				_, _, _ = syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
			}
		}
	}
	fmt.Println("progress=continue")
	time.Sleep(time.Hour)
}

// daemon leaves a process behind that would write the result when this one has ended.
func daemon(x target) {
	if _, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", "while :; do echo planted >>" + x.result + "; done"},
		&syscall.ProcAttr{Env: os.Environ(), Sys: &syscall.SysProcAttr{Setsid: true}}); err != nil {
		left("daemon", err)
	}
	time.Sleep(100 * time.Millisecond)
	finish()
}

// flood prints 64 MiB without the end of a line.
func flood(f *os.File) {
	block := bytes.Repeat([]byte("x"), 1<<20)
	for range 64 {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}

// probeString answers with a string of 600 MB.
func probeString(target) {
	fmt.Print(`{"streams": [{"codec_name": "`)
	block := bytes.Repeat([]byte("x"), 1<<20)
	for range 600 {
		if _, err := os.Stdout.Write(block); err != nil {
			os.Exit(0)
		}
	}
	fmt.Print(`"}]}`)
}

// probeStreams answers with packets of ten million streams.
func probeStreams(target) {
	var b bytes.Buffer
	b.WriteString(`{"packets": [`)
	for i := range 10_000_000 {
		fmt.Fprintf(&b, `{"stream_index": %d, "pts_time": "1", "dts_time": "1"},`, i)
		if b.Len() > 1<<16 {
			if _, err := os.Stdout.Write(b.Bytes()); err != nil {
				os.Exit(0)
			}
			b.Reset()
		}
	}
	fmt.Print(`{}], "streams": [], "format": {}}`)
}
