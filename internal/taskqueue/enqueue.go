package taskqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/reelastic/reelastic/internal/task"
)

const (
	subjectPrefix = "task"
	// storeFailed is JetStream's code for a message that the store refused:
	// because its subject has one already, but also because the disk is full.
	storeFailed jetstream.ErrorCode = 10077
)

// subjectOf is the subject of an admission: "task.<id>.<admission>".
func subjectOf(a task.Admission) (string, error) {
	if a.Number < 1 {
		return "", fmt.Errorf("task %q has admission %d: the first is 1", a.TaskID, a.Number)
	}
	if err := checkToken(a.TaskID); err != nil {
		return "", err
	}
	return subjectPrefix + "." + a.TaskID + "." + strconv.Itoa(a.Number), nil
}

// admissionOf reads a subject.
func admissionOf(subject string) (task.Admission, error) {
	parts := strings.Split(subject, ".")
	if len(parts) != 3 || parts[0] != subjectPrefix {
		return task.Admission{}, fmt.Errorf("subject %q is not of the form task.<id>.<admission>", subject)
	}
	number, err := strconv.Atoi(parts[2])
	if err != nil || number < 1 || strconv.Itoa(number) != parts[2] {
		return task.Admission{}, fmt.Errorf("subject %q does not end in an admission", subject)
	}
	if err := checkToken(parts[1]); err != nil {
		return task.Admission{}, err
	}
	return task.Admission{TaskID: parts[1], Number: number}, nil
}

// checkToken refuses an id that can't be part of a subject.
func checkToken(id string) error {
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return fmt.Errorf("id %q has characters other than letters, digits, - and _", id)
		}
	}
	if id == "" {
		return errors.New("the id is empty")
	}
	return nil
}

// Enqueue hands an admission to the queue. It may be called again at any time:
// a message that is there already, waiting or delivered, stays as it is.
func (q *Queue) Enqueue(ctx context.Context, a task.Admission) error {
	subject, err := subjectOf(a)
	if err == nil {
		err = q.with(ctx, func(ctx context.Context, s *state) error { return q.put(ctx, s, subject) })
	}
	if err != nil {
		return fmt.Errorf("enqueue task %s: %w", a.TaskID, err)
	}
	return nil
}

// put stores a message on a subject that may have one. The refusal of a second
// message shares its code with other refusals, so it is looked for.
func (q *Queue) put(ctx context.Context, s *state, subject string) error {
	_, err := q.js.Publish(ctx, subject, nil, jetstream.WithRetryAttempts(0))
	if !refused(err) {
		return err
	}
	if _, found := s.stream.GetLastMsgForSubject(ctx, subject); found == nil {
		return nil
	} else if !errors.Is(found, jetstream.ErrMsgNotFound) {
		return found
	}
	// It was acknowledged in between, or was never the reason.
	if _, err = q.js.Publish(ctx, subject, nil, jetstream.WithRetryAttempts(0)); refused(err) {
		return fmt.Errorf("the store of NATS refuses messages: %w", err)
	}
	return err
}

func refused(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == storeFailed
}
