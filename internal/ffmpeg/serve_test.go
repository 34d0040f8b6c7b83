package ffmpeg

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/plan"
)

// half is a source of which the first piece comes, and the rest only when it is closed.
type half struct{}

func (half) Read(ctx context.Context, to io.WriterAt, offset, _ int64) error {
	if offset > 0 {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	_, err := to.WriteAt([]byte("precious"), 0)
	return err
}

// arrivingIn lets a runner read in0 of a new folder, of 8 MiB of which half is there.
func arrivingIn(t *testing.T, r *Runner) (dir string) {
	t.Helper()
	dir = t.TempDir()
	file, err := folder.New(dir).Arrive(t.Context(), "in0", 8<<20, half{}, func() { t.Error("it came as a whole") })
	if err != nil {
		t.Fatal(err)
	}
	end := r.Arrives(dir, "in0", file)
	t.Cleanup(func() {
		end()
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestRelay has a hostile program in ffmpeg's place: it gets ranges of the file that it was
// given, and nothing else.
func TestRelay(t *testing.T) {
	t.Parallel()
	r := confined(t, fakeRunner(t, Config{}))
	need(t, "bash")
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	step := plan.Step{Name: "reach", Args: []string{"-i", "file:in0", "reach", "result:" + address.Port()}}
	err = r.Run(t.Context(), arrivingIn(t, r), step, nil)
	if err != nil {
		t.Fatal(err, runError(t, err).Tail)
	}
	if hits.Load() > 0 {
		t.Error("a server outside was reached")
	}
}

// TestRelayEnds as the program in it does, and with the job.
func TestRelayEnds(t *testing.T) {
	t.Parallel()
	r := confined(t, fakeRunner(t, Config{}))
	dir := arrivingIn(t, r)
	for operand, want := range map[string]string{"exit 7": "exit status 7", "signal SEGV": "segmentation fault"} {
		verb, value, _ := strings.Cut(operand, " ")
		step := plan.Step{Name: verb, Args: []string{"-i", "file:in0", verb, value}}
		failed := runError(t, r.Run(t.Context(), dir, step, nil))
		if got := (exit{code: failed.ExitCode}).String(); failed.Signal != want && got != want {
			t.Errorf("%s: %+v", operand, failed)
		}
	}
	stop, seconds := errors.New("stop"), uniqueSeconds()
	ctx, cancel := context.WithCancelCause(t.Context())
	step := plan.Step{Name: "hang", Args: []string{"-i", "file:in0", "hang", seconds}}
	if err := r.Run(ctx, dir, step, func(plan.Progress) { cancel(stop) }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}

// judges reports whether a filter lets a call with a first argument pass.
func judges(t *testing.T, networked bool, call, argument uint32) bool {
	t.Helper()
	raw, err := filter(networked)
	if err != nil {
		t.Fatal(err)
	}
	program, whole := bpf.Disassemble(raw)
	if !whole {
		t.Fatal("the filter has instructions of no known kind")
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	input := make([]byte, 64) // struct seccomp_data, whose words the machine here reads as big-endian
	binary.BigEndian.PutUint32(input, call)
	binary.BigEndian.PutUint32(input[4:], uint32(machine.ID))
	binary.BigEndian.PutUint32(input[16:], argument)
	verdict, err := vm.Run(input)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(verdict) == uint32(seccomp.ActionAllow)
}

// TestFilterOfSockets: sockets are for runs with a relay, and of two families.
func TestFilterOfSockets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		networked bool
		family    uint32
		allowed   bool
	}{{false, unix.AF_INET, false}, {false, unix.AF_UNIX, false}, {true, unix.AF_INET, true},
		{true, unix.AF_UNIX, true},
		{true, unix.AF_NETLINK, false}, {true, unix.AF_PACKET, false}, {true, unix.AF_VSOCK, false}} {
		if got := judges(t, c.networked, unix.SYS_SOCKET, c.family); got != c.allowed {
			t.Errorf("networked %t: a socket of family %d is allowed: %t", c.networked, c.family, got)
		}
	}
	for _, call := range []uint32{unix.SYS_SENDMSG, unix.SYS_SOCKETPAIR, unix.SYS_PTRACE, unix.SYS_MOUNT} {
		if judges(t, true, call, 0) {
			t.Errorf("call %d is allowed", call)
		}
	}
}
