package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/sqlstore"
)

// The words of --plaintext.
const (
	plainHTTP     = "http"
	plainNATS     = "nats"
	plainDatabase = "database"
)

// TransportConfig is what may leave the machine unencrypted.
type TransportConfig struct {
	Plaintext string `name:"plaintext" help:"What may leave the machine unencrypted: http, nats, database; default: none."`
}

func (c TransportConfig) check(r *refusals) {
	for _, word := range c.words() {
		if !slices.Contains([]string{plainHTTP, plainNATS, plainDatabase}, word) {
			r.refuse("plaintext", c.Plaintext, fmt.Sprintf("%q must be http, nats or database", word))
		}
	}
}

func (c TransportConfig) words() (all []string) {
	for word := range strings.SplitSeq(c.Plaintext, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}

func (c TransportConfig) allows(word string) bool { return slices.Contains(c.words(), word) }

// checkTransport refuses settings with which secrets would leave the machine unencrypted,
// unless --plaintext says that they may: where something else protects the network.
func (c Config) checkTransport(r *refusals) {
	c.Transport.check(r)
	plain := func(flag, shown, word string, unsafe bool, instead string) {
		if unsafe && !c.Transport.allows(word) {
			r.refuse(flag, shown, fmt.Sprintf("would leave the machine unencrypted: %s, or give --plaintext %s where "+
				"the network is protected", instead, word))
		}
	}
	host, _, err := net.SplitHostPort(c.Server.Listen)
	plain("listen", c.Server.Listen, plainHTTP, err == nil && c.Server.TLSCert == "" && !loopback(host),
		"give --tls-cert and --tls-key")
	for _, service := range []struct{ flag, address string }{
		{"sts-endpoint", c.Access.STS}, {"kms-endpoint", c.Access.KMS}, {"sns", c.Notifications.SNS},
	} {
		plain(service.flag, redactURL(service.address), plainHTTP, leavesPlain(service.address, "http"), "use https://")
	}
	for _, endpoint := range c.Storage.endpoints(c.Installation.Region) {
		plain("storage", endpoint, plainHTTP, leavesPlain(endpoint, "http"), "use https://")
	}
	for _, server := range c.Queue.servers() {
		plain("nats", redactURL(server), plainNATS, !c.Queue.secure() && leavesPlain(server, "nats", "ws"),
			"use tls://, or give --nats-ca")
	}
	if unsafe, err := sqlstore.Unencrypted(c.Database.URL, loopback); err == nil {
		plain("database", redactURL(c.Database.URL), plainDatabase, unsafe, "add sslmode=verify-full")
	}
}

// endpoints are the addresses of S3 that the storage names.
func (c StorageConfig) endpoints(region string) (all []string) {
	if !c.isS3() {
		return nil
	}
	parsed, err := s3.ParseConfig(c.Storage, region)
	if err != nil {
		return nil
	}
	all = append(all, parsed.Endpoint)
	for _, place := range parsed.Buckets {
		all = append(all, place.Endpoint)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// leavesPlain reports whether an address of one of these schemes, which do not encrypt, is
// beyond this machine.
func leavesPlain(address string, schemes ...string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	return err == nil && slices.Contains(schemes, u.Scheme) && !loopback(u.Hostname())
}

// loopback reports whether a host is this machine, as its name alone tells.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// certificate is a certificate with its key, in files that may be replaced at any time.
// It may be used from several goroutines at once.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamps [2]stamp
	failed [2]stamp // those of files that were not used
}

// stamp tells one content of a file from another.
type stamp struct {
	size    int64
	changed time.Time
}

// stampOf is zero for a file that can't be looked at.
func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// current is the certificate in the files. While they can't be read, as in the moment
// between the replacement of the one and the other, it is the one before.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var stamps [2]stamp
	for i, path := range []string{c.cert, c.key} {
		stamps[i] = stampOf(path)
	}
	if c.loaded != nil && (stamps == c.stamps || stamps == c.failed) {
		return c.loaded, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil && c.loaded == nil {
		return nil, err
	}
	if err != nil {
		c.failed = stamps
		c.log.Warn("a certificate that was replaced can't be used; the one before still is", "file", c.cert,
			"err", err)
		return c.loaded, nil
	}
	c.loaded, c.stamps = &pair, stamps
	return c.loaded, nil
}
