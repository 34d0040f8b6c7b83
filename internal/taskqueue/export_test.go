package taskqueue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
)

// Forget deletes everything that stands in NATS, as a lost disk does.
func (q *Queue) Forget(ctx context.Context) error {
	return errors.Join(q.js.DeleteStream(ctx, streamName),
		q.js.DeleteKeyValue(ctx, workersBucket), q.js.DeleteKeyValue(ctx, locksBucket))
}

// Conn is the connection to NATS.
func (q *Queue) Conn() *nats.Conn { return q.nc }
