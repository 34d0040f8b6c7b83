package taskqueue

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Defaults of [Config].
const (
	DefaultAckWait       = 15 * time.Second
	DefaultAnnounceEvery = 5 * time.Second
	DefaultLockTTL       = 6 * time.Second
	DefaultMemoryBytes   = 64 << 20
)

// minWait is the shortest time span that NATS keeps: JetStream refuses
// stream ages below it.
const minWait = 100 * time.Millisecond

// Config says which NATS servers to use. The zero value is the in-process one.
type Config struct {
	// URL is "nats://host:port" or several, separated by commas; "" runs the
	// server in this process, in memory, without a port. Schemes are nats and
	// tls, and ws and wss.
	URL string
	// Creds is a NATS credentials file; "" is none.
	Creds string
	// CAFile holds the certificates (PEM) of the authorities that remote servers may have
	// theirs from; "" for those that the system trusts. CertFile and KeyFile are the
	// certificate that this node shows, "" for none. With any of them the connection is
	// encrypted whatever the URL says. Each connection reads the files again.
	CAFile, CertFile, KeyFile string
	// Dir is an empty folder that the in-process server may use; nothing of
	// value is left in it. "" is a temporary folder.
	Dir string
	// MemoryBytes bounds what the NATS server in this process stores; 0 is 64 MiB, which
	// holds several hundred thousand messages.
	MemoryBytes int64
	// Replicas is how many remote servers keep each message: 1, 3 or 5; 0 is 1.
	Replicas int
	// AckWait is how long a delivery is a worker's without extension; 0 is 15 s,
	// at least 100 ms. All nodes of a fleet must say the same.
	AckWait time.Duration
	// AnnounceEvery is how often workers announce themselves; an announcement
	// is forgotten after three times as long. 0 is 5 s, at least 100 ms.
	AnnounceEvery time.Duration
	// LockTTL is how long a lock outlives a holder that died; 0 is 6 s, at
	// least 100 ms.
	LockTTL time.Duration
	// Name is how this node shows in the server's list of connections.
	Name string
	// Log is where outages are told; nil discards them.
	Log *slog.Logger
}

// remote reports whether the servers run elsewhere.
func (c Config) remote() bool { return c.URL != "" }

// withDefaults fills in what was left zero.
func (c Config) withDefaults() Config {
	c.AckWait = cmp.Or(c.AckWait, DefaultAckWait)
	c.AnnounceEvery = cmp.Or(c.AnnounceEvery, DefaultAnnounceEvery)
	c.LockTTL = cmp.Or(c.LockTTL, DefaultLockTTL)
	c.MemoryBytes = cmp.Or(c.MemoryBytes, DefaultMemoryBytes)
	c.Replicas = cmp.Or(c.Replicas, 1)
	c.Name = cmp.Or(c.Name, "reelastic")
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c
}

// Validate tells in one sentence what is wrong, before anything starts.
func (c Config) Validate() error {
	c = c.withDefaults()
	for name, d := range map[string]time.Duration{
		"ack wait": c.AckWait, "announce interval": c.AnnounceEvery, "lock time": c.LockTTL,
	} {
		if d < minWait {
			return fmt.Errorf("the queue's %s is %v: it must be at least %v", name, d, minWait)
		}
	}
	if c.remote() {
		return c.validateRemote()
	}
	switch {
	case c.CAFile != "" || c.CertFile != "" || c.KeyFile != "":
		return errors.New("NATS certificates are given, but no NATS URL: the NATS server in this process needs none")
	case c.Creds != "":
		return errors.New("NATS credentials are given, but no NATS URL: the NATS server in this process needs none")
	case c.Replicas != 1:
		return fmt.Errorf("the NATS server in this process keeps 1 replica, not %d: several need a NATS URL",
			c.Replicas)
	case c.MemoryBytes < 1<<20:
		return fmt.Errorf("the NATS server in this process is given %d bytes of memory: it needs at least 1 MiB",
			c.MemoryBytes)
	}
	return nil
}

func (c Config) validateRemote() error {
	for server := range strings.SplitSeq(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil {
			return errors.New("the NATS URL can't be read: write nats://host:4222")
		}
		if !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) || u.Hostname() == "" {
			return fmt.Errorf("the NATS URL %q is not of the form nats://host:4222", u.Redacted())
		}
	}
	if !slices.Contains([]int{1, 3, 5}, c.Replicas) {
		return fmt.Errorf("NATS replicas is %d: it must be 1, 3 or 5", c.Replicas)
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return errors.New("the certificate for NATS and its key must be given together")
	}
	if c.Creds != "" {
		f, err := os.Open(c.Creds)
		if err != nil {
			return fmt.Errorf("the NATS credentials file can't be read: %w", err)
		}
		return f.Close()
	}
	return nil
}

// shown is the URL without user names and passwords.
func (c Config) shown() string {
	if !c.remote() {
		return "this process"
	}
	var out []string
	for server := range strings.SplitSeq(c.URL, ",") {
		if u, err := url.Parse(strings.TrimSpace(server)); err == nil {
			u.User = nil
			out = append(out, u.String())
		}
	}
	return strings.Join(out, ", ")
}
