package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
)

var errTired = errors.New("tired of waiting")

// stall answers nothing, or the beginning of an answer, until the client goes.
func stall(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if beginning != "" {
			io.WriteString(w, beginning)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
}

// The end of the context ends a call wherever it stands, at that moment, and
// with an error that says so.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	const end = 3 * time.Second
	slow := play(reply{status: 503, header: map[string]string{"Retry-After": "50"}}).ServeHTTP
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		call    string
		opts    []Option
		sent    bool
	}{
		"while sending":             {stall(""), "ReadJob", nil, true},
		"while a create is sent":    {stall(""), "CreateJob", nil, true},
		"within the body":           {stall(`{"Job":`), "ReadJob", nil, true},
		"within the body, unsized":  {stall(`{"Job":`), "CreateJob", nil, true},
		"between attempts":          {slow, "ReadJob", nil, false},
		"between attempts, create":  {slow, "CreateJob", nil, false},
		"while connecting":          {nil, "ReadJob", []Option{unreachable}, true},
		"while a create connects":   {nil, "CreateJob", []Option{unreachable}, false},
		"while credentials are got": {nil, "CreateJob", []Option{WithCredentials(waitingProvider{})}, false},
	} {
		for how, contextOf := range map[string]func(context.Context) (context.Context, context.CancelFunc, error){
			"canceled": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(end, cancel)
				return ctx, cancel, context.Canceled
			},
			"canceled with a cause": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(end, func() { cancel(errTired) })
				return ctx, func() { cancel(nil) }, errTired
			},
			"past its deadline": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithTimeout(ctx, end)
				return ctx, cancel, context.DeadlineExceeded
			},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				bubble(t, c.handler, func(t *testing.T, client *Client) {
					began := time.Now()
					ctx, cancel, want := contextOf(t.Context())
					defer cancel()
					err := calls[c.call](ctx, client)
					took := time.Since(began)
					if how == "past its deadline" && c.handler != nil && name[:7] == "between" {
						// The wait would outlast the deadline: the answer comes at once.
						if e, ok := errors.AsType[*ResponseError](err); !ok || e.Status != 503 || took != 0 {
							t.Errorf("after %v: %v, want the service's answer at once", took, err)
						}
						return
					}
					if !errors.Is(err, want) || !errors.Is(err, ctx.Err()) || took != end {
						t.Errorf("after %v: %v, want %v after %v", took, err, want, end)
					}
					if e, ok := errors.AsType[*TransportError](err); !ok || e.MaybeSent != c.sent {
						t.Errorf("error %#v, want MaybeSent %v", err, c.sent)
					}
				}, c.opts...)
			})
		}
	}
}

// unreachable gives a client a transport of its own, which connects to nothing before
// the context ends: two bubbles can't share one.
func unreachable(o *options) {
	o.httpClient = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _,
		_ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
}

// waitingProvider has no credentials before the context ends.
type waitingProvider struct{}

func (waitingProvider) Credentials(ctx context.Context) (Credentials, error) {
	<-ctx.Done()
	return Credentials{}, ctx.Err()
}

func TestContextEndedBefore(t *testing.T) {
	s := play(okJob)
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls {
			if err := call(ctx, c); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := s.requests(); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// An attempt that takes too long is another reason to repeat, and not the
// context's end.
func TestAttemptTimeout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		call    string
		want    int
	}{
		"no answer":           {stall(""), "ReadJob", 3},
		"half an answer":      {stall(`{"Job":`), "ReadJob", 3},
		"no answer to create": {stall(""), "CreateJob", 1},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			bubble(t, c.handler, func(t *testing.T, client *Client) {
				err := calls[c.call](t.Context(), client)
				if !errors.Is(err, ErrAttemptTimeout) || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v, want that the attempt timed out", err)
				}
				if e, ok := errors.AsType[*TransportError](err); !ok || !e.MaybeSent || e.Attempts != c.want ||
					attempts != c.want {
					t.Errorf("%d attempts, error %#v; want %d", attempts, err, c.want)
				}
			}, WithAttemptTimeout(time.Second), WithRetry(Retry{MaxAttempts: 3}),
				WithResponseHook(func(x *Exchange) {
					attempts++
					if x.Duration != time.Second || x.Attempt != attempts || !errors.Is(x.Err, ErrAttemptTimeout) {
						t.Errorf("exchange %+v", x)
					}
				}))
		})
	}
	t.Run("none", func(t *testing.T) {
		bubble(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Hour) // of the bubble's clock
			okJob.write(w)
		}, func(t *testing.T, c *Client) {
			if _, err := c.ReadJob(t.Context(), &api.ReadJobRequest{Id: new(jobID)}); err != nil {
				t.Error(err)
			}
		}, WithAttemptTimeout(-1))
	})
}
