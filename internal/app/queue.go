package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/bulk"
	"github.com/reelastic/reelastic/internal/dispatch"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// QueueConfig is how tasks get to workers.
type QueueConfig struct {
	URL      string        `name:"nats" help:"NATS, nats://HOST:PORT; default: a server in this process."`
	Creds    string        `name:"nats-creds" help:"Credentials file for a remote NATS."`
	CA       string        `name:"nats-ca" help:"CA certificates (PEM) for a remote NATS."`
	Cert     string        `name:"nats-cert" help:"Certificate (PEM) for a remote NATS; with --nats-key."`
	Key      string        `name:"nats-key" help:"Key (PEM) for a remote NATS; with --nats-cert."`
	Replicas int           `name:"nats-replicas" default:"1" enum:"1,3,5" help:"Copies of each message: 1, 3 or 5."`
	AckWait  time.Duration `name:"ack-wait" default:"15s" help:"How long a worker may be silent before it loses its task."`

	RunningJobs int `name:"max-jobs-per-pipeline" default:"0" help:"Maximum running jobs per pipeline; 0: no limit."`
}

func (c QueueConfig) check(r *refusals) {
	for _, server := range c.servers() {
		if !hasScheme(server, "nats", "tls") {
			r.refuse("nats", redactURL(server), "must be empty (in-process) or nats://...")
		}
	}
	if c.Creds != "" && c.embedded() {
		r.refuse("nats-creds", c.Creds, "needs --nats")
	}
	for _, file := range []struct{ flag, path string }{{"nats-ca", c.CA}, {"nats-cert", c.Cert}, {"nats-key", c.Key}} {
		if file.path != "" && c.embedded() {
			r.refuse(file.flag, file.path, "needs --nats")
		}
	}
	if (c.Cert == "") != (c.Key == "") {
		r.refuse("nats-cert", c.Cert, "--nats-cert and --nats-key must be given together")
	}
	r.under("ack-wait", c.AckWait, time.Second)
	r.negative("max-jobs-per-pipeline", int64(c.RunningJobs))
}

// servers are the addresses of the remote servers, of which several are divided by commas.
func (c QueueConfig) servers() (all []string) {
	for server := range strings.SplitSeq(c.URL, ",") {
		if server = strings.TrimSpace(server); server != "" {
			all = append(all, server)
		}
	}
	return all
}

// redacted is the addresses without passwords.
func (c QueueConfig) redacted() string {
	all := c.servers()
	for i := range all {
		all[i] = redactURL(all[i])
	}
	return strings.Join(all, ",")
}

// secure reports whether the connection is encrypted whatever the address says.
func (c QueueConfig) secure() bool { return c.CA != "" || c.Cert != "" }

// embedded reports whether the queue is in this process.
func (c QueueConfig) embedded() bool { return c.URL == "" }

// openQueue opens the queue.
func (p *parts) openQueue(ctx context.Context) (err error) {
	c := p.cfg.Queue
	for _, secret := range []struct{ flag, path string }{{"nats-creds", c.Creds}, {"nats-key", c.Key}} {
		if secret.path == "" {
			continue
		}
		if err := checkSecretFile(secret.path); err != nil {
			return fmt.Errorf("--%s: %w", secret.flag, err)
		}
	}
	p.queue, err = taskqueue.Open(ctx, taskqueue.Config{
		Name:     "reelastic",
		URL:      c.URL,
		Creds:    c.Creds,
		CAFile:   c.CA,
		CertFile: c.Cert,
		KeyFile:  c.Key,
		Replicas: c.Replicas,
		AckWait:  c.AckWait,
		Log:      p.log,
	})
	if err != nil {
		return fmt.Errorf("--nats: %w", err)
	}
	p.closes(p.queue.Close)
	return nil
}

// newBulk makes who acts on all jobs that a filter selects.
func (p *parts) newBulk() *bulk.Service {
	return bulk.New(bulk.Config{
		Region: p.cfg.Installation.Region, Account: p.cfg.Installation.Account, Log: p.log,
	}, p.store, p.queue)
}

// newDispatch makes who hands tasks to the queue.
func (p *parts) newDispatch() *dispatch.Dispatcher {
	return dispatch.New(dispatch.Config{Log: p.log}, p.store, p.queue)
}
