package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/media"
)

// The states of a [Finding].
const (
	// FindingOK is for what works, FindingNote for what works and could be better, and
	// FindingFault for what does not work.
	FindingOK    = "ok"
	FindingNote  = "note"
	FindingFault = "fault"
)

// Finding is what was found of one thing.
type Finding struct {
	// Check names what was looked at ("ffmpeg").
	Check string `json:"check"`
	State string `json:"state"`
	// Detail is what was found, Advice what to do; "" where nothing is to be done.
	Detail string `json:"detail"`
	Advice string `json:"advice"`
}

// DoctorConfig is what is looked at besides the settings of the server.
type DoctorConfig struct {
	// Buckets are read and written. In a folder of buckets all are that are there.
	Buckets []string `name:"bucket" placeholder:"NAME" help:"Buckets to read and write; in a storage folder all are."`
	Role    string   `name:"role" placeholder:"ARN" help:"Role of a pipeline with which buckets are reached."`
}

// doctor looks at an installation. It changes nothing that stays.
type doctor struct {
	cfg    Config
	asked  DoctorConfig
	public string // --public-url as it was given, "" where it was not
	log    *slog.Logger
	tell   func(Finding)
}

// Examine looks at the settings, the machine and the services that an installation uses, and
// tells what it finds, one thing after the other.
func Examine(ctx context.Context, cfg Config, asked DoctorConfig, log *slog.Logger, tell func(Finding)) {
	d := &doctor{cfg: cfg.complete(), asked: asked, public: cfg.Server.PublicURL, log: log, tell: tell}
	for _, look := range []func(context.Context){
		d.settings, d.machine, d.encoder, d.clock, d.dataFolder, d.scratchFolder, d.database, d.queue, d.storage,
		d.publicURL,
	} {
		if ctx.Err() != nil {
			return
		}
		look(ctx)
	}
}

func (d *doctor) ok(check, detail string, args ...any) {
	d.tell(Finding{Check: check, State: FindingOK, Detail: fmt.Sprintf(detail, args...)})
}

func (d *doctor) note(check, detail, advice string) {
	d.tell(Finding{check, FindingNote, detail, advice})
}

func (d *doctor) fault(check, detail, advice string) {
	d.tell(Finding{check, FindingFault, detail, advice})
}

// settings are those that can't work, each.
func (d *doctor) settings(context.Context) {
	var r refusals
	d.cfg.check(&r)
	for _, err := range r {
		d.fault("settings", err.Error(), "Correct the setting.")
	}
	if len(r) == 0 {
		d.ok("settings", "all %d can work", len(d.cfg.Settings()))
	}
}

// machine is what there is to encode with.
func (d *doctor) machine(context.Context) {
	const check, least = "machine", 2 << 30
	memory := machineMemory(os.ReadFile)
	detail := fmt.Sprintf("%d cores, %s of memory, jobs at a time: %d", runtime.NumCPU(), bytesText(memory),
		d.cfg.Worker.Workers)
	if memory > 0 && memory < least {
		d.note(check, detail, "Give it 2 GB of memory or more: a job of 1080p needs about half a gigabyte, one of 4K "+
			"two.")
		return
	}
	d.ok(check, "%s", detail)
}

// encoder is the ffmpeg, what it lacks, and its sandbox.
func (d *doctor) encoder(ctx context.Context) {
	const check = "ffmpeg"
	runner := newFFmpeg(d.cfg.FFmpeg, "", d.log)
	caps, err := runner.Caps(ctx)
	switch {
	case errors.Is(err, ffmpeg.ErrNoSandbox):
		d.fault("sandbox", err.Error(), "Install bubblewrap and let it make namespaces (docs/security.md), or set "+
			"--sandbox=prefer.")
		return
	case missing(err):
		d.fault(check, err.Error(), "Install ffmpeg 5.1 or newer with libx264, or name it with --ffmpeg.")
		return
	case err != nil:
		d.fault(check, err.Error(), "Check that --ffmpeg names a program that runs.")
		return
	case caps.Refusal() != "":
		d.fault(check, caps.Refusal(), "Install another ffmpeg, or name it with --ffmpeg.")
		return
	}
	d.ok(check, "%s (%s)", caps.Version, d.cfg.FFmpeg.Program)
	d.encoders(caps)
	for _, lack := range caps.Missing() {
		d.note(check, "no "+lack.Name, lack.Instead)
	}
	if caps.Sandbox == ffmpeg.Bubblewrap {
		d.ok("sandbox", "%s confines ffmpeg", caps.Sandbox)
		return
	}
	d.note("sandbox", caps.Sandbox+" confines ffmpeg", "Install bubblewrap, and set --sandbox=require.")
}

func (d *doctor) encoders(caps media.Caps) {
	var codecs []string
	for _, c := range caps.Codecs() {
		if c.Here {
			codecs = append(codecs, c.Name)
		}
	}
	slices.Sort(codecs)
	d.ok("encoders", "%s", strings.Join(codecs, ", "))
}

// clock is whether this machine's is kept right: signatures of requests and certificates
// depend on it.
func (d *doctor) clock(context.Context) {
	const check, unsynchronized = "clock", 5 // TIME_ERROR, adjtimex(2)
	now := time.Now().UTC().Format(time.RFC3339)
	state, err := syscall.Adjtimex(new(syscall.Timex))
	switch {
	case err != nil:
		d.note(check, now+"; the kernel does not tell whether it is kept right", "Run a time service (NTP).")
	case state == unsynchronized:
		d.note(check, now+"; the kernel says that nothing keeps it right",
			"Run a time service (NTP): requests are refused whose time is a quarter of an hour off.")
	default:
		d.ok(check, "%s, kept right", now)
	}
}

// bytesText is a number of bytes in gigabytes.
func bytesText(bytes int64) string {
	if bytes == 0 {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
}
