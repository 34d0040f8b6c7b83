package access

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// ending lets the sessions of an S3 server end before their time: when the first range
// of an object has been read, and when the first part of one has been written.
type ending struct {
	mu    sync.Mutex
	ended map[string]bool   // by token
	by    map[string]string // what ended a session, and which one
	// transfers come one after the other, so that some are signed with a session that
	// ends before they are answered.
	transfers sync.Mutex
}

func (e *ending) front(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	event := ""
	if ranged := r.Header.Get("Range"); r.Method == http.MethodGet && ranged != "" {
		event = "range"
	} else if r.Method == http.MethodPut && r.URL.Query().Has("partNumber") {
		event = "part"
	}
	if event != "" {
		e.transfers.Lock()
		defer e.transfers.Unlock()
	}
	token := r.Header.Get("X-Amz-Security-Token")
	if e.over(token) {
		s3test.Answer(w, http.StatusBadRequest, "ExpiredToken")
		return
	}
	pass.ServeHTTP(w, r)
	if event != "" {
		e.end(event, token)
	}
}

func (e *ending) over(token string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended[token]
}

// end ends a session because of the first event of a kind.
func (e *ending) end(event, token string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.by[event] == "" {
		e.by[event] = token
		e.ended[token] = true
	}
}

// TestSessionsEndInTransfers ends the session of a role while a large input is read in
// ranges and while a large output is written in parts: each goes on with another.
func TestSessionsEndInTransfers(t *testing.T) {
	t.Parallel()
	process := sigv4.Credentials{AccessKeyID: s3test.AccessKeyID, SecretAccessKey: s3test.SecretAccessKey}
	var calls atomic.Int32
	sts := startSTS(t, process, func() session {
		return session{who{process.AccessKeyID, process.SecretAccessKey}, fmt.Sprint("session ", calls.Load())}
	}, time.Hour, &calls)
	store := &ending{ended: map[string]bool{}, by: map[string]string{}}
	s := reelastictest.Bare(t,
		reelastictest.StartS3Behind(t, store.front, "--config", configure(t, "sts-endpoint: "+sts+"\n")))
	input := reelastictest.Clip{Width: 128, Height: 96, Rate: 2, Seconds: 105}.Make(t)
	if err := os.Truncate(input, 40<<20); err != nil { // three ranges; what follows the film is passed over
		t.Fatal(err)
	}
	s.Put("in", "clip.mp4", input)
	done := s.Run(t, &api.CreateJobRequest{
		PipelineId: new(pipeline(t, s, grantedRole, "")),
		Input:      &api.JobInput{Key: new("clip.mp4")},
		Outputs:    []api.CreateJobOutput{reelastictest.Output("sound.wav", "1351620000001-300300", "")},
	})
	if *done.Status != client.JobComplete {
		t.Fatalf("the job is %s: %s", *done.Status, reelastictest.Text(done.Output.StatusDetail))
	}
	if info, err := os.Stat(s.Output("sound.wav")); err != nil || info.Size() < 17<<20 {
		t.Errorf("the output: %v, %v; want one that goes in parts", info, err)
	}
	if store.by["range"] != "session 1" || store.by["part"] != "session 2" || calls.Load() != 3 {
		t.Errorf("sessions ended: %v; %d were granted", store.by, calls.Load())
	}
	if strings.Contains(s.Log(), "session 1") || len(s.S3().Uploads(t, "out")) > 0 {
		t.Error("a token is in the log, or an upload is left")
	}
}
