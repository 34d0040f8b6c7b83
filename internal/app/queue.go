package app

import (
	"context"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/dispatch"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// QueueConfig is how tasks get to workers.
type QueueConfig struct {
	URL      string        `name:"nats" help:"nats://... ; default: in-process."`
	Creds    string        `name:"nats-creds" help:"Credentials file for a remote NATS."`
	Replicas int           `name:"nats-replicas" default:"1" enum:"1,3,5" help:"NATS servers with a message: 1, 3, 5."`
	AckWait  time.Duration `name:"ack-wait" default:"15s" help:"Silence of a worker after which its task passes on."`

	RunningJobs int `name:"max-jobs-per-pipeline" default:"0" help:"Jobs of a pipeline that may run at once; 0: any."`
}

func (c QueueConfig) check(r *refusals) {
	if c.URL != "" && !hasScheme(c.URL, "nats", "tls") {
		r.refuse("nats", redactURL(c.URL), "must be empty (in-process) or nats://...")
	}
	if c.Creds != "" && c.embedded() {
		r.refuse("nats-creds", c.Creds, "needs --nats")
	}
	r.under("ack-wait", c.AckWait, time.Second)
	r.negative("max-jobs-per-pipeline", int64(c.RunningJobs))
}

// embedded says that the queue is in this process.
func (c QueueConfig) embedded() bool { return c.URL == "" }

// openQueue opens the queue.
func (p *parts) openQueue(ctx context.Context) (err error) {
	c := p.cfg.Queue
	p.queue, err = taskqueue.Open(ctx, taskqueue.Config{
		Name:     "reelastic",
		URL:      c.URL,
		Creds:    c.Creds,
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

// newDispatch makes who hands tasks to the queue.
func (p *parts) newDispatch() *dispatch.Dispatcher {
	return dispatch.New(dispatch.Config{Log: p.log}, p.store, p.queue)
}
