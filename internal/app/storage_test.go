package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/transcode"
)

// errNotGranted is the answer for a role that nobody grants.
var errNotGranted = errors.New("not granted")

// onlyRole grants one role.
type onlyRole string

func (o onlyRole) Credentials(_ context.Context, role string) (transcode.RoleCredentials, error) {
	if role != string(o) {
		return transcode.RoleCredentials{}, errNotGranted
	}
	return transcode.RoleCredentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
}

func (onlyRole) Expired(string, string) bool { return false }

func open(t *testing.T, cfg Config, roles granter) storage {
	t.Helper()
	s := newStorage(cfg.complete(), slog.New(slog.DiscardHandler))
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	if err := s.open(roles, s3.Uploads(nil)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// TestFoldersAskForTheRole lets a role learn of a bucket in a folder when it is granted,
// and any role where nobody decides.
func TestFoldersAskForTheRole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sts, role string
		want      error
	}{
		{"", "unknown", nil},
		{"aws", "known", nil},
		{"aws", "unknown", errNotGranted},
	} {
		cfg := defaults(t)
		cfg.Access.STS = c.sts
		s := open(t, cfg, onlyRole("known"))
		if err := os.Mkdir(filepath.Join(cfg.Installation.Data, "buckets", "films"), 0o755); err != nil {
			t.Fatal(err)
		}
		there, err := s.BucketReadable(t.Context(), c.role, "films")
		if !errors.Is(err, c.want) || there != (c.want == nil) {
			t.Errorf("sts %q, role %s: got %t, %v; want %v", c.sts, c.role, there, err, c.want)
		}
		region, err := s.BucketRegion(t.Context(), c.role, "films")
		if region != "" || err != nil {
			t.Errorf("a folder is in the region %q (%v)", region, err)
		}
		if err := s.sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestStorageIsRefusedUntouched refuses what could not be opened and makes nothing.
func TestStorageIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	place := t.TempDir()
	file := filepath.Join(place, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(place, "odd")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(odd, ".reelastic"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for storage, want := range map[string]string{
		file:                        `--storage "` + file + `": not a directory`,
		filepath.Join(file, "sub"):  `--storage "` + filepath.Join(file, "sub") + `": not a directory`,
		odd:                         `--storage "` + odd + `": .reelastic: not a directory`,
		"s3://?ca=" + odd + "/ca":   "--storage: ca: open " + odd + "/ca: no such file or directory",
		filepath.Join(place, "new"): "",
	} {
		cfg := defaults(t)
		cfg.Storage.Storage = storage
		s := newStorage(cfg.complete(), slog.New(slog.DiscardHandler))
		if got := text(s.check()); got != want {
			t.Errorf("%s: got %q, want %q", storage, got, want)
		}
	}
	if _, err := os.Stat(filepath.Join(place, "new")); !os.IsNotExist(err) {
		t.Errorf("the check made the folder: %v", err)
	}
}

// TestS3IsOpenedUnasked opens S3 without asking the endpoint, which may be away.
func TestS3IsOpenedUnasked(t *testing.T) {
	t.Parallel()
	cfg := defaults(t)
	cfg.Storage.Storage = "s3://?endpoint=http://127.0.0.1:1"
	s := open(t, cfg, onlyRole("known"))
	if s.as("known") == nil {
		t.Error("there is no storage for a role")
	}
}
