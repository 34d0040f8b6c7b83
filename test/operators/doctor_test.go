package operators

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestDoctor looks at a server that runs with its buckets in S3, and at buckets that are not
// as they should be.
func TestDoctor(t *testing.T) {
	t.Parallel()
	server := reelastictest.StartS3(t, "--workers", "0")
	bucket := filepath.Join(server.Data, "buckets", "films")
	if err := os.Mkdir(bucket, 0o755); err != nil {
		t.Fatal(err)
	}
	doctor := func(args ...string) (lines string, status int) {
		args = append([]string{"doctor", "--data", server.Data, "--public-url", server.Endpoint(),
			"--storage", s3test.Storage(server.S3().Endpoint)}, args...)
		lines, stderr, status := reelastictest.Run(t, s3test.Environment(), args...)
		t.Logf("%s%s", lines, stderr)
		return lines, status
	}
	lines, status := doctor("--bucket", "films")
	for _, want := range []string{
		"ok     data        " + server.Data + ", in use by a server\n",
		"ok     database    SQLite 3.",
		"ok     bucket films  readable and writable\n",
		"ok     public URL  " + server.Endpoint() + " is ready\n",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("there is no line %q", want)
		}
	}
	if status != 0 {
		t.Errorf("exit status %d", status)
	}
	left, err := os.ReadDir(bucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if !strings.HasPrefix(e.Name(), ".") { // the S3 server's own
			t.Errorf("%s is left in the bucket", e.Name())
		}
	}
	if lines, status = doctor("--bucket", "lost"); status != 1 ||
		!strings.Contains(lines, "fault  bucket lost  it does not exist. ") {
		t.Errorf("a bucket that is not there: exit status %d", status)
	}
}
