package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
)

var (
	noon      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	policy    = json.RawMessage(`{"Version":"2012-10-17"}`)
	aFilter   = v1.JobFilter{Text: "trip"}
	subscribe = v1.CreateSubscriptionRequest{TopicARN: "arn:t", Endpoint: "https://h/"}
)

// extensionCalls are the calls of the extension API whose answer is one document, by
// operation: how they are made, the request that is sent, the answer, and what is returned.
var extensionCalls = map[string]struct {
	call            func(context.Context, *Client) (any, error)
	request, answer string
	want            any
}{
	"ReadSystem": {func(ctx context.Context, c *Client) (any, error) { return c.System(ctx) },
		"GET /v1/system", `{"version":"v1","limits":{"quotas":{"pipelines":4}}}`,
		&v1.System{Version: "v1", Limits: v1.Limits{Quotas: v1.Quotas{Pipelines: new(4)}}}},
	"ImportResources": {func(ctx context.Context, c *Client) (any, error) {
		return c.ImportResources(ctx, v1.ImportResourcesRequest{Presets: []json.RawMessage{json.RawMessage(`{"Id":"p"}`)}})
	}, `POST /v1/import {"presets":[{"Id":"p"}]}`, `{"results":[{"id":"p","outcome":"created"}]}`,
		[]v1.ImportedResource{{ID: "p", Outcome: "created"}}},
	"ReadJobProgress": {func(ctx context.Context, c *Client) (any, error) { return c.JobProgress(ctx, jobID) },
		"GET /v1/jobs/" + jobID + "/progress", `{"jobId":"j","percent":12.5}`,
		&v1.Progress{JobID: "j", Percent: 12.5}},
	"ReadJobLog": {func(ctx context.Context, c *Client) (any, error) { return c.JobLog(ctx, jobID) },
		"GET /v1/jobs/" + jobID + "/log", `{"jobId":"j","ffmpegTail":["a"]}`,
		&v1.JobLog{JobID: "j", FFmpegTail: []string{"a"}}},
	"CancelJob": {func(ctx context.Context, c *Client) (any, error) { return c.StopJob(ctx, jobID) },
		"POST /v1/jobs/" + jobID + "/cancel", `{"job":{"status":"Canceled"}}`, &v1.Job{Status: "Canceled"}},
	"RetryJob": {func(ctx context.Context, c *Client) (any, error) { return c.RetryJob(ctx, "an id/?") },
		"POST /v1/jobs/an%20id%2F%3F/retry", `{"job":{"retryOf":"other"}}`, &v1.Job{RetryOf: "other"}},
	"PrioritizeJob": {func(ctx context.Context, c *Client) (any, error) { return c.PrioritizeJob(ctx, jobID, 7) },
		"POST /v1/jobs/" + jobID + `/prioritize {"priority":7}`, `{"job":{"priority":7}}`, &v1.Job{Priority: 7}},
	"CreateBulkAction": {func(ctx context.Context, c *Client) (any, error) {
		return c.CreateBulkAction(ctx, v1.CreateBulkActionRequest{Action: "cancel", Filter: aFilter})
	}, `POST /v1/bulk-actions {"action":"cancel","filter":{"text":"trip"}}`, `{"bulkAction":{"id":"b"}}`,
		&v1.BulkAction{ID: "b"}},
	"ReadBulkAction": {func(ctx context.Context, c *Client) (any, error) { return c.BulkAction(ctx, "b") },
		"GET /v1/bulk-actions/b", `{"bulkAction":{"done":3}}`, &v1.BulkAction{Done: 3}},
	"StopBulkAction": {func(ctx context.Context, c *Client) (any, error) { return c.StopBulkAction(ctx, "b") },
		"POST /v1/bulk-actions/b/stop", `{"bulkAction":{"state":"stopped"}}`, &v1.BulkAction{State: "stopped"}},
	"ReadInstallationKey": {func(ctx context.Context, c *Client) (any, error) { return c.InstallationKey(ctx) },
		"GET /v1/installation-key", `{"keyId":"k1"}`, v1.InstallationKey{KeyID: "k1"}},
	"RotateInstallationKey": {func(ctx context.Context, c *Client) (any, error) { return c.RotateInstallationKey(ctx) },
		"POST /v1/installation-key/rotate", `{"keyId":"k2"}`, v1.InstallationKey{KeyID: "k2"}},
	"ListWorkers": {func(ctx context.Context, c *Client) (any, error) { return c.Workers(ctx) },
		"GET /v1/workers", `{"workers":[{"id":"w-1","draining":true}]}`, []v1.Worker{{ID: "w-1", Draining: true}}},
	"DrainWorker": {func(ctx context.Context, c *Client) (any, error) {
		return nil, c.DrainWorker(ctx, "w-1", v1.DrainWorkerRequest{GraceSeconds: new(int64(90))})
	}, `POST /v1/workers/w-1/drain {"graceSeconds":90}`, `{}`, nil},
	"ResumeWorker": {func(ctx context.Context, c *Client) (any, error) { return nil, c.ResumeWorker(ctx, "w-1") },
		"POST /v1/workers/w-1/resume", `{}`, nil},
	"CreateCredential": {func(ctx context.Context, c *Client) (any, error) {
		return c.CreateCredential(ctx, v1.CreateCredentialRequest{Name: "ann", Policy: policy})
	}, `POST /v1/credentials {"name":"ann","policy":{"Version":"2012-10-17"}}`,
		`{"credential":{"name":"ann","secretAccessKey":"s"}}`, &v1.Credential{Name: "ann", SecretAccessKey: "s"}},
	"ListCredentials": {func(ctx context.Context, c *Client) (any, error) { return c.ListCredentials(ctx) },
		"GET /v1/credentials", `{"credentials":[{"name":"ann"}]}`, []v1.Credential{{Name: "ann"}}},
	"RotateCredential": {func(ctx context.Context, c *Client) (any, error) {
		return c.RotateCredential(ctx, "ann", v1.RotateCredentialRequest{GraceSeconds: 60})
	}, `POST /v1/credentials/ann/rotate {"graceSeconds":60}`, `{"credential":{"name":"ann"}}`,
		&v1.RotateCredentialResponse{Credential: v1.Credential{Name: "ann"}}},
	"RevokeCredential": {func(ctx context.Context, c *Client) (any, error) { return c.RevokeCredential(ctx, "ann") },
		"DELETE /v1/credentials/ann", `{"revoked":[{"name":"ann"}]}`, []v1.Credential{{Name: "ann"}}},
	"CreateSubscription": {func(ctx context.Context, c *Client) (any, error) {
		s, secret, err := c.Subscribe(ctx, subscribe)
		if err != nil {
			return nil, err
		}
		return []string{s.ID, secret}, nil
	}, `POST /v1/subscriptions {"topicArn":"arn:t","endpoint":"https://h/"}`,
		`{"subscription":{"id":"s"},"secret":"whsec_"}`, []string{"s", "whsec_"}},
	"ListSubscriptions": {func(ctx context.Context, c *Client) (any, error) { return c.Subscriptions(ctx, "arn:t") },
		"GET /v1/subscriptions?topicArn=arn%3At", `{"subscriptions":[{"id":"s"}]}`, []v1.Subscription{{ID: "s"}}},
	"DeleteSubscription": {func(ctx context.Context, c *Client) (any, error) { return nil, c.Unsubscribe(ctx, "s") },
		"DELETE /v1/subscriptions/s", `{}`, nil},
	"ResendDeliveries": {func(ctx context.Context, c *Client) (any, error) {
		return c.ResendDeliveries(ctx, v1.SelectDeliveriesRequest{IDs: []int64{1, 2}})
	}, `POST /v1/deliveries/resend {"ids":[1,2]}`, `{"count":2}`, 2},
	"DiscardDeliveries": {func(ctx context.Context, c *Client) (any, error) {
		return c.DiscardDeliveries(ctx, v1.SelectDeliveriesRequest{All: true})
	}, `POST /v1/deliveries/discard {"all":true}`, `{"count":9}`, 9},
}

// extensionLists are the lists that come in pages, by operation: how they are made, the
// requests for two pages, the pages, and the elements.
var extensionLists = map[string]struct {
	list     func(context.Context, *Client) iter.Seq2[any, error]
	requests [2]string
	pages    [2]string
	want     []any
}{
	"SearchJobs": {func(ctx context.Context, c *Client) iter.Seq2[any, error] {
		return anyOf(c.SearchJobs(ctx, v1.JobFilter{PipelineID: "p", Status: "Error", Text: "a b",
			UserMetadata: map[string]string{"k": "v=w"}, SubmittedFrom: &noon, SubmittedUntil: new(noon.Add(1500))}))
	}, [2]string{"GET /v1/jobs?pipelineId=p&status=Error&submittedFrom=2026-03-01T12%3A00%3A00Z" +
		"&submittedUntil=2026-03-01T12%3A00%3A00.0000015Z&text=a%20b&userMetadata=k%3Dv%3Dw",
		"GET /v1/jobs?before=8&pipelineId=p&status=Error&submittedFrom=2026-03-01T12%3A00%3A00Z" +
			"&submittedUntil=2026-03-01T12%3A00%3A00.0000015Z&text=a%20b&userMetadata=k%3Dv%3Dw"},
		[2]string{`{"jobs":[{"id":"2"}],"next":8}`, `{"jobs":[{"id":"1"}]}`}, []any{v1.Job{ID: "2"}, v1.Job{ID: "1"}}},
	"ListWaitingJobs": {func(ctx context.Context, c *Client) iter.Seq2[any, error] {
		return anyOf(c.WaitingJobs(ctx, "p"))
	}, [2]string{"GET /v1/jobs/waiting?pipelineId=p", "GET /v1/jobs/waiting?after=7.2&pipelineId=p"},
		[2]string{`{"jobs":[{"jobId":"2"}],"next":"7.2"}`, `{"jobs":[{"jobId":"1"}]}`},
		[]any{v1.WaitingJob{JobID: "2"}, v1.WaitingJob{JobID: "1"}}},
	"ListGivenUpJobs": {func(ctx context.Context, c *Client) iter.Seq2[any, error] {
		return anyOf(c.GivenUpJobs(ctx))
	}, [2]string{"GET /v1/jobs/given-up", "GET /v1/jobs/given-up?before=2"},
		[2]string{`{"jobs":[{"jobId":"2","ffmpegTail":["x"]}],"next":2}`, `{"jobs":[{"jobId":"1"}]}`},
		[]any{v1.GivenUpJob{JobID: "2", FFmpegTail: []string{"x"}}, v1.GivenUpJob{JobID: "1"}}},
	"ListBulkActions": {func(ctx context.Context, c *Client) iter.Seq2[any, error] {
		return anyOf(c.BulkActions(ctx))
	}, [2]string{"GET /v1/bulk-actions", "GET /v1/bulk-actions?before=2"},
		[2]string{`{"bulkActions":[{"id":"2"}],"next":2}`, `{"bulkActions":[{"id":"1"}]}`},
		[]any{v1.BulkAction{ID: "2"}, v1.BulkAction{ID: "1"}}},
	"ListDeliveries": {func(ctx context.Context, c *Client) iter.Seq2[any, error] {
		return anyOf(c.Deliveries(ctx, "dead", ""))
	}, [2]string{"GET /v1/deliveries?status=dead", "GET /v1/deliveries?after=1&status=dead"},
		[2]string{`{"deliveries":[{"id":1}],"next":1}`, `{"deliveries":[{"id":2}]}`},
		[]any{v1.Delivery{ID: 1}, v1.Delivery{ID: 2}}},
}

// anyOf is a list whose elements are of any type.
func anyOf[T any](all iter.Seq2[T, error]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for element, err := range all {
			if !yield(element, err) {
				return
			}
		}
	}
}

// TestExtensionIsWhole wants each operation of the extension API to have a call here.
func TestExtensionIsWhole(t *testing.T) {
	t.Parallel()
	for _, op := range v1.Operations {
		_, called := extensionCalls[op.Name]
		_, listed := extensionLists[op.Name]
		if !called && !listed && !op.Events { // Watch follows events
			t.Errorf("the client has no call of %s", op.Name)
		}
	}
}

// line is a request in one line.
func line(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	return strings.TrimSpace(r.Method + " " + r.URL.String() + " " + string(body))
}

func TestExtensionCalls(t *testing.T) {
	t.Parallel()
	for name, c := range extensionCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked = line(r)
				fmt.Fprint(w, c.answer)
			})
			got, err := c.call(t.Context(), client)
			fatal(t, err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if asked != c.request {
				t.Errorf("request %q, want %q", asked, c.request)
			}
		})
	}
}

// TestExtensionCallsRefuse wants an id that would lead to another path to be refused.
func TestExtensionCallsRefuse(t *testing.T) {
	t.Parallel()
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", line(r)) })
	for _, id := range []string{"", ".", ".."} {
		_, err := client.StopJob(t.Context(), id)
		if err == nil || !strings.Contains(err.Error(), "CancelJob: member id must name a resource") {
			t.Errorf("id %q: error %v", id, err)
		}
	}
}

// TestExtensionLists goes through lists, wholly, again, and not to their end.
func TestExtensionLists(t *testing.T) {
	t.Parallel()
	for name, c := range extensionLists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, c.pages[len(asked)%2])
				asked = append(asked, line(r))
			})
			all := c.list(t.Context(), client)
			for range 2 {
				asked = nil
				var got []any
				for element, err := range all {
					fatal(t, err)
					got = append(got, element)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("elements (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.requests[:], asked); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			}
			asked = nil
			for range all {
				break
			}
			if !slices.Equal(asked, c.requests[:1]) {
				t.Errorf("a list that is left after its first element asks for %q", asked)
			}
		})
	}
}

// TestExtensionListsFail ends lists in their second page: it is refused, cut off, no JSON, or
// would go round for ever.
func TestExtensionListsFail(t *testing.T) {
	t.Parallel()
	for name, c := range extensionLists {
		first := reply{status: 200, body: c.pages[0]}
		for how, f := range map[string]struct {
			second reply
			said   func(error) bool
		}{
			"refused": {badInput, func(err error) bool {
				e, ok := errors.AsType[*ValidationException](err)
				return ok && e.Operation == name && e.Message == "no"
			}},
			"cut": {cutBody, func(err error) bool {
				e, ok := errors.AsType[*TransportError](err)
				return ok && e.Attempts == 5
			}},
			"no JSON": {reply{status: 200, body: proxyPage}, func(err error) bool {
				e, ok := errors.AsType[*ResponseError](err)
				return ok && strings.HasPrefix(e.Message, "the answer can't be read")
			}},
			"the same cursor": {first, func(err error) bool { return strings.Contains(err.Error(), "came twice") }},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				bubble(t, play(first, f.second).ServeHTTP, func(t *testing.T, client *Client) {
					var elements int
					var failure error
					for element, err := range c.list(t.Context(), client) {
						if failure != nil {
							t.Errorf("%v after an error", element)
						}
						if failure = err; err == nil {
							elements++
						}
					}
					if failure == nil || !f.said(failure) || elements != 1 && how != "the same cursor" {
						t.Errorf("%d elements, error %v", elements, failure)
					}
				})
			})
		}
	}
}

// TestExtensionErrors gives each call the exceptions of a server, and what stands between.
func TestExtensionErrors(t *testing.T) {
	t.Parallel()
	for how, c := range map[string]struct {
		answer reply
		said   func(error) bool
	}{
		"denied": {reply{status: 403, code: "AccessDeniedException:", body: `{"message":"not you"}`},
			func(err error) bool {
				e, ok := errors.AsType[*AccessDeniedException](err)
				return ok && e.Message == "not you" && e.RequestID == requestID
			}},
		"not there": {reply{status: 404, code: "ResourceNotFoundException:", body: `{"message":"no such"}`},
			func(err error) bool { _, ok := errors.AsType[*ResourceNotFoundException](err); return ok }},
		"of another server": {reply{status: 404, code: "UnknownOperationException:"}, func(err error) bool {
			e, ok := errors.AsType[*ResponseError](err)
			return ok && e.Code == api.UnknownOperationException
		}},
		"of a proxy": {reply{status: 501, body: proxyPage}, func(err error) bool {
			e, ok := errors.AsType[*ResponseError](err)
			return ok && e.Status == 501 && e.Code == ""
		}},
		"no JSON": {reply{status: 200, body: proxyPage}, func(err error) bool {
			e, ok := errors.AsType[*ResponseError](err)
			return ok && strings.HasPrefix(e.Message, "the answer can't be read")
		}},
	} {
		for name, call := range extensionCalls {
			t.Run(how+"/"+name, func(t *testing.T) {
				s := play(c.answer)
				bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
					if got, err := call.call(t.Context(), client); err == nil || !c.said(err) ||
						!strings.HasPrefix(err.Error(), name+": ") {
						t.Errorf("%v, error %v", got, err)
					}
					if n := s.requests(); n != 1 {
						t.Errorf("%d requests", n)
					}
				})
			})
		}
	}
}

// TestExtensionRepeats cuts the first connection: only what does not make something, or
// count something, is tried again.
func TestExtensionRepeats(t *testing.T) {
	t.Parallel()
	once := []string{"RetryJob", "CreateBulkAction", "CreateCredential", "RotateCredential", "CreateSubscription",
		"ResendDeliveries", "DiscardDeliveries", "RotateInstallationKey"}
	for name, c := range extensionCalls {
		t.Run(name, func(t *testing.T) {
			s := play(cutOff, reply{status: 200, body: c.answer})
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				_, err := c.call(t.Context(), client)
				lost, ok := errors.AsType[*TransportError](err)
				if !slices.Contains(once, name) {
					if err != nil || s.requests() != 2 {
						t.Errorf("%d requests, error %v", s.requests(), err)
					}
				} else if !ok || !lost.MaybeSent || s.requests() != 1 {
					t.Errorf("%d requests, error %#v", s.requests(), err)
				}
			})
		})
	}
}

// TestExtensionCanceled ends the context while a call or a page is under way.
func TestExtensionCanceled(t *testing.T) {
	t.Parallel()
	for name, c := range extensionCalls {
		t.Run(name, func(t *testing.T) {
			bubble(t, stall(`{`), func(t *testing.T, client *Client) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if got, err := c.call(ctx, client); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v, error %v", got, err)
				}
			})
		})
	}
	for name, c := range extensionLists {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.RawQuery, "before") || strings.Contains(r.URL.RawQuery, "after") {
					<-r.Context().Done()
					return
				}
				fmt.Fprint(w, c.pages[0])
			}, func(t *testing.T, client *Client) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				next, stop := iter.Pull2(c.list(ctx, client))
				defer stop()
				if element, err, _ := next(); err != nil {
					t.Errorf("%v, error %v", element, err)
				}
				ended := make(chan error)
				go func() {
					_, err, _ := next()
					ended <- err
				}()
				synctest.Wait() // the second page is asked for
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("the second page: error %v", err)
				}
			})
		})
	}
}
