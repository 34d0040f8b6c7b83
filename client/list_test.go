package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pager serves lists of the ids 0 to 6 in pages of three, newest (highest) first.
type pager struct {
	requests int
	fail     int  // the page that fails, from 1
	loop     bool // the last page names the first token again
}

func (s *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests++
	if s.requests == s.fail {
		badInput.write(w)
		return
	}
	at, _ := strconv.Atoi(r.URL.Query().Get("PageToken"))
	ids := []string{"6", "5", "4", "3", "2", "1", "0"}
	if r.URL.Query().Get("Ascending") == "true" {
		slices.Reverse(ids)
	}
	var rows []map[string]string
	for _, id := range ids[at:min(at+3, len(ids))] {
		rows = append(rows, map[string]string{"Id": id})
	}
	var next *string
	if at+3 < len(ids) {
		next = new(strconv.Itoa(at + 3))
	} else if s.loop {
		next = new("3")
	}
	kind := "Jobs"
	for _, k := range []string{"Pipelines", "Presets"} {
		if strings.Contains(r.URL.Path, strings.ToLower(k)) {
			kind = k
		}
	}
	doc, _ := json.Marshal(map[string]any{kind: rows, "NextPageToken": next})
	w.Write(doc)
}

func TestLists(t *testing.T) {
	t.Parallel()
	lists := map[string]func(*testing.T, *Client, ...Order) []string{
		"JobsByPipeline": func(t *testing.T, c *Client, order ...Order) (ids []string) {
			for job, err := range c.JobsByPipeline(t.Context(), jobID, order...) {
				ids = append(ids, *job.Id)
				fatal(t, err)
			}
			return ids
		},
		"JobsByStatus": func(t *testing.T, c *Client, order ...Order) (ids []string) {
			for job, err := range c.JobsByStatus(t.Context(), JobComplete, order...) {
				ids = append(ids, *job.Id)
				fatal(t, err)
			}
			return ids
		},
		"Pipelines": func(t *testing.T, c *Client, order ...Order) (ids []string) {
			for pipeline, err := range c.Pipelines(t.Context(), order...) {
				ids = append(ids, *pipeline.Id)
				fatal(t, err)
			}
			return ids
		},
		"Presets": func(t *testing.T, c *Client, order ...Order) (ids []string) {
			for preset, err := range c.Presets(t.Context(), order...) {
				ids = append(ids, *preset.Id)
				fatal(t, err)
			}
			return ids
		},
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			var s pager
			bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
				for want, order := range map[string][]Order{"6543210": nil, "0123456": {OldestFirst},
					"65432 10": {NewestFirst}} {
					s.requests = 0
					if got := strings.Join(list(t, c, order...), ""); got != strings.ReplaceAll(want, " ", "") ||
						s.requests != 3 {
						t.Errorf("%v: %s in %d pages, want %s in 3", order, got, s.requests, want)
					}
				}
			})
		})
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestListEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server pager
		stop   int // after so many jobs; 0: never
		jobs   int
		pages  int
		fails  bool
	}{
		"left in the first page":  {pager{}, 2, 2, 1, false},
		"left at the page's end":  {pager{}, 3, 3, 1, false},
		"left in the second page": {pager{}, 4, 4, 2, false},
		"first page fails":        {pager{fail: 1}, 0, 0, 1, true},
		"second page fails":       {pager{fail: 2}, 0, 3, 2, true},
		"goes round":              {pager{loop: true}, 0, 7, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.server
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				jobs, errs := 0, 0
				for job, err := range client.JobsByPipeline(t.Context(), jobID) {
					if err != nil {
						errs++
						if _, ok := errors.AsType[*ValidationException](err); ok == c.server.loop || job != nil {
							t.Errorf("job %v, error %v", job, err)
						}
						continue
					}
					if jobs++; jobs == c.stop {
						break
					}
				}
				if jobs != c.jobs || s.requests != c.pages || (errs == 1) != c.fails {
					t.Errorf("%d jobs, %d pages, %d errors", jobs, s.requests, errs)
				}
			})
		})
	}
}
