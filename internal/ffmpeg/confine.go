package ffmpeg

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// confinedMark is the first argument of this program when it is to confine itself and
// then to become another: the folders of inputs and of results follow, then the command.
const confinedMark = "reelastic-confined"

// init runs before anything else of the program does: what it restricts can't be given
// to a child in any other way.
func init() {
	if len(os.Args) < 5 || os.Args[1] != confinedMark {
		return
	}
	// What this program has been given open is not for the other.
	err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		err = restrict(os.Args[2], os.Args[3], os.Args[4])
	}
	if err == nil {
		err = syscall.Exec(os.Args[4], os.Args[4:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, confinedFailed+err.Error())
	os.Exit(1)
}

// confinedFailed begins the message of a program that could not be confined.
const confinedFailed = "confine: "

// What a program may do with files.
const (
	mayRead  = ll.AccessFSReadFile | ll.AccessFSReadDir
	mayRun   = mayRead | ll.AccessFSExecute
	mayLeave = mayRead | ll.AccessFSWriteFile | ll.AccessFSTruncate | ll.AccessFSMakeReg | ll.AccessFSRemoveFile
)

// restrict lets this process do only what a program needs, for good.
func restrict(inputs, results, program string) error {
	folders := slices.DeleteFunc(slices.Clone(systemPaths), func(path string) bool { return path == linkerCache })
	rules := []landlock.Rule{
		landlock.PathAccess(mayRun, append(folders, "/usr")...).IgnoreIfMissing(),
		landlock.PathAccess(ll.AccessFSReadFile, linkerCache).IgnoreIfMissing(),
		landlock.PathAccess(ll.AccessFSReadFile|ll.AccessFSExecute, programFiles(program)...),
		landlock.PathAccess(ll.AccessFSReadFile|ll.AccessFSWriteFile, "/dev/null", "/dev/zero"),
		landlock.PathAccess(ll.AccessFSReadFile, "/dev/urandom"),
	}
	if inputs != "" {
		rules = append(rules, landlock.PathAccess(mayRead, inputs))
	}
	if results != "" {
		rules = append(rules, landlock.PathAccess(mayLeave, results))
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if err := restrictFiles(rules); err != nil {
		return err
	}
	return restrictCalls()
}

// restrictFiles lets this thread do nothing with files but what the rules allow. The sixth
// version of Landlock also keeps it from sending signals to others, which namespaces do,
// too. The third is the first that rules over all that changes a file. The threads of the
// Go runtime, which end with this program, need no rules.
func restrictFiles(rules []landlock.Rule) error {
	ruleset, flags, err := landlock.V6.NewRulesetFD(rules...)
	if err != nil && os.Getpid() == 1 { // it is alone in its namespace
		ruleset, flags, err = landlock.V3.NewRulesetFD(rules...)
	}
	if err != nil {
		return err
	}
	if err := ll.LandlockRestrictSelf(ruleset, flags); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}

// restrictCalls puts the filter of system calls on this thread, which must be the one that
// becomes another program.
func restrictCalls() error {
	code, err := filter(false)
	if err != nil {
		return err
	}
	var program []unix.SockFilter
	for _, i := range code {
		program = append(program, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	loaded := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&loaded)), 0, 0)
	runtime.KeepAlive(&loaded)
	if err != nil {
		return fmt.Errorf("filter of system calls: %w", err)
	}
	return nil
}
