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
	// Bubblewrap: no network, no other programs, few system calls, and of the file system
	// only what the run was given, the folder of its results and the system libraries.
	Bubblewrap = "bubblewrap"
	// Landlock: the same of files and system calls, by the kernel alone. Other programs can
	// be seen where the kernel gives no namespaces.
	Landlock = "landlock"
	// NoSandbox: limits and whitelists only.
	NoSandbox = "none"
)

// ErrNoSandbox tells that a sandbox is required and none works here.
var ErrNoSandbox = errors.New("no sandbox works here")

// Where a child in bubblewrap sees its folders. The names must not be part of the path
// of any program.
const (
	inputsDir  = "/.reelastic-in"
	resultsDir = "/.reelastic-out"
	relayDir   = "/.reelastic-relay"
	relayFile  = "/.reelastic-program"
)

// sandbox is a way of confining children.
type sandbox struct {
	kind   string
	bwrap  string // the program, with Bubblewrap
	filter []byte // of system calls, with Bubblewrap
	// networked is the filter of a run whose inputs come through a relay.
	networked []byte
	// namespaces are had without bubblewrap, with Landlock.
	namespaces bool
}

// detectSandbox finds the tightest sandbox that is allowed by asking ffmpeg for its version
// in each. It sets the sandbox, the version and the release.
func (r *Runner) detectSandbox(ctx context.Context, t *tools) error {
	if r.cfg.Sandbox == Off {
		r.log.WarnContext(ctx, "FFMPEG RUNS WITHOUT A SANDBOX: it is switched off")
		return r.tryout(ctx, t, sandbox{kind: NoSandbox})
	}
	var errs error
	for _, box := range r.sandboxes() {
		err := r.tryout(ctx, t, box)
		if ctx.Err() != nil {
			return fmt.Errorf("try the sandbox: %w", context.Cause(ctx))
		}
		if err == nil {
			if box.kind != Bubblewrap {
				r.log.WarnContext(ctx, "bubblewrap does not work here; Landlock confines ffmpeg", "namespaces",
					box.namespaces, "err", errs)
			}
			return nil
		}
		errs = errors.Join(errs, fmt.Errorf("%s: %w", box.kind, err))
	}
	return fmt.Errorf("%w, and --sandbox is %q: install bubblewrap, and see what docs/security.md says that it must "+
		"be allowed: %w", ErrNoSandbox, r.cfg.Sandbox, errs)
}

// sandboxes are those that may be used, the tightest first.
func (r *Runner) sandboxes() []sandbox {
	all := []sandbox{{kind: Bubblewrap}}
	if r.cfg.Sandbox == Prefer {
		all = append(all, sandbox{kind: Landlock, namespaces: true}, sandbox{kind: Landlock})
	}
	return all
}

// tryout runs ffmpeg's shortest command in a sandbox.
func (r *Runner) tryout(ctx context.Context, t *tools, box sandbox) (err error) {
	if box.kind == Bubblewrap {
		if box.bwrap, err = exec.LookPath("bwrap"); err != nil {
			return err
		}
		if box.filter, err = filterBytes(false); err != nil {
			return err
		}
		if box.networked, err = filterBytes(true); err != nil {
			return err
		}
	}
	t.box = box
	out, err := r.output(ctx, t, t.ffmpeg, "-version")
	if err != nil {
		return err
	}
	t.version, t.release = parseVersion(string(out))
	t.build, err = buildOf(t.ffmpeg, string(out))
	return err
}

// place is where a child of the sandbox sees the folder of its inputs.
func (b sandbox) place(inputs string) string {
	if b.kind == Bubblewrap {
		return inputsDir
	}
	return inputs
}

// wrap puts the sandbox around a command line. The files that the sandbox needs are
// passed on to the child; where one can't be opened, wrap fails.
func (b sandbox) wrap(c command, pass *passed) ([]string, error) {
	argv := append([]string{c.program}, c.args...)
	switch b.kind {
	case Bubblewrap:
		return b.bubblewrap(c, pass)
	case Landlock:
		self, err := pass.open("/proc/self/exe", os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		return append([]string{"/proc/self/fd/" + self, confinedMark, c.inputs, c.results}, argv...), nil
	}
	return argv, nil
}

// bubblewrap is the command line of a program in bubblewrap.
func (b sandbox) bubblewrap(c command, pass *passed) ([]string, error) {
	args := []string{b.bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
		"--clearenv", "--setenv", "LC_ALL", "C"}
	system := systemOf(c.program)
	args = append(args, "--ro-bind", system+"/usr", "/usr")
	for _, path := range systemPaths {
		args = append(args, "--ro-bind-try", system+path, path)
	}
	program := strings.TrimPrefix(c.program, system)
	for _, path := range programFiles(program) {
		args = append(args, "--ro-bind", path, path)
	}
	// Neither /proc nor /tmp: nothing needs them, containers often refuse the
	// first, and the second would be memory that no limit counts.
	args = append(args, "--dev", "/dev", "--remount-ro", "/dev")
	work := "/"
	// By descriptor: whatever happens to a name, no other folder is mounted.
	for _, m := range []struct{ option, dir, at string }{
		{"--ro-bind-fd", c.relay, relayDir}, {"--ro-bind-fd", c.inputs, inputsDir},
		{"--bind-fd", c.results, resultsDir},
	} {
		if m.dir == "" {
			continue
		}
		fd, err := pass.open(m.dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW)
		if err != nil {
			return nil, err
		}
		args, work = append(args, m.option, fd, m.at), m.at
	}
	argv, rules := append([]string{program}, c.args...), b.filter
	if c.relay != "" {
		self, err := pass.open("/proc/self/exe", os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		args = append(args, "--ro-bind-fd", self, relayFile)
		argv, rules = append([]string{relayFile, relayMark, relayDir + "/" + relaySocket}, argv...), b.networked
	}
	filter, err := pass.content(rules)
	if err != nil {
		return nil, err
	}
	status, err := pass.status()
	if err != nil {
		return nil, err
	}
	args = append(args, "--remount-ro", "/", "--chdir", work, "--seccomp", filter, "--info-fd", status, "--")
	return append(args, argv...), nil
}

// systemPaths are what programs need of the system, beside /usr. Any may be missing.
var systemPaths = []string{"/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", linkerCache}

// linkerCache is the only file among them.
const linkerCache = "/etc/ld.so.cache"

// programFiles are a program outside of /usr and the shared libraries that lie beside it;
// not its folder, in which anything may be.
func programFiles(program string) []string {
	if strings.HasPrefix(program, "/usr/") {
		return nil
	}
	beside := filepath.Join(escapeGlob(filepath.Dir(program)), "*.so*")
	libraries, _ := filepath.Glob(beside) // the pattern is well-formed
	return append(libraries, program)
}

// escapeGlob makes a path a pattern that matches itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
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
	if b.namespaces {
		const nobody = 65534
		attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}
