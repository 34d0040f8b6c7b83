package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// The values of [Config.Sandbox].
const (
	Require = "require"
	Prefer  = "prefer"
	Off     = "off"
)

// The kinds of sandbox, as [media.Caps] names them.
const (
	// Bubblewrap: no network, no other processes, and of the file system only
	// the step's folder, with its inputs read-only, and the system libraries.
	Bubblewrap = "bubblewrap"
	// Namespaces: no network, no other processes; files are not confined.
	Namespaces = "namespaces"
	// NoSandbox: limits and whitelists only.
	NoSandbox = "none"
)

// ErrNoSandbox tells that a sandbox is required and none works here.
var ErrNoSandbox = errors.New("no sandbox that confines files works here (bubblewrap is needed)")

// stepDir is where a sandboxed child sees the step's folder. The name must not
// be part of the path of any program.
const stepDir = "/.reelastic-step"

// sandbox is a way of confining children.
type sandbox struct {
	kind  string
	bwrap string // the program, with Bubblewrap
}

// detectSandbox finds the tightest sandbox by asking ffmpeg for its version in
// each. It sets the sandbox, the version and the release.
func (r *Runner) detectSandbox(ctx context.Context, t *tools) error {
	if r.cfg.Sandbox == Off {
		r.log.WarnContext(ctx, "FFMPEG RUNS WITHOUT A SANDBOX: it is switched off")
		return r.tryout(ctx, t, sandbox{kind: NoSandbox})
	}
	bwrap, err := exec.LookPath("bwrap")
	if err == nil {
		err = r.tryout(ctx, t, sandbox{kind: Bubblewrap, bwrap: bwrap})
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("try the sandbox: %w", context.Cause(ctx))
	case r.cfg.Sandbox == Require:
		return fmt.Errorf("%w: %w", ErrNoSandbox, err)
	}
	if second := r.tryout(ctx, t, sandbox{kind: Namespaces}); second != nil {
		err = errors.Join(err, second)
		if none := r.tryout(ctx, t, sandbox{kind: NoSandbox}); none != nil {
			return none
		}
	}
	r.log.WarnContext(ctx, "FFMPEG IS NOT FULLY CONFINED: it can read this user's files; install bubblewrap", "sandbox",
		t.box.kind, "err", err)
	return nil
}

// tryout runs ffmpeg's shortest command in a sandbox.
func (r *Runner) tryout(ctx context.Context, t *tools, box sandbox) error {
	t.box = box
	out, err := r.output(ctx, t, t.ffmpeg, "-version")
	if err == nil {
		t.version, t.release = parseVersion(string(out))
	}
	return err
}

// wrap puts the sandbox around a command line. Dir is absolute; inputs are
// names of files in it that must stay as they are.
func (b sandbox) wrap(dir string, inputs []string, argv []string) []string {
	if b.kind != Bubblewrap {
		return argv
	}
	args := []string{b.bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
		"--clearenv", "--setenv", "LC_ALL", "C"}
	system := systemOf(argv[0])
	argv = append([]string{strings.TrimPrefix(argv[0], system)}, argv[1:]...)
	args = append(args, "--ro-bind", system+"/usr", "/usr")
	for _, path := range []string{"/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"} {
		args = append(args, "--ro-bind-try", system+path, path)
	}
	if folder := filepath.Dir(argv[0]); !strings.HasPrefix(folder+"/", "/usr/") {
		args = append(args, "--ro-bind", folder, folder)
	}
	// Neither /proc nor /tmp: nothing needs them, containers often refuse the
	// first, and the second would be memory that no limit counts.
	args = append(args, "--dev", "/dev", "--remount-ro", "/dev")
	if dir == "" {
		args = append(args, "--remount-ro", "/")
	} else {
		args = append(args, "--bind", dir, stepDir)
		for _, name := range inputs {
			args = append(args, "--ro-bind", filepath.Join(dir, name), stepDir+"/"+name)
		}
		args = append(args, "--remount-ro", "/", "--chdir", stepDir)
	}
	return append(append(args, "--"), argv...)
}

// systemOf is the root of the system that a program belongs to, whose libraries it
// needs: "" for this machine's own, or the folder above usr/bin where that holds a
// system with a dynamic linker, such as a chroot or the unpacked image of a container.
func systemOf(program string) string {
	root, ok := strings.CutSuffix(filepath.Dir(program), "/usr/bin")
	if !ok || root == "" {
		return ""
	}
	for _, libraries := range []string{"lib", "lib64"} {
		entries, err := os.ReadDir(filepath.Join(root, libraries))
		if err == nil && slices.ContainsFunc(entries,
			func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "ld-") }) {
			return root
		}
	}
	return ""
}

// attributes are the kernel's part of the sandbox. In it the user is nobody,
// so that exec drops the namespace's capabilities; files keep their owner.
func (b sandbox) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if b.kind == Namespaces {
		const nobody = 65534
		attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

// readOnly lists the files of a folder that a child must not change: those
// named after -i, and every file that has a second name, since inputs are hard
// links to objects in the store.
func readOnly(dir string, args []string) ([]string, error) {
	named := map[string]bool{}
	for i, arg := range args[:max(0, len(args)-1)] {
		if arg == "-i" {
			named[strings.TrimPrefix(args[i+1], "file:")] = true
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the step's folder: %w", withoutPath(err))
	}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("read the step's folder: %w", withoutPath(err))
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if info.Mode().IsRegular() && (named[e.Name()] || ok && stat.Nlink > 1) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
