package taskqueue

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/reelastic/reelastic/internal/task"
)

// announcement is the last one of a worker of this node.
type announcement struct {
	slots, running int
	draining       bool
}

// Announce tells the dispatcher what a worker can take. Worth 3 × AnnounceEvery, it is
// repeated every AnnounceEvery and at every change; a change wakes it.
// A worker that ends announces 0 slots, which removes it at once.
func (q *Queue) Announce(ctx context.Context, w task.WorkerStatus) error {
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("announce worker %s: %w", w.ID, err)
	}
	// Any id makes a key in this form.
	key := base64.RawURLEncoding.EncodeToString([]byte(w.ID))
	err = q.with(ctx, func(ctx context.Context, s *state) error {
		if w.Slots == 0 {
			return s.workers.Delete(ctx, key)
		}
		_, err := s.workers.Put(ctx, key, body)
		return err
	})
	if err == nil && q.changed(w) {
		err = q.Wake(ctx)
	}
	if err != nil {
		return fmt.Errorf("announce worker %s: %w", w.ID, err)
	}
	return nil
}

// changed remembers an announcement and reports whether it says something new.
func (q *Queue) changed(w task.WorkerStatus) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := announcement{w.Slots, w.Running, w.Draining}
	if last, known := q.announced[w.ID]; known && last == now {
		return false
	}
	q.announced[w.ID] = now
	if w.Slots == 0 {
		delete(q.announced, w.ID)
	}
	return true
}

// Workers lists the workers that announced themselves lately, in no order.
func (q *Queue) Workers(ctx context.Context) ([]task.WorkerStatus, error) {
	var found []task.WorkerStatus
	err := q.with(ctx, func(ctx context.Context, _ *state) (err error) {
		found, err = q.readWorkers(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list workers: %w", err)
	}
	return found, nil
}

// readWorkers reads the bucket with one request, which the client library has
// no call for: the last message of every key, and then an empty one.
func (q *Queue) readWorkers(ctx context.Context) ([]task.WorkerStatus, error) {
	sub, err := q.nc.SubscribeSync(q.nc.NewInbox())
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe() //nolint:errcheck // fails only when the connection is gone
	request := []byte(`{"multi_last":["$KV.` + workersBucket + `.>"]}`)
	if err := q.nc.PublishRequest("$JS.API.DIRECT.GET.KV_"+workersBucket, sub.Subject, request); err != nil {
		return nil, err
	}
	var found []task.WorkerStatus
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch code := msg.Header.Get(statusHeader); {
		case code == "204" || code == "404": // the end; no keys
			return found, nil
		case code == "503":
			return nil, nats.ErrNoResponders
		case code != "":
			return nil, fmt.Errorf("NATS refuses: %s %s", code, msg.Header.Get("Description"))
		case msg.Header.Get("KV-Operation") != "": // deleted
			continue
		}
		var w task.WorkerStatus
		if err := json.Unmarshal(msg.Data, &w); err != nil {
			return nil, fmt.Errorf("the announcement under %s: %w", msg.Header.Get("Nats-Subject"), err)
		}
		found = append(found, w)
	}
}

// announceTTL is how long an announcement is worth.
func (c Config) announceTTL() time.Duration { return 3 * c.AnnounceEvery }
