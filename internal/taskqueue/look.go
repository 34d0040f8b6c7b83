package taskqueue

import (
	"context"
	"fmt"
)

// Look asks remote NATS servers whether they have JetStream for this account, makes nothing
// there, and returns their version. The error says in one sentence what is wrong.
func Look(ctx context.Context, cfg Config) (version string, err error) {
	if err := cfg.Validate(); err != nil {
		return "", err
	}
	q := newQueue(cfg)
	defer q.close()
	if err := q.connect(); err != nil {
		return "", err
	}
	defer func() {
		q.close()
		q.nc.Close()
	}()
	if _, err := q.js.AccountInfo(ctx); err != nil {
		return "", fmt.Errorf("the NATS server at %s has no JetStream ready for this account: %w", q.cfg.shown(), err)
	}
	return q.nc.ConnectedServerVersion(), nil
}
