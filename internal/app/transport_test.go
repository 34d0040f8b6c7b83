package app

import (
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/tlstest"
)

// TestPlaintext names what would leave the machine unencrypted, and lets it with the word.
func TestPlaintext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, word, want string // want is the flag that is refused
		set              func(*Config)
	}{
		{"any address", "http", "listen", func(c *Config) { c.Server.Listen = ":8080" }},
		{"another host", "http", "listen", func(c *Config) { c.Server.Listen = "192.0.2.1:8080" }},
		{"TLS", "", "", func(c *Config) {
			c.Server.Listen, c.Server.TLSCert, c.Server.TLSKey = "0.0.0.0:8080", "cert", "key"
		}},
		{"localhost", "", "", func(c *Config) { c.Server.Listen = "localhost:8080" }},
		{"STS", "http", "sts-endpoint", func(c *Config) { c.Access.STS = "http://sts.example" }},
		{"STS on this machine", "", "", func(c *Config) { c.Access.STS = "http://127.0.0.1:1" }},
		{"KMS", "http", "kms-endpoint", func(c *Config) { c.Access.KMS = "http://kms.example" }},
		{"SNS", "http", "sns", func(c *Config) { c.Notifications.SNS = "http://sns.example" }},
		{"S3", "http", "storage", func(c *Config) { c.Storage.Storage = "s3://?endpoint=http://s3:9000" }},
		{"one bucket", "http", "storage", func(c *Config) {
			c.Storage.Storage = "s3://?bucket.films.endpoint=http://s3:9000"
		}},
		{"NATS", "nats", "nats", func(c *Config) { c.Queue.URL = "nats://me:hidden@queue:4222" }},
		{"one of several", "nats", "nats", func(c *Config) { c.Queue.URL = "tls://a:4222, nats://b:4222" }},
		{"NATS with an authority", "", "", func(c *Config) { c.Queue.URL, c.Queue.CA = "nats://queue:4222", "ca" }},
		{"PostgreSQL", "database", "database", func(c *Config) { c.Database.URL = "postgres://me:hidden@db/r" }},
		{"PostgreSQL, perhaps", "database", "database", func(c *Config) {
			c.Database.URL = "postgres://db/r?sslmode=prefer"
		}},
		{"one of two hosts", "database", "database", func(c *Config) {
			c.Database.URL = "postgres://127.0.0.1,db/r?sslmode=disable"
		}},
		{"PostgreSQL, verified", "", "", func(c *Config) { c.Database.URL = "postgres://db/r?sslmode=verify-full" }},
		{"PostgreSQL on a socket", "", "", func(c *Config) { c.Database.URL = "postgres:///r?host=/run/postgresql" }},
	} {
		cfg := defaults(t)
		c.set(&cfg)
		got := text(cfg.Check())
		refused := c.want != "" && strings.HasPrefix(got, "--"+c.want) && !strings.ContainsAny(got, "\n") &&
			!strings.Contains(got, "hidden")
		if !refused && (c.want != "" || got != "") {
			t.Errorf("%s: %q", c.name, got)
		}
		if cfg.Transport.Plaintext = c.word; text(cfg.Check()) != "" {
			t.Errorf("%s, with the word: %q", c.name, text(cfg.Check()))
		}
	}
	cfg := defaults(t)
	cfg.Transport.Plaintext = "http, ftp"
	if got, want := text(cfg.Check()), `--plaintext "http, ftp": "ftp" must be http, nats or database`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCertificateIsReadAgain replaces the files of a certificate while it is in use.
func TestCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cfg := ServerConfig{TLSCert: filepath.Join(folder, "cert"), TLSKey: filepath.Join(folder, "key")}
	var log strings.Builder
	age := time.Now().Add(-time.Hour)
	place := func(files ...string) { // with a time of its own, however fast the test is
		t.Helper()
		age = age.Add(time.Second)
		for i, path := range []string{cfg.TLSCert, cfg.TLSKey}[:len(files)] {
			if err := os.WriteFile(path, []byte(files[i]), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, age, age); err != nil {
				t.Fatal(err)
			}
		}
	}
	one, two := tlstest.New(t), tlstest.New(t)
	place(one.Cert, one.Key)
	secure, err := cfg.loadTLS(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, want tlstest.Pair) {
		t.Helper()
		got, err := secure.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair([]byte(want.Cert), []byte(want.Key))
		if err != nil || !got.Leaf.Equal(pair.Leaf) {
			t.Errorf("%s: another certificate, %v", what, err)
		}
	}
	check("at first", one)
	place(two.Cert)
	check("with the key of another", one)
	place(two.Cert, two.Key)
	check("replaced", two)
	place("nonsense", "nonsense")
	check("replaced by nonsense", two)
	check("again", two)
	if n := strings.Count(log.String(), "can't be used"); n != 2 {
		t.Errorf("%d warnings, want one for each replacement that is not used: %s", n, &log)
	}
	place(one.Cert, one.Key)
	check("replaced once more", one)
}
