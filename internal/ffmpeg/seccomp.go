package ffmpeg

import (
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// calls are the system calls that a confined program may make: memory, threads, its own
// files, time, and what a shell in its place needs to start programs. To all others the
// kernel says that it has no such call (ENOSYS), as an old one would: sockets, new
// namespaces, mounts, ptrace, keys, BPF, io_uring, shared memory without a limit, links,
// folders, special files and modes.
var calls = []string{
	// Memory.
	"brk", "mmap", "mprotect", "munmap", "mremap", "madvise", "mlock", "munlock", "mincore", "membarrier",
	"get_mempolicy", "set_mempolicy", "mbind",
	// Threads, programs and signals. Of clone only the plain one, see below; glibc takes it
	// where there is no clone3.
	"fork", "vfork", "execve", "exit", "exit_group", "wait4", "waitid", "futex", "futex_waitv", "set_robust_list",
	"get_robust_list", "set_tid_address", "rseq", "arch_prctl", "gettid", "getpid", "getppid", "getpgrp", "getpgid",
	"getsid", "setpgid", "setsid", "kill", "tkill", "tgkill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "rt_sigpending", "rt_sigqueueinfo", "sigaltstack", "pause", "alarm",
	"setitimer", "getitimer", "restart_syscall",
	"sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
	"sched_setscheduler", "sched_get_priority_max", "sched_get_priority_min", "getpriority", "setpriority", "getcpu",
	// What they are.
	"getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid", "uname", "sysinfo", "getrusage",
	"times", "getrlimit", "prlimit64", "setrlimit", "capget", "prctl", "umask",
	// Files.
	"open", "openat", "openat2", "creat", "close", "close_range", "read", "write", "readv", "writev", "pread64",
	"pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek", "stat", "fstat", "lstat", "newfstatat", "statx",
	"statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64",
	"getcwd", "chdir", "fchdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "ftruncate", "truncate",
	"fallocate", "fadvise64", "readahead", "fsync", "fdatasync", "sync_file_range", "copy_file_range", "sendfile",
	"splice", "tee", "flock", "fcntl", "dup", "dup2", "dup3", "pipe", "pipe2", "utimensat",
	"ioctl",
	// Waiting and time.
	"poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
	"eventfd2", "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
	"timer_create", "timer_settime", "timer_delete", "timerfd_create", "timerfd_settime", "timerfd_gettime",
	"getrandom",
}

// networkCalls are what a program may do besides, in a network of its own: talk to the relay of
// its inputs (see [relay]), which listens there.
var networkCalls = []string{"bind", "listen", "accept4", "connect", "getsockname", "getpeername", "setsockopt",
	"getsockopt", "sendto", "recvfrom", "shutdown"}

// families are the kinds of sockets that it may make.
var families = []uint64{unix.AF_UNIX, unix.AF_INET}

// newNamespaces are the flags of clone that make namespaces.
const newNamespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// filter is the program by which the kernel judges system calls. It is for the
// architecture that this one was built for; another one's calls are refused. Networked adds
// what a program needs whose inputs come through a relay.
func filter(networked bool) ([]bpf.RawInstruction, error) {
	machine, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("filter of system calls: %w", err)
	}
	allowed := seccomp.SyscallGroup{Action: seccomp.ActionAllow, NamesWithCondtions: []seccomp.NameWithConditions{{
		Name: "clone",
		Conditions: seccomp.ArgumentConditions{
			{Argument: 0, Operation: seccomp.BitsNotSet, Value: newNamespaces},
		},
	}}}
	names := calls
	if networked {
		names = slices.Concat(calls, networkCalls)
		for _, family := range families {
			allowed.NamesWithCondtions = append(allowed.NamesWithCondtions, seccomp.NameWithConditions{
				Name: "socket", Conditions: seccomp.ArgumentConditions{
					{Argument: 0, Operation: seccomp.Equal, Value: family},
				},
			})
		}
	}
	for _, name := range names {
		if _, has := machine.SyscallNames[name]; has { // some are of old architectures only
			allowed.Names = append(allowed.Names, name)
		}
	}
	policy := seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{allowed}}
	program, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("filter of system calls: %w", err)
	}
	refuse := uint32(seccomp.ActionErrno)
	for i, instruction := range program {
		if ret, ok := instruction.(bpf.RetConstant); ok && ret.Val == refuse|uint32(syscall.EPERM) {
			program[i] = bpf.RetConstant{Val: refuse | uint32(syscall.ENOSYS)}
		}
	}
	return bpf.Assemble(program)
}

// filterBytes is the filter as bubblewrap reads it: an array of struct sock_filter.
func filterBytes(networked bool) ([]byte, error) {
	program, err := filter(networked)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, i := range program {
		b = binary.NativeEndian.AppendUint16(b, i.Op)
		b = append(b, i.Jt, i.Jf)
		b = binary.NativeEndian.AppendUint32(b, i.K)
	}
	return b, nil
}
