// Package delivery tells subscribers of the events of jobs: Amazon SNS, with the
// credentials of the pipeline's role, and HTTP(S) subscribers of this installation,
// in the envelope of Amazon SNS or as CloudEvents. A [Service] decides who gets what
// when, a [Sender] carries it there.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// SenderStore keeps subscriptions and the key that signs messages.
type SenderStore interface {
	// CreateSubscription stores a subscription and sets Created.
	CreateSubscription(ctx context.Context, s *notify.Subscription) error
	// SigningKey wraps [transcode.ErrNotFound] when there is none of that name.
	SigningKey(ctx context.Context, name string) (certificate, sealed []byte, err error)
	// Announce makes a delivery of an event for every confirmed subscription of its
	// topic, and returns their number.
	Announce(ctx context.Context, e notify.Event) (int, error)
	// AddSigningKey stores a key unless there is one, and returns the one that is there.
	AddSigningKey(ctx context.Context, name string, certificate, sealed []byte) ([]byte, []byte, error)
}

// Sealer seals secrets with the key of the installation. What was sealed under
// one name does not open under another.
type Sealer interface {
	SealSecret(name string, secret []byte) []byte
	OpenSecret(name string, sealed []byte) ([]byte, error)
	// Renew takes over the key that seals today.
	Renew(context.Context) error
}

// sealing seals a secret and stores it, and does so once more where the installation key has
// been rotated meanwhile.
func (s *Sender) sealing(ctx context.Context, as transcode.Sealed, secret []byte, store func(sealed []byte) error,
) error {
	err := store(s.sealer.SealSecret(as.Name(), secret))
	if !errors.Is(err, transcode.ErrOldKey) {
		return err
	}
	if err := s.sealer.Renew(ctx); err != nil {
		return err
	}
	return store(s.sealer.SealSecret(as.Name(), secret))
}

// Roles gives the credentials of a pipeline's role.
type Roles interface {
	Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error)
	// Expired says that SNS does not take the session of that token any more.
	Expired(role, token string) bool
}

// SenderConfig is what a sender is told.
type SenderConfig struct {
	// Region and Account are those of ARNs.
	Region, Account string
	// PublicURL is the outer address of the server, for links and certificates.
	PublicURL string
	// Allowed are networks that subscribers may be in although they are private,
	// of this machine, or otherwise not of the public network.
	Allowed []netip.Prefix
	// SNS is "" for none, "aws" for Amazon's endpoint in the topic's region, or the
	// address of an endpoint.
	SNS string
}

// Sender carries deliveries out and makes subscriptions. It may be used from
// several goroutines at once.
type Sender struct {
	cfg    SenderConfig
	store  SenderStore
	sealer Sealer
	guard  guard
	client *http.Client
	amazon *amazon

	mu  sync.Mutex
	key *signingKey
}

// NewSender makes a sender. Roles is not used unless cfg.SNS is set.
func NewSender(cfg SenderConfig, store SenderStore, sealer Sealer, roles Roles) *Sender {
	cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/")
	s := &Sender{cfg: cfg, store: store, sealer: sealer, guard: guard{cfg.Allowed}}
	s.client = s.guard.client()
	if cfg.SNS != "" {
		s.amazon = newAmazon(cfg.SNS, roles)
	}
	return s
}

// SendTest sends a test notification to a topic: to Amazon SNS at once, if that
// is switched on, and to the subscribers of this installation as their turn comes. An
// error says that Amazon SNS did not take it for the role, or that the store is away.
func (s *Sender) SendTest(ctx context.Context, role, topic string) error {
	message := notify.TestMessage(role)
	if s.amazon != nil {
		err := s.amazon.send(ctx, notify.Delivery{Topic: topic, Role: role, State: notify.StateTest, Message: message})
		if err != nil {
			return err
		}
	}
	_, err := s.store.Announce(ctx, notify.Event{Topic: topic, Role: role, State: notify.StateTest, Message: message})
	return err
}

// Close ends idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Deliver carries out a delivery. An error says for the operator why it did not
// arrive; it may be tried again.
func (s *Sender) Deliver(ctx context.Context, d notify.Delivery) error {
	if d.Subscription == nil {
		if s.amazon == nil {
			return fmt.Errorf("topic %s: publishing to Amazon SNS is off; switch it on with --sns", d.Topic)
		}
		return s.amazon.send(ctx, d)
	}
	secret, err := s.openSecrets(d.Subscription)
	if err != nil {
		return err
	}
	var r *http.Request
	switch d.Subscription.Format {
	case notify.FormatSNS:
		r, err = s.snsRequest(ctx, d)
	case notify.FormatCloudEvents:
		r, err = s.cloudEventRequest(ctx, d, secret.Signing)
	default:
		err = fmt.Errorf("subscription %s has the unknown format %q", d.Subscription.ID, d.Subscription.Format)
	}
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "Reelastic Notification Agent")
	if secret.User != "" || secret.Password != "" {
		r.SetBasicAuth(secret.User, secret.Password)
	}
	return send(s.client, r)
}
