package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// stream is what one connection to the events of a job gets.
type stream struct {
	text string
	hang bool // say no more, instead of ending
}

// eventServer serves streams one after the other, the last one for ever, and
// reads of the job.
type eventServer struct {
	streams []stream
	refuse  *reply // instead of the streams
	next    *reply // instead of all streams after the first
	kind    string
	jobs    *script
	opened  int
}

func (s *eventServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/jobs/"+jobID+"/events" {
		s.jobs.ServeHTTP(w, r)
		return
	}
	s.opened++
	if s.refuse != nil {
		s.refuse.write(w)
		return
	}
	if s.next != nil && s.opened > 1 {
		s.next.write(w)
		return
	}
	next := s.streams[min(s.opened, len(s.streams))-1]
	kind := "text/event-stream"
	if s.kind != "" {
		kind = s.kind
	}
	w.Header().Set("Content-Type", kind)
	w.Write([]byte(next.text))
	w.(http.Flusher).Flush()
	if next.hang {
		<-r.Context().Done()
	}
}

func event(status, percent string) string {
	return "event: status\ndata: {\"jobId\":\"" + jobID + "\",\"status\":\"" + status +
		"\",\"attempt\":1,\"percent\":" + percent +
		",\"speed\":2.5,\"secondsLeft\":null,\"outputs\":[{\"id\":\"1\",\"key\":\"a\",\"status\":\"" + status +
		"\",\"percent\":" + percent + "}]}\n\n"
}

func TestWatch(t *testing.T) {
	t.Parallel()
	steps := event("Submitted", "0") + ": still here\n\n" + event("Progressing", "12.5")
	for name, c := range map[string]struct {
		server eventServer
		want   string // statuses and percentages
		opened int
		err    func(error) bool
	}{
		"whole": {eventServer{streams: []stream{{steps + event("Complete", "100"), true}}},
			"Submitted 0, Progressing 12.5, Complete 100", 1, nil},
		"failed job": {eventServer{streams: []stream{{event("Error", "40"), false}}}, "Error 40", 1, nil},
		"broken": {eventServer{streams: []stream{{steps, false}, {event("Progressing", "50") + "data: {\"sta", false},
			{event("Complete", "100"), false}}},
			"Submitted 0, Progressing 12.5, Progressing 50, Complete 100", 3, nil},
		"silent": {eventServer{streams: []stream{{steps, true}, {event("Complete", "100"), false}}},
			"Submitted 0, Progressing 12.5, Complete 100", 2, nil},
		"given up": {eventServer{streams: []stream{{steps, false}, {"", false}}}, "Submitted 0, Progressing 12.5", 6,
			func(err error) bool { return strings.Contains(err.Error(), "unexpected EOF") }},
		"not JSON": {eventServer{streams: []stream{{"data: x\n\n", false}}}, "", 6,
			func(err error) bool { return strings.Contains(err.Error(), "can't be read") }},
		"refused": {eventServer{refuse: &reply{status: 403, code: "AccessDeniedException"}}, "", 1,
			func(err error) bool { _, ok := errors.AsType[*AccessDeniedException](err); return ok }},
		"no such job": {eventServer{refuse: &reply{status: 404, code: "ResourceNotFoundException"}}, "", 1,
			func(err error) bool { _, ok := errors.AsType[*ResourceNotFoundException](err); return ok }},
		"unreachable": {eventServer{refuse: &cutOff}, "", 6, func(err error) bool {
			_, ok := errors.AsType[*TransportError](err)
			return ok
		}},
		"busy": {eventServer{refuse: &throttled}, "", 6, func(err error) bool {
			e, ok := errors.AsType[*ResponseError](err)
			return ok && e.Code == "ThrottlingException"
		}},

		"polled, unknown operation": {eventServer{refuse: &reply{status: 404, code: "UnknownOperationException"},
			jobs: states(submittedJob, submittedJob, progressingJob, completeJob)},
			"Submitted 0, Progressing 50, Complete 100", 1, nil},
		"polled, unknown version": {eventServer{refuse: &reply{status: 400, code: "IncompatibleVersionException"},
			jobs: states(failedJob)}, "Error 100", 1, nil},
		"polled, page": {eventServer{refuse: &reply{status: 404, body: proxyPage},
			jobs: states(canceledJob)}, "Canceled 100", 1, nil},
		"polled, no stream": {eventServer{kind: "text/html; charset=utf-8", streams: []stream{{proxyPage, false}},
			jobs: states(completeJob)}, "Complete 100", 1, nil},
		"polled, gone": {eventServer{refuse: &reply{status: 404}, jobs: play(states(submittedJob).replies[0],
			reply{status: 404, code: "ResourceNotFoundException"})}, "Submitted 0", 1,
			func(err error) bool { _, ok := errors.AsType[*ResourceNotFoundException](err); return ok }},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.server
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				got, err := watched(client.Watch(t.Context(), jobID), 0)
				if got != c.want || s.opened != c.opened {
					t.Errorf("%q from %d streams, want %q from %d", got, s.opened, c.want, c.opened)
				}
				if (err == nil) != (c.err == nil) || err != nil && !c.err(err) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// The end of the context or of the loop ends a watch, streamed or polled.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]func() eventServer{
		"streamed": func() eventServer {
			return eventServer{streams: []stream{{event("Submitted", "0") + event("Progressing", "1"), true}}}
		},
		"refused for a while": func() eventServer {
			return eventServer{streams: []stream{{event("Submitted", "0") + event("Progressing", "1"), false}},
				next: &reply{status: 503, header: map[string]string{"Retry-After": "30"}}}
		},
		"polled": func() eventServer {
			return eventServer{refuse: &reply{status: 404}, jobs: states(submittedJob, progressingJob)}
		},
	} {
		t.Run(name+"/loop", func(t *testing.T) {
			s := server()
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				if got, err := watched(client.Watch(t.Context(), jobID), 1); got != "Submitted 0" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			})
		})
		t.Run(name+"/context", func(t *testing.T) {
			s := server()
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				began := time.Now()
				got, err := watched(client.Watch(ctx, jobID), 0)
				if !strings.HasPrefix(got, "Submitted 0, Progressing") || !errors.Is(err, context.DeadlineExceeded) ||
					time.Since(began) != 20*time.Second {
					t.Errorf("%q, %v after %v", got, err, time.Since(began))
				}
			})
		})
	}
}

// watched goes through a watch, or its first elements.
func watched(seq iter.Seq2[v1.Progress, error], first int) (string, error) {
	var seen []string
	for p, err := range seq {
		if err != nil {
			return strings.Join(seen, ", "), err
		}
		seen = append(seen, fmt.Sprintf("%s %v", p.Status, p.Percent))
		if len(seen) == first {
			break
		}
	}
	return strings.Join(seen, ", "), nil
}
