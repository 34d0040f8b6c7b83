package taskqueue_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/tlstest"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	creds := filepath.Join(t.TempDir(), "none.creds")
	for _, c := range []struct {
		cfg  taskqueue.Config
		want string
	}{
		{taskqueue.Config{URL: "http://example.com"},
			`the NATS URL "http://example.com" is not of the form nats://host:4222`},
		{taskqueue.Config{URL: "example.com:4222"}, "is not of the form"},
		{taskqueue.Config{URL: "nats://"}, "is not of the form"},
		{taskqueue.Config{URL: "nats://me:secret@a b"}, "the NATS URL can't be read"},
		{taskqueue.Config{URL: "nats://a,ftp://b"}, `"ftp://b"`},
		{taskqueue.Config{URL: "nats://a", Replicas: 2}, "NATS replicas is 2: it must be 1, 3 or 5"},
		{taskqueue.Config{URL: "nats://a", Creds: creds}, "the NATS credentials file can't be read"},
		{taskqueue.Config{Creds: creds}, "but no NATS URL"},
		{taskqueue.Config{Replicas: 3}, "the NATS server in this process keeps 1 replica"},
		{taskqueue.Config{MemoryBytes: 10}, "at least 1 MiB"},
		{taskqueue.Config{AckWait: time.Millisecond}, "ack wait is 1ms: it must be at least 100ms"},
	} {
		_, err := taskqueue.Open(t.Context(), c.cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("open %q: %v, want %q", c.cfg.URL, err, c.want)
		}
	}
	if err := (taskqueue.Config{}).Validate(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	ln.Close() // nobody listens there now
	_, err = taskqueue.Open(t.Context(), taskqueue.Config{URL: "nats://me:secret@" + address})
	if err == nil || !strings.HasPrefix(err.Error(), "no connection to NATS at nats://"+address+": ") ||
		strings.Contains(err.Error(), "secret") {
		t.Errorf("open: %v", err)
	}
}

func TestWithoutJetStream(t *testing.T) {
	t.Parallel()
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server did not start")
	}
	url := "nats://127.0.0.1:" + strconv.Itoa(ns.Addr().(*net.TCPAddr).Port)
	_, err = taskqueue.Open(t.Context(), taskqueue.Config{URL: url})
	if err == nil || !strings.Contains(err.Error(), "the NATS server at "+url+" has no JetStream") {
		t.Errorf("open: %v", err)
	}
}

// TestMutualTLS connects to a server that asks for a certificate, and to nobody else.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	theirs, ours := tlstest.New(t), tlstest.New(t)
	pair, err := tls.X509KeyPair([]byte(theirs.Cert), []byte(theirs.Key))
	if err != nil {
		t.Fatal(err)
	}
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), TLS: true, TLSVerify: true, TLSTimeout: 5,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: ours.Roots(),
			ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server did not start")
	}
	ca, _ := theirs.Write(t)
	cert, key := ours.Write(t)
	other, otherKey := tlstest.New(t).Write(t)
	right := taskqueue.Config{URL: "nats://" + ns.Addr().String(), CAFile: ca, CertFile: cert, KeyFile: key}
	for name, c := range map[string]struct {
		change func(*taskqueue.Config)
		ok     bool
	}{
		"both":                      {func(*taskqueue.Config) {}, true},
		"another authority":         {func(c *taskqueue.Config) { c.CAFile = other }, false},
		"no certificate":            {func(c *taskqueue.Config) { c.CertFile, c.KeyFile = "", "" }, false},
		"certificate of a stranger": {func(c *taskqueue.Config) { c.CertFile, c.KeyFile = other, otherKey }, false},
	} {
		cfg := right
		c.change(&cfg)
		q, err := taskqueue.Open(t.Context(), cfg)
		if err == nil {
			err = q.Ping(t.Context())
			q.Close()
		}
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true,
		NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	plain.Start()
	t.Cleanup(func() { plain.Shutdown(); plain.WaitForShutdown() })
	if !plain.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server did not start")
	}
	right.URL = "nats://" + plain.Addr().String()
	if _, err := taskqueue.Open(t.Context(), right); err == nil || !strings.Contains(err.Error(), "secure") {
		t.Errorf("a server without TLS: %v", err)
	}
}

// The in-process server has no port and leaves nothing on disk; when its memory
// is used up a publication says so, and room that is freed can be used again.
func TestInProcessServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q, err := taskqueue.Open(t.Context(), taskqueue.Config{
		Dir: dir, MemoryBytes: 1 << 20, AckWait: time.Minute, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	var refused error
	for i := 1; refused == nil && i < 1_000_000; i++ {
		refused = q.Enqueue(t.Context(), task.Admission{TaskID: "task", Number: i})
	}
	if refused == nil || !strings.Contains(refused.Error(), "NATS is full") {
		t.Fatalf("enqueue into a full queue: %v", refused)
	}
	for range 100 {
		d, err := q.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Enqueue(t.Context(), task.Admission{TaskID: "next", Number: 1}); err != nil {
		t.Errorf("enqueue after room was made: %v", err)
	}
	q.Close()
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A message that is no admission is removed and logged, and the next one comes.
func TestStrangeMessage(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	q, err := taskqueue.Open(t.Context(), taskqueue.Config{
		Dir: t.TempDir(), AckWait: 200 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	strange := []string{"task.one", "task.one.zero", "task.one.0", "task.one.1.2", "task.one.01"}
	for _, subject := range strange {
		if _, err := q.Conn().Request(subject, nil, time.Second); err != nil {
			t.Fatal(err)
		}
	}
	want := task.Admission{TaskID: "one", Number: 1}
	if err := q.Enqueue(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	d, err := q.Receive(t.Context())
	if err != nil || d.Admission() != want {
		t.Fatalf("received %v, %v", d, err)
	}
	for _, subject := range strange {
		if !strings.Contains(log.String(), "subject="+subject+" ") {
			t.Errorf("%s is not in the log:\n%s", subject, &log)
		}
	}
}
