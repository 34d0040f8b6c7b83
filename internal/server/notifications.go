package server

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Notifications are the subscriptions of this installation and what is on its way
// to them. Errors wrap [transcode.ErrNotFound] for what is not there.
type Notifications interface {
	// Subscribe makes a subscription; the secret is "" where the format has none.
	Subscribe(ctx context.Context, r notify.SubscriptionRequest) (s *notify.Subscription, secret string, err error)
	Subscription(ctx context.Context, id string) (notify.Subscription, error)
	// Subscriptions lists those of a topic, or all for "".
	Subscriptions(ctx context.Context, topic string) ([]notify.Subscription, error)
	ConfirmSubscription(ctx context.Context, topic, token string) (notify.Subscription, error)
	DeleteSubscription(ctx context.Context, id string) error
	// Certificate is PEM, by its file name.
	Certificate(ctx context.Context, file string) ([]byte, error)
	Deliveries(ctx context.Context, f notify.Filter, after int64, limit int) ([]notify.Record, error)
	Resend(ctx context.Context, f notify.Filter) (int, error)
	Discard(ctx context.Context, f notify.Filter) (int, error)
}

// deliveryPage is how many deliveries an answer has at most.
const deliveryPage = 100

func showSubscription(sub *notify.Subscription) v1.Subscription {
	status := "pending"
	if sub.Confirmed {
		status = "confirmed"
	}
	return v1.Subscription{
		ID: sub.ID, ARN: sub.ARN(), TopicARN: sub.Topic, Format: sub.Format, Endpoint: sub.Endpoint,
		SignatureVersion: sub.SignatureVersion, Status: status, Created: sub.Created.UTC(),
	}
}

func (s *Server) createSubscription(w *response, r *http.Request, from signed) error {
	var in v1.CreateSubscriptionRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return err
	}
	if err := s.authorize(from.caller, extensions+"CreateSubscription", in.TopicARN); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusCreated, func(ctx context.Context) (any, error) {
		sub, secret, err := s.cfg.Notifications.Subscribe(ctx, notify.SubscriptionRequest(in))
		if err != nil {
			return nil, err
		}
		s.cfg.Log.InfoContext(ctx, "subscription created", "subscription", sub.ID, "topic", sub.Topic,
			"by", from.caller.Name)
		return v1.CreateSubscriptionResponse{Subscription: showSubscription(sub), Secret: secret}, nil
	})
}

// subscriptionResource names the subscription in a request's path: by its own ARN and its
// topic's.
func (s *Server) subscriptionResource(r *http.Request) ([]string, error) {
	sub, err := s.cfg.Notifications.Subscription(r.Context(), r.PathValue("id"))
	if errors.Is(err, transcode.ErrNotFound) {
		return nil, nil
	}
	return []string{sub.ARN(), sub.Topic}, err
}

// listSubscriptions answers GET /v1/subscriptions with those to topics that the caller may
// list.
func (s *Server) listSubscriptions(w *response, r *http.Request, from signed) error {
	const action = extensions + "ListSubscriptions"
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		all, err := s.cfg.Notifications.Subscriptions(ctx, r.URL.Query().Get("topicArn"))
		if err != nil {
			return nil, err
		}
		shown := []v1.Subscription{}
		for i := range all {
			if from.caller.Policy.Decide(action, all[i].ARN(), all[i].Topic) == policy.Allowed {
				shown = append(shown, showSubscription(&all[i]))
			}
		}
		return v1.ListSubscriptionsResponse{Subscriptions: shown}, nil
	})
}

func (s *Server) deleteSubscription(w *response, r *http.Request, from signed) error {
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		id := r.PathValue("id")
		err := s.cfg.Notifications.DeleteSubscription(ctx, id)
		if errors.Is(err, transcode.ErrNotFound) {
			return nil, transcode.Errorf(api.ResourceNotFoundException, "There is no subscription %s.", clip(id))
		}
		if err != nil {
			return nil, err
		}
		s.cfg.Log.InfoContext(ctx, "subscription deleted", "subscription", id, "by", from.caller.Name)
		return struct{}{}, nil
	})
}

func showDelivery(d notify.Record) v1.Delivery {
	shown := v1.Delivery{
		ID: d.ID, Subscriber: d.Subscriber, TopicARN: d.Topic, JobID: d.JobID, PipelineID: d.PipelineID,
		State: d.EventState, Status: d.Status, Tries: d.Tries, LastError: d.LastError, Created: d.Created.UTC(),
	}
	if d.Status == notify.Pending {
		shown.NextTry = new(d.NextTry.UTC())
	}
	return shown
}

// listDeliveries lists deliveries, the oldest first.
func (s *Server) listDeliveries(w *response, r *http.Request, _ signed) error {
	query := r.URL.Query()
	f := notify.Filter{Status: query.Get("status"), Subscriber: query.Get("subscriber")}
	if f.Status != "" && f.Status != notify.Pending && f.Status != notify.Dead {
		return transcode.Errorf(api.ValidationException, "status %q is not valid: it must be pending or dead.",
			clip(f.Status))
	}
	after, err := cursorOf(query, "after")
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		all, err := s.cfg.Notifications.Deliveries(ctx, f, after, deliveryPage)
		if err != nil {
			return nil, err
		}
		page := v1.ListDeliveriesResponse{Deliveries: []v1.Delivery{}}
		for _, d := range all {
			page.Deliveries = append(page.Deliveries, showDelivery(d))
		}
		if len(all) == deliveryPage {
			page.Next = all[len(all)-1].ID
		}
		return page, nil
	})
}

// maxChosen is how many ids a request may name.
const maxChosen = 1000

// deadLetters is the filter for the dead letters that a request selects.
func deadLetters(c v1.SelectDeliveriesRequest) (notify.Filter, error) {
	given := 0
	for _, is := range []bool{len(c.IDs) > 0, c.Subscriber != "", c.All} {
		if is {
			given++
		}
	}
	if given != 1 || len(c.IDs) > maxChosen {
		return notify.Filter{}, transcode.Errorf(api.ValidationException,
			"Exactly one of ids (at most %d), subscriber and all must be given.", maxChosen)
	}
	return notify.Filter{Status: notify.Dead, Subscriber: c.Subscriber, IDs: c.IDs}, nil
}

// changeDeliveries lets the dead letters that a request chooses be changed, and
// answers with their number.
func (s *Server) changeDeliveries(change func(context.Context, notify.Filter) (int, error)) handler {
	return func(w *response, r *http.Request, from signed) error {
		var choice v1.SelectDeliveriesRequest
		if err := decodeExtension(from.body, &choice); err != nil {
			return err
		}
		filter, err := deadLetters(choice)
		if err != nil {
			return err
		}
		return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
			n, err := change(ctx, filter)
			if err != nil {
				return nil, err
			}
			return v1.SelectDeliveriesResponse{Count: n}, nil
		})
	}
}

// certificate answers GET /sns/{file}, without a signature: certificates are public.
func (s *Server) certificate(w *response, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
	defer cancel()
	certificate, err := s.cfg.Notifications.Certificate(ctx, r.PathValue("file"))
	if errors.Is(err, transcode.ErrNotFound) {
		return unknownPath(r)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.mediaType = "application/x-pem-file"
	w.send(http.StatusOK, certificate)
	return nil
}

// notificationLink answers what messages link to, without a signature, for
// whoever has a token: confirm and unsubscribe in the form of Amazon SNS.
func (s *Server) notificationLink(w *response, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
	defer cancel()
	r.Body = http.MaxBytesReader(w, r.Body, s.cfg.MaxBodyBytes)
	if err := r.ParseForm(); err != nil {
		return transcode.Errorf(api.ValidationException, "The parameters must be those of a form, URL-encoded.")
	}
	switch action := r.Form.Get("Action"); action {
	case "ConfirmSubscription":
		return s.confirm(ctx, w, r)
	case "Unsubscribe":
		return s.unsubscribe(ctx, w, r)
	default:
		return transcode.Errorf(api.ValidationException,
			"Action %q is not valid: it must be ConfirmSubscription or Unsubscribe.",
			clip(action))
	}
}

// noSuchToken does not report whether the topic or the token is wrong.
func noSuchToken() error {
	return transcode.Errorf(api.ResourceNotFoundException, "No subscription has this token.")
}

func (s *Server) confirm(ctx context.Context, w *response, r *http.Request) error {
	sub, err := s.cfg.Notifications.ConfirmSubscription(ctx, r.Form.Get("TopicArn"), r.Form.Get("Token"))
	if errors.Is(err, transcode.ErrNotFound) {
		return noSuchToken()
	}
	if err != nil {
		return err
	}
	s.cfg.Log.InfoContext(ctx, "subscription confirmed", "subscription", sub.ID, "topic", sub.Topic)
	w.sendXML("ConfirmSubscription", sub.ARN())
	return nil
}

func (s *Server) unsubscribe(ctx context.Context, w *response, r *http.Request) error {
	arn := r.Form.Get("SubscriptionArn")
	id := arn[strings.LastIndex(arn, ":")+1:]
	sub, err := s.cfg.Notifications.Subscription(ctx, id)
	if err == nil && (sub.ARN() != arn ||
		subtle.ConstantTimeCompare([]byte(sub.Token), []byte(r.Form.Get("Token"))) == 0) {
		err = transcode.ErrNotFound
	}
	if err == nil {
		err = s.cfg.Notifications.DeleteSubscription(ctx, id)
	}
	if errors.Is(err, transcode.ErrNotFound) {
		return noSuchToken()
	}
	if err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	s.cfg.Log.InfoContext(ctx, "unsubscribed by link", "subscription", id, "topic", sub.Topic)
	w.sendXML("Unsubscribe", "")
	return nil
}
