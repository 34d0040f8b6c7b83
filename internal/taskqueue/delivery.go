package taskqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/reelastic/reelastic/internal/task"
)

var _ task.Message = (*delivery)(nil)

// delivery is a message in a worker's hands.
type delivery struct {
	q         *Queue
	admission task.Admission
	subject   string
	count     int

	mu sync.Mutex
	// reply is where extensions and acknowledgements go.
	reply string
	// adopted is the sequence number of the message that took the place of the
	// delivered one after the engine lost its store; 0 is the delivered one.
	adopted uint64
}

// Admission is what the message says.
func (d *delivery) Admission() task.Admission { return d.admission }

// Count is how often the message has been delivered, 1 for the first time.
func (d *delivery) Count() int { return d.count }

// Extend renews the lease. The engine confirms it to a holder whose lease has
// run out, too: it proves that the engine was reached, not who holds the task.
// When the engine has lost its store, the message is published again and the
// new one is extended in its place, so that the task stays with its holder.
func (d *delivery) Extend(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.request(ctx, "+WPI")
	if missing(err) {
		if err = d.adopt(ctx); err == nil {
			err = d.request(ctx, "+WPI")
		}
	}
	if err != nil {
		return fmt.Errorf("extend the lease on task %s: %w", d.admission.TaskID, err)
	}
	return nil
}

// Ack ends the message for good. A message that is gone already is no error.
func (d *delivery) Ack(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	if d.adopted == 0 {
		err = d.request(ctx, "+ACK")
	}
	if d.adopted != 0 || missing(err) {
		err = d.remove(ctx)
	}
	if err != nil {
		return fmt.Errorf("acknowledge task %s: %w", d.admission.TaskID, err)
	}
	return nil
}

// Nak gives the message back, to be delivered again after delay. When the engine
// has lost its store the message is not there to be given back, and the relay's
// sweep publishes it; that is no error.
func (d *delivery) Nak(ctx context.Context, delay time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := "-NAK"
	if delay > 0 {
		text = fmt.Sprintf(`-NAK {"delay": %d}`, delay.Nanoseconds())
	}
	if err := d.request(ctx, text); err != nil && !missing(err) {
		return fmt.Errorf("give back task %s: %w", d.admission.TaskID, err)
	}
	return nil
}

// request sends one of the engine's words about the message and waits for its
// confirmation.
func (d *delivery) request(ctx context.Context, word string) error {
	return d.q.try(ctx, nil, func(ctx context.Context, _ *state) error {
		_, err := d.q.nc.RequestWithContext(ctx, d.reply, []byte(word))
		return err
	})
}

// adopt finds or publishes the message that stands for the task in the engine's
// new store. Whoever it was delivered to has deferred it, or will.
func (d *delivery) adopt(ctx context.Context) error {
	// Another node may have set up the new store, with a consumer of a name that
	// this one has not heard yet: publishing alone would not find that out.
	if err := d.q.Ping(ctx); err != nil {
		return err
	}
	if err := d.q.Enqueue(ctx, d.admission); err != nil {
		return err
	}
	ctx, cancel := d.q.bounded(ctx)
	defer cancel()
	s := d.q.state.Load()
	msg, err := s.stream.GetLastMsgForSubject(ctx, d.subject)
	if err != nil {
		return err
	}
	d.adopted = msg.Sequence
	// $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>;
	// an extension is found by its stream sequence alone.
	seq := strconv.FormatUint(msg.Sequence, 10)
	d.reply = fmt.Sprintf("$JS.ACK.%s.%s.1.%s.%s.%d.0", streamName, s.consumer, seq, seq, msg.Time.UnixNano())
	return nil
}

// remove takes the message that stands for the task in the engine's new store
// out of it, if there is one: it can't be acknowledged before it is delivered.
func (d *delivery) remove(ctx context.Context) error {
	return d.q.with(ctx, func(ctx context.Context, s *state) error {
		msg, err := s.stream.GetLastMsgForSubject(ctx, d.subject)
		if err == nil {
			err = s.stream.DeleteMsg(ctx, msg.Sequence)
		}
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		return err
	})
}
