package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// topic is the ARN of the n-th topic.
func topic(n int) string { return fmt.Sprintf("arn:aws:sns:us-east-1:000000000000:topic%d", n) }

// addTopics stores the first pipeline with the first topic for some states.
func addTopics(t *testing.T, s Store, states ...string) {
	t.Helper()
	p := Pipeline(1)
	for _, state := range states {
		reflect.ValueOf(p.Notifications).Elem().FieldByName(state).Set(reflect.ValueOf(new(topic(1))))
	}
	must(t, s.CreatePipeline(t.Context(), p, 0))
}

// subscribe stores the n-th subscription, to a topic.
func subscribe(t *testing.T, s Store, n int, topic string, confirmed bool) *notify.Subscription {
	t.Helper()
	sub := &notify.Subscription{ID: fmt.Sprintf("sub-%d", n), Topic: topic, Format: "sns", SignatureVersion: 2,
		Endpoint: fmt.Sprintf("https://%d.example/", n), Token: fmt.Sprintf("token %d", n),
		Sealed:    []byte{1, 0, byte(n)},
		Confirmed: confirmed}
	must(t, s.CreateSubscription(t.Context(), sub))
	return sub
}

// due lists the states of the notifications that a subscriber gets now.
func due(t *testing.T, s Store, subscriber string) (states []string) {
	t.Helper()
	for _, n := range got(s.DueDeliveries(t.Context(), subscriber, 9))(t) {
		states = append(states, n.State)
	}
	return states
}

// wantStates compares states, of which none is nil.
func wantStates(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func dueSubscribers(t *testing.T, s Store, failing bool) (all []string) {
	t.Helper()
	for _, d := range got(s.DueSubscribers(t.Context(), failing, 9))(t) {
		all = append(all, d.Subscriber)
	}
	return all
}

// failure is a try after which the next one is due after some time.
func failure(after time.Duration) notify.Failure {
	return notify.Failure{Reason: "nobody there", RetryAfter: after, GiveUpAfter: 24 * time.Hour}
}

// testWarning looks at the WARNING of a job whose attempt was lost: one for each.
func testWarning(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	addTopics(t, s, "Warning")
	got(s.CreateJob(ctx, Draft(1, 1, 0), 0))(t)
	a := admit(t, s)
	claim(t, s, request(a, 1))
	second := claim(t, s, request(a, 2)) // the first was lost
	must(t, s.Release(ctx, second))      // the second was not
	third := claim(t, s, request(admit(t, s), 1))
	wantStates(t, "events", states(t, s), "PROGRESSING", "WARNING")
	warning := got(s.Events(ctx, 9))(t)[1]
	want, err := notify.JobMessage(third.Job, "WARNING", 0,
		"The job begins again, attempt 2 of at most 5: the worker of the attempt before ended, or was cut off.")
	must(t, err)
	if diff := cmp.Diff(string(want), string(warning.Message)); diff != "" || warning.Topic != topic(1) {
		t.Errorf("topic %s, message (-want +got):\n%s", warning.Topic, diff)
	}
}

func testSubscriptions(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	first, other, second := subscribe(t, s, 1, topic(1), false), subscribe(t, s, 2, topic(2), true),
		subscribe(t, s, 3, topic(1), true)
	if first.Created.IsZero() || time.Since(first.Created).Abs() > time.Minute {
		t.Errorf("created at %v", first.Created)
	}
	if diff := cmp.Diff([]notify.Subscription{*first, *second}, got(s.Subscriptions(ctx, topic(1)))(t)); diff != "" {
		t.Errorf("of the topic (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]notify.Subscription{*first, *other, *second}, got(s.Subscriptions(ctx, ""))(t)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	// The one that is not confirmed is asked to be, the others are not.
	ask := got(s.DueDeliveries(ctx, first.ID, 9))(t)
	if len(ask) != 1 || ask[0].State != "" || ask[0].Topic != topic(1) || len(ask[0].MessageID) != 36 {
		t.Fatalf("notifications %+v", ask)
	}
	if diff := cmp.Diff(first, ask[0].Subscription); diff != "" {
		t.Errorf("subscription of the notification (-want +got):\n%s", diff)
	}
	wantStates(t, "of a confirmed one", due(t, s, second.ID))
	for _, wrong := range [][2]string{{topic(1), "token 2"}, {topic(2), "token 1"}, {topic(1), ""}} {
		_, err := s.ConfirmSubscription(ctx, wrong[0], wrong[1])
		refused(t, err, transcode.ErrNotFound)
	}
	for range 2 { // again is no error
		if sub := got(s.ConfirmSubscription(ctx, topic(1), "token 1"))(t); !sub.Confirmed || sub.ID != first.ID {
			t.Errorf("confirmed %+v", sub)
		}
	}
	wantStates(t, "after it is confirmed", due(t, s, first.ID))
	must(t, s.DeleteSubscription(ctx, first.ID))
	refused(t, s.DeleteSubscription(ctx, first.ID), transcode.ErrNotFound)
	_, err := s.Subscription(ctx, first.ID)
	refused(t, err, transcode.ErrNotFound)
	if sub := got(s.Subscription(ctx, other.ID))(t); sub.Endpoint != other.Endpoint {
		t.Errorf("read %+v", sub)
	}
}

func testSigningKey(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	_, _, err := s.SigningKey(ctx, "sns")
	refused(t, err, transcode.ErrNotFound)
	for _, key := range []string{"first", "late"} {
		certificate, sealed, err := s.AddSigningKey(ctx, "sns", []byte(key), []byte{0, 1})
		must(t, err)
		if string(certificate) != "first" || len(sealed) != 2 {
			t.Errorf("%s: %s, %v", key, certificate, sealed)
		}
	}
}

// testAnnounce hands out an event that is no job's.
func testAnnounce(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	one := subscribe(t, s, 1, topic(1), true)
	subscribe(t, s, 2, topic(2), true)
	e := notify.Event{Topic: topic(1), Role: "arn:aws:iam::000000000000:role/r", State: "TEST", Message: []byte("{}")}
	for range 2 {
		if n := got(s.Announce(ctx, e))(t); n != 1 {
			t.Errorf("%d notifications, want 1", n)
		}
	}
	all := got(s.Deliveries(ctx, notify.Filter{}, 0, 9))(t)
	if len(all) != 2 || all[0].Subscriber != one.ID || all[0].EventState != "TEST" || all[0].JobID != "" {
		t.Errorf("deliveries %+v", all)
	}
	n := got(s.DueDeliveries(ctx, one.ID, 9))(t)[0]
	want := notify.Delivery{Subscriber: one.ID, Topic: topic(1), Role: e.Role, State: "TEST", Message: e.Message}
	if diff := cmp.Diff(want, n, cmpopts.IgnoreFields(n, "ID", "MessageID", "Created", "Subscription")); diff != "" {
		t.Errorf("notification (-want +got):\n%s", diff)
	}
}

// testFanOut hands events out to those who subscribed.
func testFanOut(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	addTopics(t, s, "Completed")
	one, two := subscribe(t, s, 1, topic(1), true), subscribe(t, s, 2, topic(1), true)
	subscribe(t, s, 3, topic(1), false)
	subscribe(t, s, 4, topic(2), true)
	c := running(t, s, 1)
	must(t, s.Finish(ctx, c, complete(c.Job)))
	events := got(s.Events(ctx, 9))(t)
	if n := got(s.FanOut(ctx, events, true))(t); n != 3 {
		t.Errorf("%d notifications, want 3", n)
	}
	if n := got(s.FanOut(ctx, events, true))(t); n != 0 {
		t.Errorf("%d notifications of events that are gone", n)
	}
	subscribers := dueSubscribers(t, s, false)
	slices.Sort(subscribers)
	wantStates(t, "due subscribers", subscribers, topic(1), one.ID, two.ID, "sub-3")
	if some := got(s.DueSubscribers(ctx, false, 2))(t); len(some) != 2 {
		t.Errorf("due subscribers %+v, want 2", some)
	}
	for _, d := range got(s.DueSubscribers(ctx, false, 9))(t) {
		if d.Subscriber == one.ID && d.Endpoint != one.Endpoint || d.Subscriber == topic(1) && d.Endpoint != "" {
			t.Errorf("due subscriber %+v", d)
		}
	}
	var ids []string
	for _, subscriber := range []string{one.ID, two.ID, topic(1)} {
		all := got(s.DueDeliveries(ctx, subscriber, 9))(t)
		if len(all) != 1 {
			t.Fatalf("%s gets %+v", subscriber, all)
		}
		n := all[0]
		ids = append(ids, n.MessageID)
		want := notify.Delivery{Subscriber: subscriber, Topic: topic(1), Role: "arn:aws:iam::000000000000:role/r",
			JobID: JobID(1), PipelineID: PipelineID(1), State: "COMPLETED", Message: events[1].Message}
		if diff := cmp.Diff(want, n, cmpopts.IgnoreFields(n, "ID", "MessageID", "Created",
			"Subscription")); diff != "" {
			t.Errorf("notification (-want +got):\n%s", diff)
		}
		if (n.Subscription == nil) != (subscriber == topic(1)) ||
			n.Subscription != nil && n.Subscription.ID != subscriber {
			t.Errorf("%s: subscription %+v", subscriber, n.Subscription)
		}
		if time.Since(n.Created).Abs() > time.Minute {
			t.Errorf("created at %v", n.Created)
		}
	}
	if ids[0] != ids[1] || ids[0] != ids[2] || len(ids[0]) != 36 {
		t.Errorf("message ids %q, want the same", ids)
	}
	must(t, s.DeleteSubscription(ctx, two.ID))
	wantStates(t, "of a subscription that is gone", due(t, s, two.ID))
	n := got(s.DueDeliveries(ctx, one.ID, 9))(t)[0]
	must(t, s.DeliverySucceeded(ctx, n.ID))
	must(t, s.DeliverySucceeded(ctx, n.ID))
	wantStates(t, "after the delivery", due(t, s, one.ID))
	if stats := got(s.DeliveryStats(ctx))(t); stats != (notify.Stats{Pending: 2}) { // SNS, and the request to confirm
		t.Errorf("stats %+v", stats)
	}
}

// testDeliveryOrder lets a try fail: what follows for the same job waits, for the
// same subscriber only.
func testDeliveryOrder(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	addTopics(t, s, "Progressing", "Completed")
	one, two := subscribe(t, s, 1, topic(1), true), subscribe(t, s, 2, topic(1), true)
	fanOut := func() { got(s.FanOut(ctx, got(s.Events(ctx, 9))(t), false))(t) }
	c := running(t, s, 1)
	fanOut()
	progressing := got(s.DueDeliveries(ctx, one.ID, 9))(t)[0]
	if dead := got(s.DeliveryFailed(ctx, progressing.ID, failure(time.Hour)))(t); dead {
		t.Error("given up after one try")
	}
	must(t, s.Finish(ctx, c, complete(c.Job)))
	fanOut()
	wantStates(t, "of the subscriber that failed", due(t, s, one.ID))
	wantStates(t, "due subscribers", dueSubscribers(t, s, false), two.ID)
	wantStates(t, "due subscribers that fail", dueSubscribers(t, s, true))
	wantStates(t, "of the other", due(t, s, two.ID), "PROGRESSING") // of each job the earliest only
	running(t, s, 2)
	fanOut()
	wantStates(t, "of the subscriber that failed, another job", due(t, s, one.ID), "PROGRESSING")
	wantStates(t, "due subscribers, another job", dueSubscribers(t, s, false), two.ID)
	wantStates(t, "due subscribers that fail, another job", dueSubscribers(t, s, true), one.ID)

	// When the hour is over it is tried again, and the later one comes after it.
	d.Exec(t, `update deliveries set due_millis = due_millis - 3600000`)
	all := got(s.DueDeliveries(ctx, one.ID, 9))(t)
	again := all[slices.IndexFunc(all, func(n notify.Delivery) bool { return n.JobID == JobID(1) })]
	if again.ID != progressing.ID || again.Tries != 1 || again.MessageID != progressing.MessageID {
		t.Errorf("again %+v, want %+v", again, progressing)
	}
	got(s.DeliveryFailed(ctx, again.ID, failure(time.Minute)))(t) // postpones the later one, too
	wantStates(t, "after another failure", due(t, s, one.ID), "PROGRESSING")
	d.Exec(t, `update deliveries set due_millis = due_millis - 60000`)
	must(t, s.DeliverySucceeded(ctx, again.ID))
	all = got(s.DueDeliveries(ctx, one.ID, 9))(t)
	if !slices.ContainsFunc(all, func(n notify.Delivery) bool {
		return n.JobID == JobID(1) &&
			n.State == "COMPLETED"
	}) {
		t.Errorf("after the delivery: %+v", all)
	}
}

func testDeliveryDeadLetters(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	addTopics(t, s, "Progressing", "Completed")
	sub := subscribe(t, s, 1, topic(1), true)
	c := running(t, s, 1)
	must(t, s.Finish(ctx, c, complete(c.Job)))
	got(s.FanOut(ctx, got(s.Events(ctx, 9))(t), false))(t)
	n := got(s.DueDeliveries(ctx, sub.ID, 9))(t)[0]
	got(s.DeliveryFailed(ctx, n.ID, failure(time.Second)))(t)
	d.Exec(t, `update deliveries set since_millis = since_millis - 86400000`)
	if dead := got(s.DeliveryFailed(ctx, n.ID, failure(time.Second)))(t); !dead {
		t.Error("not given up after a day")
	}
	if dead := got(s.DeliveryFailed(ctx, 4711, failure(time.Second)))(t); dead {
		t.Error("what is not there was given up")
	}
	d.Exec(t, `update deliveries set due_millis = due_millis - 1000 where status = 'pending'`)
	wantStates(t, "after the dead letter", due(t, s, sub.ID), "COMPLETED")
	dead := notify.Filter{Status: "dead"}
	records := got(s.Deliveries(ctx, dead, 0, 9))(t)
	if len(records) != 1 {
		t.Fatalf("dead letters %+v", records)
	}
	want := notify.Record{ID: n.ID, Subscriber: sub.ID, Topic: topic(1), JobID: JobID(1), PipelineID: PipelineID(1),
		EventState: "PROGRESSING", Status: "dead", Tries: 2, LastError: "nobody there"}
	if diff := cmp.Diff(want, records[0], cmpopts.IgnoreFields(want, "Created", "NextTry")); diff != "" {
		t.Errorf("dead letter (-want +got):\n%s", diff)
	}
	if stats := got(s.DeliveryStats(ctx))(t); stats != (notify.Stats{Pending: 1, Dead: 1}) {
		t.Errorf("stats %+v", stats)
	}
	if all := got(s.Deliveries(ctx, notify.Filter{}, n.ID, 9))(t); len(all) != 1 || all[0].EventState != "COMPLETED" {
		t.Errorf("after the first: %+v", all)
	}
	for _, other := range []notify.Filter{{Status: "dead", Subscriber: "another"},
		{Status: "dead", IDs: []int64{4711, 4712}}} {
		if n := got(s.Resend(ctx, other))(t); n != 0 {
			t.Errorf("%+v sends %d again", other, n)
		}
	}
	if n := got(s.Resend(ctx, notify.Filter{Status: "dead", Subscriber: sub.ID, IDs: []int64{4711, n.ID}}))(t); n != 1 {
		t.Errorf("%d are sent again", n)
	}
	again := got(s.DueDeliveries(ctx, sub.ID, 9))(t)
	if len(again) != 1 || again[0].ID != n.ID || again[0].Tries != 0 {
		t.Errorf("sent again: %+v", again)
	}
	if dead := got(s.DeliveryFailed(ctx, n.ID, failure(time.Second)))(t); dead {
		t.Error("given up at once after it was sent again")
	}
	if n := got(s.Discard(ctx, notify.Filter{Status: "pending"}))(t); n != 2 {
		t.Errorf("%d are discarded", n)
	}
}
