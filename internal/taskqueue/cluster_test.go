package taskqueue_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
)

// startCluster starts three servers that know each other.
func startCluster(t *testing.T) []*server.Server {
	t.Helper()
	var routes []*url.URL
	var ports []int
	var listeners []net.Listener
	for range 3 {
		ln := listen(t)
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: ln.Addr().String()})
		listeners = append(listeners, ln)
	}
	for _, ln := range listeners {
		ln.Close() // the servers take the ports
	}
	var servers []*server.Server
	for i, port := range ports {
		ns, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("node-", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 64 << 20,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, ns)
		t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
		ns.Start()
	}
	return servers
}

// listen takes a port that the system gives to nobody else meanwhile: those that it
// chooses itself, for connections too, are above 32767.
func listen(t *testing.T) net.Listener {
	t.Helper()
	for range 1000 {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20000+rand.IntN(12000)))
		if err == nil {
			return ln
		}
	}
	t.Fatal("no port is free")
	return nil
}

// Three replicas: two nodes share one cluster, and a server may die.
func TestCluster(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a cluster takes seconds to elect its leaders")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	servers := startCluster(t)
	var urls []string
	for _, ns := range servers {
		if !ns.ReadyForConnections(20 * time.Second) {
			t.Fatal("a server did not start")
		}
		urls = append(urls, ns.ClientURL())
	}
	cfg := taskqueue.Config{URL: strings.Join(urls, ","), Replicas: 3, AckWait: 5 * time.Second,
		Log: slog.New(slog.DiscardHandler)}
	again := func(what string, op func() error) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for err := op(); err != nil; err = op() {
			select {
			case <-ctx.Done():
				t.Fatalf("%s: %v", what, err)
			case <-tick.C:
			}
		}
	}
	open := func() (q *taskqueue.Queue) {
		t.Helper()
		again("open", func() (err error) { // the cluster has no leader at first
			q, err = taskqueue.Open(ctx, cfg)
			return err
		})
		t.Cleanup(q.Close)
		return q
	}
	dispatcher, worker := open(), open()
	hand := func(id string) task.Message {
		t.Helper()
		a := task.Admission{TaskID: id, Number: 1}
		for range 2 { // the second is refused, and is no error
			again("enqueue", func() error { return dispatcher.Enqueue(ctx, a) })
		}
		d, err := worker.Receive(ctx)
		if err != nil || d.Admission() != a {
			t.Fatalf("received %v, %v", d, err)
		}
		return d
	}
	d := hand("one")
	again("announce", func() error { return worker.Announce(ctx, task.WorkerStatus{ID: "w", Slots: 2}) })
	again("workers", func() error {
		workers, err := dispatcher.Workers(ctx)
		if err == nil && (len(workers) != 1 || workers[0].Slots != 2) {
			err = fmt.Errorf("found %v", workers)
		}
		return err
	})
	servers[0].Shutdown()
	servers[0].WaitForShutdown()
	again("extend", func() error { return d.Extend(ctx) })
	again("acknowledge", func() error { return d.Ack(ctx) })
	d = hand("two")
	again("acknowledge", func() error { return d.Ack(ctx) })
	led := false
	if err := worker.Lead(ctx, "dispatch", "worker", func(context.Context) { led = true }); err != nil || !led {
		t.Errorf("led %v, %v", led, err)
	}
}
