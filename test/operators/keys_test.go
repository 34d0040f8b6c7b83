package operators

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestRotateKey rotates the installation key of a fleet while it serves: two servers, and a
// worker that has a file of its own. No request is refused meanwhile, and what was encrypted
// before the rotation or after it is opened by the worker, also when all have started again.
func TestRotateKey(t *testing.T) {
	t.Parallel()
	shared := []string{"--database", postgres.Database(t), "--nats", startNATS(t), "--workers", "0"}
	f := reelastictest.New(t, shared...)
	f.Within = within
	s := &site{Fixture: f}
	other := secondServer(t, f.Server, shared...)
	data := t.TempDir()
	workerKey := filepath.Join(data, "worker.key")
	reelastictest.Command(t, reelastictest.Program(), "key", "worker", "--data", f.Data, "--file", workerKey)
	worker := append(shared[:4:4], "--storage", filepath.Join(f.Data, "buckets"), "--workers", "1")
	reelastictest.StartWorkerIn(t, data, worker...)
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	before := s.wrap(t)
	s.encrypted(t, "before.mp4", before)

	stop, asked := askOn(t, other), askOn(t, f.Server)
	out := s.run(t, "key", "rotate")
	if !strings.Contains(out, "All secrets in the database are sealed with it") {
		t.Errorf("rotate says %q", out)
	}
	after := s.wrap(t)
	if after == before {
		t.Error("a key was encrypted twice the same")
	}
	s.encrypted(t, "old.mp4", before)
	s.encrypted(t, "new.mp4", after)
	// A caller that the other server makes is known to the first one.
	made, err := other.GoClient().CreateCredential(t.Context(), v1.CreateCredentialRequest{Name: "late"})
	if err != nil {
		t.Fatal(err)
	}
	late := f.GoClient(client.WithCredentials(client.StaticCredentials(made.AccessKeyID, made.SecretAccessKey, "")))
	if _, err := late.ReadPreset(t.Context(), &api.ReadPresetRequest{Id: new(reelastictest.Generic480p)}); err != nil {
		t.Errorf("a caller that was made on the other server: %v", err)
	}
	stop()
	asked()
	if s.refuse(t, "key", "rotate"); t.Failed() {
		t.FailNow()
	}

	var keys struct{ Keys []struct{ ID string } }
	if err := json.Unmarshal(reelastictest.ReadFile(t, workerKey), &keys); err != nil || len(keys.Keys) != 2 {
		t.Errorf("the worker has saved %+v, %v", keys, err)
	}
	for _, server := range []*reelastictest.Server{f.Server, other} {
		server.Kill()
		server.Restart()
		_, err := server.GoClient().ReadPipeline(t.Context(), &api.ReadPipelineRequest{Id: &f.PipelineID})
		if err != nil {
			t.Errorf("after a restart: %v", err)
		}
	}
}

// secondServer is another server of a fleet.
func secondServer(t *testing.T, first *reelastictest.Server, args ...string) *reelastictest.Server {
	t.Helper()
	data := t.TempDir()
	for _, name := range []string{"key", "credentials"} {
		if err := os.WriteFile(filepath.Join(data, name), reelastictest.ReadFile(t, filepath.Join(first.Data, name)),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	args = append(args, "--storage", filepath.Join(first.Data, "buckets"))
	return reelastictest.StartIn(t, data, args...)
}

// askOn has a caller ask a server all the time until stop is called; each request must be
// answered.
func askOn(t *testing.T, s *reelastictest.Server) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cl := s.GoClient(client.WithRetry(client.Retry{MaxAttempts: 1}))
	var asking sync.WaitGroup
	asking.Go(func() {
		for ctx.Err() == nil {
			_, err := cl.ReadPreset(ctx, &api.ReadPresetRequest{Id: new(reelastictest.Generic480p)})
			if err != nil && ctx.Err() == nil {
				t.Errorf("while the key is rotated: %v", err)
				return
			}
		}
	})
	return func() { cancel(); asking.Wait() }
}

// wrapped is a key of a file, encrypted.
type wrapped struct{ Key, KeyMd5 string }

// wrap encrypts a key with the server's installation key.
func (s *site) wrap(t *testing.T) (key wrapped) {
	t.Helper()
	if err := json.Unmarshal(s.Key(t, []byte("0123456789abcdef"), "wrap"), &key); err != nil {
		t.Fatal(err)
	}
	return key
}

// encrypted does a job whose output is encrypted with a key.
func (s *site) encrypted(t *testing.T, output string, key wrapped) {
	t.Helper()
	out := reelastictest.Output(output, reelastictest.Generic480p, "")
	out.Encryption = &api.Encryption{Mode: new("aes-cbc-pkcs7"), Key: &key.Key, KeyMd5: &key.KeyMd5,
		InitializationVector: new("MDEyMzQ1Njc4OWFiY2RlZg==")}
	s.Complete(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("clip.mp4")}},
		Outputs: []api.CreateJobOutput{out}})
}
