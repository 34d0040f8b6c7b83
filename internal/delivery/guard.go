package delivery

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	// maxAnswer is how much of an answer is read, in bytes: enough to use the
	// connection again; what it says does not matter.
	maxAnswer = 16 << 10
	// maxIdle is how many connections to one subscriber are kept, maxIdleAll how many to all:
	// clients name them.
	maxIdle, maxIdleAll = 8, 256
)

// guard keeps notifications from addresses that are not of the public network,
// except those in allowed networks.
type guard struct{ allowed []netip.Prefix }

// special are networks that IANA's registries list as not globally reachable, and
// that package netip does not know. Where an IPv4 address lies in an IPv6 address,
// see embedded.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("fec0::/10"),
}

var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour = netip.MustParsePrefix("2002::/16")
)

// embedded is the IPv4 address that an IPv6 address stands for, or the address itself.
func embedded(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	var v4 [4]byte
	b := a.As16()
	switch {
	case nat64.Contains(a):
		copy(v4[:], b[12:])
	case sixToFour.Contains(a):
		binary.BigEndian.PutUint32(v4[:], binary.BigEndian.Uint32(b[2:]))
	default:
		return a
	}
	return netip.AddrFrom4(v4)
}

// check refuses an address that is not of the public network.
func (g guard) check(a netip.Addr) error {
	a = embedded(a)
	for _, network := range g.allowed {
		if network.Contains(a) {
			return nil
		}
	}
	public := a.IsGlobalUnicast() && !a.IsPrivate()
	for _, network := range special {
		public = public && !network.Contains(a)
	}
	if !public {
		return fmt.Errorf("the address %s must be public, or in one of --subscriber-networks", a)
	}
	return nil
}

// control checks the address that is really dialled, after all names are resolved.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %q: %w", address, err)
	}
	return g.check(a.Addr())
}

// checkEndpoint refuses, before anything is dialled, an endpoint that is written
// as an address which would be refused.
func (g guard) checkEndpoint(u *url.URL) error {
	a, err := netip.ParseAddr(u.Hostname())
	if err == nil {
		return g.check(a)
	}
	return nil // a name
}

// client reaches subscribers: directly, without proxies, which would dial in our
// place, and without following redirects.
func (g guard) client() *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: g.control}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSHandshakeTimeout: dialTimeout, IdleConnTimeout: time.Minute,
			MaxIdleConns: maxIdleAll, MaxIdleConnsPerHost: maxIdle,
			MaxResponseHeaderBytes: maxAnswer,
		},
	}
}

// send makes a request; an answer other than 200 to 299 is an error.
func send(client *http.Client, r *http.Request) error {
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	// Nothing depends on what the subscriber says beside the status.
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	switch {
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return fmt.Errorf("the subscriber answered %s; redirects are not followed", answer.Status)
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return fmt.Errorf("the subscriber answered %s", answer.Status)
	}
	return nil
}
