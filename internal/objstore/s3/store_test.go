package s3_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/internal/transcode"
)

// keys gives every role the credentials of the test server.
type keys struct{}

func (keys) Credentials(context.Context, string) (transcode.RoleCredentials, error) {
	return transcode.RoleCredentials{AccessKeyID: s3test.AccessKeyID, SecretAccessKey: s3test.SecretAccessKey}, nil
}

// Expired says that these never end.
func (keys) Expired(string, string) bool { return false }

// uploads remembers in memory; all that is in left counts as abandoned.
type uploads struct {
	mu   sync.Mutex
	open map[string]object.Upload
	left []object.Upload
}

func (u *uploads) BeginUpload(_ context.Context, up object.Upload) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open == nil {
		u.open = map[string]object.Upload{}
	}
	u.open[up.ID] = up
	return nil
}

func (u *uploads) EndUpload(_ context.Context, id string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.open, id)
	return nil
}

func (u *uploads) AbandonedUploads(context.Context) ([]object.Upload, error) { return u.left, nil }

// role is a pipeline's role.
const role = "arn:aws:iam::000000000000:role/Transcoder"

// openAt opens the store at an endpoint.
func openAt(t *testing.T, endpoint string, u s3.Uploads) *s3.Store {
	t.Helper()
	return openAs(t, s3.Config{Place: s3.Place{Region: s3test.Region, Endpoint: endpoint}, PathStyle: true}, keys{}, u)
}

// openAs opens the store as configured.
func openAs(t *testing.T, cfg s3.Config, roles s3.Roles, u s3.Uploads) *s3.Store {
	t.Helper()
	service, err := s3.Open(cfg, roles, u, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return service.For(role)
}

func TestContract(t *testing.T) {
	t.Parallel()
	objtest.RunPaths(t, func(t *testing.T) objtest.Store { return openAt(t, serveBoth(t).Endpoint, &uploads{}) })
}

func serveBoth(t *testing.T) *s3test.Server {
	t.Helper()
	server := serve(t)
	server.Bucket(t, objtest.In)
	return server
}
