package server

import (
	"cmp"
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"github.com/reelastic/reelastic/api"
)

// Config is what can be set about a server. The zero value of every member is usable.
type Config struct {
	// Region and Account are those of the ARNs; "us-east-1" and "000000000000" by default.
	Region, Account string
	// Quotas bound what the account may hold.
	Quotas Quotas
	// Writable tells why nothing can be written, without a path; nil is always.
	Writable func() error
	// MaxBodyBytes is the longest request body; 1 MiB by default.
	MaxBodyBytes int64
	// MaxConns and MaxConnsPerSource are how many connections may be open at once, in all
	// and from one address; 4096 and 1024 by default.
	MaxConns, MaxConnsPerSource int
	// MaxBodies and MaxBodiesPerSource are how many bodies of more than 64 KiB may be in
	// memory at once; 32 and 8 by default.
	MaxBodies, MaxBodiesPerSource int
	// RefusalDelay is how long the refusal of a request waits at most when its address keeps
	// failing to say who sends it; 0 is no delay.
	RefusalDelay time.Duration
	// MaxStreams and MaxStreamsPerCaller are how many event streams may be open at once;
	// 1000 and 200 by default.
	MaxStreams, MaxStreamsPerCaller int
	// StreamTime is how long an event stream lasts at most; an hour by default. Who
	// watches on opens another.
	StreamTime time.Duration
	// RequestTimeout bounds the work on one request, streams aside; 30 s by default.
	RequestTimeout time.Duration
	// HeaderTimeout and ReadTimeout bound how long a client may take to send the
	// headers and the whole request, WriteTimeout how long it may take to read the
	// answer or one event of a stream; 10 s, 30 s and 60 s by default.
	HeaderTimeout, ReadTimeout, WriteTimeout time.Duration
	// Grace is how long Serve lets requests finish; 10 s by default.
	Grace time.Duration
	// Heartbeat is the longest silence of an event stream, and Reread the longest
	// time before it looks into the store again; 15 s and 3 s by default.
	Heartbeat, Reread time.Duration
	// TLS makes Serve speak TLS when it is set.
	TLS *tls.Config
	// Metrics answers GET /metrics, for callers who may reelastic:ReadMetrics; nil means
	// that there is no such path.
	Metrics http.Handler
	// Keys answers the requests of KMS clients; nil means that there is no such
	// service here.
	Keys Keys
	// Installation answers the paths of the installation key; nil means that there are none.
	Installation InstallationKey
	// Notifications answers the paths of subscriptions and deliveries; nil means that
	// there are none.
	Notifications Notifications
	// Fleet answers the paths of workers; nil means that there are none.
	Fleet Fleet
	// Jobs answers the paths by which operators act on jobs; nil means that there are none.
	Jobs JobControl
	// Topics are published to by TestRole.
	Topics Topics
	// Version is the program's.
	Version string
	// OtherLimits are those that the server does not keep itself, for GET /v1/system.
	OtherLimits OtherLimits
	// FFmpeg is what encodes in this process; nil means that nothing does.
	FFmpeg FFmpeg
	// Observer is told about every request; nil means nobody is.
	Observer Observer
	// Access receives a line about each request, and Audit about each change and refusal;
	// nil discards them.
	Access, Audit *slog.Logger
	// Log receives faults of our own; nil discards them.
	Log *slog.Logger
	// Now is the clock of signatures and ids; [time.Now] by default.
	Now func() time.Time
}

// Quotas bound what the account may hold; 0 means no bound.
type Quotas struct {
	Pipelines             int
	Presets               int // custom ones
	QueuedJobsPerPipeline int // Submitted ones
}

// withDefaults fills the members that were left zero.
func (c Config) withDefaults() Config {
	c.Region = cmp.Or(c.Region, "us-east-1")
	c.Account = cmp.Or(c.Account, "000000000000")
	c.MaxBodyBytes = cmp.Or(c.MaxBodyBytes, 1<<20)
	c.MaxConns = cmp.Or(c.MaxConns, 4096)
	c.MaxConnsPerSource = cmp.Or(c.MaxConnsPerSource, 1024)
	c.MaxBodies = cmp.Or(c.MaxBodies, 32)
	c.MaxBodiesPerSource = cmp.Or(c.MaxBodiesPerSource, 8)
	c.MaxStreams = cmp.Or(c.MaxStreams, 1000)
	c.MaxStreamsPerCaller = cmp.Or(c.MaxStreamsPerCaller, 200)
	c.StreamTime = cmp.Or(c.StreamTime, time.Hour)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 30*time.Second)
	c.HeaderTimeout = cmp.Or(c.HeaderTimeout, 10*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 30*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 60*time.Second)
	c.Grace = cmp.Or(c.Grace, 10*time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, 15*time.Second)
	c.Reread = cmp.Or(c.Reread, 3*time.Second)
	c.Observer = cmp.Or[Observer](c.Observer, nobody{})
	c.Access = cmp.Or(c.Access, slog.New(slog.DiscardHandler))
	c.Audit = cmp.Or(c.Audit, slog.New(slog.DiscardHandler))
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// nobody is the observer of a server that has none.
type nobody struct{}

func (nobody) Answered(string, int, api.ErrorCode, time.Duration) {}
