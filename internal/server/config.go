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
	// MaxBodyBytes is the longest request body; 1 MiB by default.
	MaxBodyBytes int64
	// MaxStreams is how many event streams may be open at once; 1000 by default.
	MaxStreams int
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
	// Metrics answers GET /metrics, on loopback only unless MetricsAnywhere is
	// set; nil means that there is no such path.
	Metrics         http.Handler
	MetricsAnywhere bool
	// Keys answers the requests of KMS clients; nil means that there is no such
	// service here.
	Keys Keys
	// Notifications answers the paths of subscriptions and deliveries; nil means that
	// there are none.
	Notifications Notifications
	// Topics are published to by TestRole.
	Topics Topics
	// Version is the program's.
	Version string
	// FFmpeg is what encodes in this process; nil means that nothing does.
	FFmpeg FFmpeg
	// Observer is told about every request; nil means nobody is.
	Observer Observer
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
	c.MaxStreams = cmp.Or(c.MaxStreams, 1000)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 30*time.Second)
	c.HeaderTimeout = cmp.Or(c.HeaderTimeout, 10*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 30*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 60*time.Second)
	c.Grace = cmp.Or(c.Grace, 10*time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, 15*time.Second)
	c.Reread = cmp.Or(c.Reread, 3*time.Second)
	c.Observer = cmp.Or[Observer](c.Observer, nobody{})
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// nobody is the observer of a server that has none.
type nobody struct{}

func (nobody) Answered(string, int, api.ErrorCode, time.Duration) {}
