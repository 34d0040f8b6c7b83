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

var _ task.Message = (*message)(nil)

// message is a task.Message in a worker's hands.
type message struct {
	q         *Queue
	admission task.Admission
	subject   string
	count     int

	mu sync.Mutex
	// reply is where extensions and acknowledgements go.
	reply string
	// adopted is the sequence number of the message that took the place of the
	// delivered one after NATS lost its store; 0 is the delivered one.
	adopted uint64
}

// Admission is what the message says.
func (m *message) Admission() task.Admission { return m.admission }

// Count is how often the message has been delivered, 1 for the first time.
func (m *message) Count() int { return m.count }

// Extend renews the lease. NATS confirms it to a holder whose lease has
// run out, too: it proves that NATS was reached, not who holds the task.
// When NATS has lost its store, the message is enqueued again and the
// new one is extended in its place, so that the task stays with its holder.
func (m *message) Extend(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.request(ctx, "+WPI")
	if missing(err) {
		if err = m.adopt(ctx); err == nil {
			err = m.request(ctx, "+WPI")
		}
	}
	if err != nil {
		return fmt.Errorf("extend the lease on task %s: %w", m.admission.TaskID, err)
	}
	return nil
}

// Ack ends the message for good. A message that is gone already is no error.
func (m *message) Ack(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var err error
	if m.adopted == 0 {
		err = m.request(ctx, "+ACK")
	}
	if m.adopted != 0 || missing(err) {
		err = m.remove(ctx)
	}
	if err != nil {
		return fmt.Errorf("acknowledge task %s: %w", m.admission.TaskID, err)
	}
	return nil
}

// Nak gives the message back, to be delivered again after delay. When NATS
// has lost its store the message is not there to be given back, and the
// dispatcher's sweep enqueues it; that is no error.
func (m *message) Nak(ctx context.Context, delay time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := "-NAK"
	if delay > 0 {
		text = fmt.Sprintf(`-NAK {"delay": %d}`, delay.Nanoseconds())
	}
	if err := m.request(ctx, text); err != nil && !missing(err) {
		return fmt.Errorf("give back task %s: %w", m.admission.TaskID, err)
	}
	return nil
}

// request sends one of the words of NATS about the message and waits for its
// confirmation.
func (m *message) request(ctx context.Context, word string) error {
	return m.q.try(ctx, nil, func(ctx context.Context, _ *state) error {
		_, err := m.q.nc.RequestWithContext(ctx, m.reply, []byte(word))
		return err
	})
}

// adopt finds or enqueues the message that stands for the task in the new store of
// NATS. Whoever it was delivered to has deferred it, or will.
func (m *message) adopt(ctx context.Context) error {
	// Another node may have set up the new store, with a consumer of a name that
	// this one has not heard yet: enqueueing alone would not find that out.
	if err := m.q.Ping(ctx); err != nil {
		return err
	}
	if err := m.q.Enqueue(ctx, m.admission); err != nil {
		return err
	}
	ctx, cancel := m.q.bounded(ctx)
	defer cancel()
	s := m.q.state.Load()
	msg, err := s.stream.GetLastMsgForSubject(ctx, m.subject)
	if err != nil {
		return err
	}
	m.adopted = msg.Sequence
	// $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>;
	// an extension is found by its stream sequence alone.
	seq := strconv.FormatUint(msg.Sequence, 10)
	m.reply = fmt.Sprintf("$JS.ACK.%s.%s.1.%s.%s.%d.0", streamName, s.consumer, seq, seq, msg.Time.UnixNano())
	return nil
}

// remove takes the message that stands for the task in the new store of NATS
// out of it, if there is one: it can't be acknowledged before it is delivered.
func (m *message) remove(ctx context.Context) error {
	return m.q.with(ctx, func(ctx context.Context, s *state) error {
		msg, err := s.stream.GetLastMsgForSubject(ctx, m.subject)
		if err == nil {
			err = s.stream.DeleteMsg(ctx, msg.Sequence)
		}
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		return err
	})
}
