package taskqueue_test

import (
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/taskqueue/queuetest"
)

func TestInProcess(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(t *testing.T) queuetest.Servers {
		return queuetest.Servers{
			Config: taskqueue.Config{Dir: t.TempDir()},
			Lose: func(t *testing.T, q *taskqueue.Queue) {
				if err := q.Forget(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}

func TestRemote(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(t *testing.T) queuetest.Servers {
		r := startRemote(t)
		return queuetest.Servers{
			Config:  taskqueue.Config{URL: r.url()},
			Restart: func(t *testing.T) { r.stop(); r.start(t) },
			Lose: func(t *testing.T, _ *taskqueue.Queue) {
				r.stop()
				if err := os.RemoveAll(r.dir); err != nil {
					t.Fatal(err)
				}
				r.start(t)
			},
		}
	})
}

// remote is a NATS server as an operator runs it: with a port and a disk.
type remote struct {
	dir  string
	port int
	ns   *server.Server
}

func startRemote(t *testing.T) *remote {
	t.Helper()
	r := &remote{dir: t.TempDir(), port: server.RANDOM_PORT}
	r.start(t)
	t.Cleanup(r.stop)
	return r
}

// start starts it on the port that it had before.
func (r *remote) start(t *testing.T) {
	t.Helper()
	ns, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: r.port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: r.dir, JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 64 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the remote server did not start")
	}
	r.port = ns.Addr().(*net.TCPAddr).Port
	r.ns = ns
}

func (r *remote) stop() {
	r.ns.Shutdown()
	r.ns.WaitForShutdown()
}

func (r *remote) url() string { return "nats://127.0.0.1:" + strconv.Itoa(r.port) }
