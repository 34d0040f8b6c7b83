package taskqueue_test

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/reelastic/reelastic/internal/taskqueue"
)

// TestLook asks a server that has JetStream, one that has not, and none; nothing is made.
func TestLook(t *testing.T) {
	t.Parallel()
	ready := startRemote(t)
	version, err := taskqueue.Look(t.Context(), taskqueue.Config{URL: ready.url()})
	if err != nil || version != server.VERSION {
		t.Errorf("version %q, %v", version, err)
	}
	nc, err := nats.Connect(ready.url())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for name := range js.StreamNames(t.Context()).Name() {
		t.Errorf("there is a stream %s", name)
	}

	plain, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	plain.Start()
	t.Cleanup(func() { plain.Shutdown(); plain.WaitForShutdown() })
	if !plain.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server did not start")
	}
	url := "nats://127.0.0.1:" + strconv.Itoa(plain.Addr().(*net.TCPAddr).Port)
	_, err = taskqueue.Look(t.Context(), taskqueue.Config{URL: url})
	if err == nil || !strings.Contains(err.Error(), "the NATS server at "+url+" has no JetStream") {
		t.Errorf("without JetStream: %v", err)
	}
	_, err = taskqueue.Look(t.Context(), taskqueue.Config{URL: "nats://me:secret@127.0.0.1:1"})
	if err == nil || !strings.HasPrefix(err.Error(), "no connection to NATS at nats://127.0.0.1:1: ") ||
		strings.Contains(err.Error(), "secret") {
		t.Errorf("no server: %v", err)
	}
}
