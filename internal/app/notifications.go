package app

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/delivery"
	"github.com/reelastic/reelastic/internal/identity"
)

// NotificationConfig is where notifications may go, and how long they are tried.
type NotificationConfig struct {
	SNS      string        `name:"sns" help:"Also publish to Amazon SNS: aws, or an address; default: off."`
	Networks string        `name:"subscriber-networks" help:"Private networks (CIDR) in which subscribers may be."`
	Time     time.Duration `name:"delivery-time" default:"24h" help:"How long to retry a notification."`
}

func (c NotificationConfig) check(r *refusals) {
	if c.SNS != "" && c.SNS != amazon && !hasScheme(c.SNS, "http", "https") {
		r.refuse("sns", redactURL(c.SNS), "must be empty, aws, or http(s)://...")
	}
	if _, err := c.networks(); err != nil {
		r.refuse("subscriber-networks", c.Networks, err.Error())
	}
	r.under("delivery-time", c.Time, time.Second)
}

// networks are those that subscribers may be in although they are not public.
func (c NotificationConfig) networks() (all []netip.Prefix, err error) {
	for text := range strings.SplitSeq(c.Networks, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q must be a network such as 10.0.0.0/8", text)
		}
		all = append(all, network)
	}
	return all, nil
}

// openSender makes who carries deliveries out, with links to the server's address.
func (p *parts) openSender(keys *identity.Keyring, publicURL string) (*delivery.Sender, error) {
	networks, err := p.cfg.Notifications.networks()
	if err != nil {
		return nil, fmt.Errorf("--subscriber-networks: %w", err)
	}
	sender := delivery.NewSender(delivery.SenderConfig{
		Region:    p.cfg.Installation.Region,
		Account:   p.cfg.Installation.Account,
		PublicURL: publicURL,
		Allowed:   networks,
		SNS:       p.cfg.Notifications.SNS,
	}, p.store, keys, p.roles)
	p.closes(sender.Close)
	return sender, nil
}

// newDelivery makes who hands events to the sender.
func (p *parts) newDelivery(sender *delivery.Sender) *delivery.Service {
	return delivery.New(delivery.Config{
		SNS:      p.cfg.Notifications.SNS != "",
		GiveUp:   p.cfg.Notifications.Time,
		Observer: p.metrics,
		Log:      p.log,
	}, p.store, p.queue, sender)
}
