package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/google/uuid"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// secrets of a subscription are sealed together.
type secrets struct {
	// Signing is the key of Standard Webhooks signatures; none for the envelope of SNS.
	Signing []byte `json:"signing,omitempty"`
	// User and Password stood in the endpoint's address.
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
}

// Lengths in bytes: of a secret (Standard Webhooks: 24 to 64) and of a token.
const (
	secretBytes = 32
	tokenBytes  = 48
)

// sealedAs is what the secrets of a subscription are sealed as.
func sealedAs(sub *notify.Subscription) transcode.Sealed {
	return transcode.Sealed{Kind: transcode.SealedSubscription, ID: sub.ID}
}

func (s *Sender) openSecrets(sub *notify.Subscription) (all secrets, err error) {
	plain, err := s.sealer.OpenSecret(sealedAs(sub).Name(), sub.Sealed)
	if err == nil {
		err = json.Unmarshal(plain, &all)
	}
	if err != nil {
		return secrets{}, fmt.Errorf("secrets of subscription %s: %w", sub.ID, err)
	}
	return all, nil
}

// Subscribe makes a subscription. One in the envelope of SNS gets events when its
// endpoint has confirmed it. One for CloudEvents gets them at once, and its secret,
// "whsec_" and base64, is returned, this once.
func (s *Sender) Subscribe(ctx context.Context, r notify.SubscriptionRequest) (*notify.Subscription, string, error) {
	endpoint, err := r.Check()
	if err != nil {
		return nil, "", err
	}
	if err := s.guard.checkEndpoint(endpoint); err != nil {
		return nil, "", notify.InvalidEndpoint(r.Endpoint, err.Error())
	}
	token := make([]byte, tokenBytes)
	rand.Read(token) // never fails
	sub := &notify.Subscription{
		ID: uuid.NewString(), Topic: r.TopicARN, Format: r.Format,
		SignatureVersion: r.SignatureVersion, Token: hex.EncodeToString(token),
	}
	var all secrets
	if endpoint.User != nil {
		all.User = endpoint.User.Username()
		all.Password, _ = endpoint.User.Password()
	}
	secret := ""
	if r.Format == notify.FormatCloudEvents {
		sub.Confirmed = true
		all.Signing = make([]byte, secretBytes)
		rand.Read(all.Signing)
		secret = "whsec_" + base64.StdEncoding.EncodeToString(all.Signing)
	}
	sub.Endpoint = withoutUser(endpoint)
	plain, err := json.Marshal(all)
	if err != nil {
		return nil, "", err
	}
	err = s.sealing(ctx, sealedAs(sub), plain, func(sealed []byte) error {
		sub.Sealed = sealed
		return s.store.CreateSubscription(ctx, sub)
	})
	if err != nil {
		return nil, "", err
	}
	return sub, secret, nil
}

func withoutUser(u *url.URL) string {
	plain := *u
	plain.User = nil
	return plain.String()
}

// webhookSignature is the signature of Standard Webhooks, version 1.
func webhookSignature(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
