package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// started is a handler of log lines that tells where the server answers.
type started struct {
	slog.Handler
	endpoint chan string
}

func (started) Enabled(context.Context, slog.Level) bool { return true }

func (s started) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "serving" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "endpoint" {
				s.endpoint <- a.Value.String()
			}
			return true
		})
	}
	return nil
}

// TestServeStartsAndStops serves twice from one folder: what the first start opened
// and made is closed and kept, so that the second finds it.
func TestServeStartsAndStops(t *testing.T) {
	t.Parallel()
	cfg := defaults(t)
	cfg.Server.Listen = "127.0.0.1:0"
	cfg.Monitoring.Metrics = "127.0.0.1:0"
	cfg.Worker.Workers = 0
	var credentials string
	for range 2 {
		serveOnce(t, cfg)
		text, err := os.ReadFile(filepath.Join(cfg.Installation.Data, "credentials"))
		if err != nil {
			t.Fatal(err)
		}
		if credentials != "" && string(text) != credentials {
			t.Error("the second start made other credentials")
		}
		credentials = string(text)
	}
	temporary, err := filepath.Glob(filepath.Join(cfg.Installation.Data, "buckets", ".reelastic", "tmp", "*"))
	if err != nil || len(temporary) > 0 {
		t.Errorf("left behind: %q, %v", temporary, err)
	}
}

// serveOnce serves until the server has answered.
func serveOnce(t *testing.T, cfg Config) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log := started{slog.DiscardHandler, make(chan string, 1)}
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, cfg, slog.New(log)) }()
	select {
	case err := <-ended:
		t.Fatalf("ended before it served: %v", err)
	case endpoint := <-log.endpoint:
		if status := get(t, endpoint+"/healthz"); status != http.StatusOK {
			t.Errorf("healthz: %d", status)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the stop is an error: %v", err)
	}
}

func get(t *testing.T, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}

// TestDataFolderHasOneOwner refuses a second process on the same data folder.
func TestDataFolderHasOneOwner(t *testing.T) {
	t.Parallel()
	cfg := defaults(t)
	cfg.Server.Listen = "127.0.0.1:0"
	cfg.Worker.Workers = 0
	lock, err := ownFolder(cfg.Installation.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	err = Serve(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if !errors.Is(err, errInUse) || !strings.HasPrefix(err.Error(), `--data "`+cfg.Installation.Data+`": `) {
		t.Errorf("got %v", err)
	}
}

// TestCloseInReverse closes what was opened last first, and once.
func TestCloseInReverse(t *testing.T) {
	t.Parallel()
	var closed []string
	var p parts
	for _, name := range []string{"a", "b", "c"} {
		p.closes(func() { closed = append(closed, name) })
	}
	p.close()
	p.close()
	if got := strings.Join(closed, " "); got != "c b a" {
		t.Errorf("got %s", got)
	}
}
