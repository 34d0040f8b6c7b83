// Package s3test runs S3 servers of its own for tests, on loopback: versitygw over a
// temporary folder, and OpenStack Swift, which keeps the grants of objects and keys of
// any form.
package s3test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// What every server lets in, and the region that it says it is in.
const (
	AccessKeyID     = "s3test"
	SecretAccessKey = "s3test-secret"
	Region          = "us-east-1"
	// Domain is what follows the names of buckets in the names of hosts, see [Names].
	Domain = "s3.test"
)

// startWithin bounds the start of a server on a busy machine.
const startWithin = 60 * time.Second

// Server is a running server. It is stopped when the test ends.
type Server struct {
	// Endpoint is its address, http://127.0.0.1:PORT.
	Endpoint string
	// Folder holds a folder for each bucket.
	Folder string
}

// Start starts a server over a folder of its own. Without versitygw
// (scripts/setup-s3.sh) the test is skipped, or fails when CI is set.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return StartIn(tb, tb.TempDir())
}

// StartIn is [Start] over a folder that exists. A file that is put there is an object.
func StartIn(tb testing.TB, folder string) *Server {
	tb.Helper()
	program := filepath.Join(root(), "bin", "versitygw")
	if _, err := os.Stat(program); err != nil {
		missing(tb, "versitygw", "setup-s3.sh")
	}
	s := &Server{Folder: folder}
	address := freeAddress(tb)
	s.Endpoint = "http://" + address
	s.await(tb, launch(tb, exec.Command(program, "--port", address, "--region", Region, "--access", AccessKeyID,
		"--secret", SecretAccessKey,
		"--virtual-domain", Domain, "--quiet", "--keep-alive", "--disable-strict-bucket-names", "posix", "--sidecar",
		tb.TempDir(), s.Folder)))
	return s
}

// launch starts a server and returns a channel that is closed when it has ended, at
// the latest with the test. What it writes is shown when the test has failed.
func launch(tb testing.TB, cmd *exec.Cmd) <-chan struct{} {
	tb.Helper()
	name := filepath.Base(cmd.Path)
	var log strings.Builder // of one writer, and read when it has ended
	if cmd.Stdout == nil {
		cmd.Stdout = &log
	}
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed takes its server along
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()         // Pdeathsig is sent when this thread ends
		defer runtime.UnlockOSThread() // or it would end here, and with it what others have started from it
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed in the end
		}
	}()
	if err := <-started; err != nil {
		tb.Fatalf("start %s: %v", name, err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself, which the test has noticed
		<-ended
		if tb.Failed() && log.Len() > 0 {
			tb.Logf("%s's log:\n%s", name, log.String())
		}
	})
	return ended
}

// missing skips a test whose server is not installed, or fails it when CI is set.
func missing(tb testing.TB, name, script string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatalf("%s is not installed (scripts/%s)", name, script)
	}
	tb.Skipf("%s is not installed (scripts/%s)", name, script)
}

func root() string {
	_, file, _, _ := runtime.Caller(0) // known where a package is tested beside its source
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// freeAddress is one with a port that the system gives to nobody else meanwhile: those
// that it chooses itself, for connections too, are above 32767.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20000+rand.IntN(12000)))
		if err == nil {
			defer ln.Close()
			return ln.Addr().String()
		}
	}
	tb.Fatal("no port is free")
	return ""
}

// await waits until the server answers.
func (s *Server) await(tb testing.TB, ended <-chan struct{}) {
	tb.Helper()
	tick, deadline := time.NewTicker(10*time.Millisecond), time.After(startWithin)
	defer tick.Stop()
	for {
		if resp, err := http.Get(s.Endpoint); err == nil {
			resp.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ended:
			tb.Fatal("versitygw ended")
		case <-deadline:
			tb.Fatalf("versitygw does not answer after %s", startWithin)
		}
	}
}

// Storage is an endpoint as the option --storage names it.
func Storage(endpoint string) string {
	return "s3://?" + url.Values{"endpoint": {endpoint}, "region": {Region}}.Encode()
}

// Environment are the credentials as AWS clients take them from the environment.
func Environment() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + SecretAccessKey}
}

// Client is a client of the server.
func (s *Server) Client() *s3.Client { return client(s.Endpoint, AccessKeyID) }

func client(endpoint, accessKeyID string) *s3.Client {
	return s3.New(s3.Options{Region: Region, BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: SecretAccessKey}, nil
		})})
}

// Bucket makes a bucket.
func (s *Server) Bucket(tb testing.TB, name string) {
	tb.Helper()
	createBucket(tb, s.Client(), name)
}

func createBucket(tb testing.TB, c *s3.Client, name string) {
	tb.Helper()
	if _, err := c.CreateBucket(tb.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		tb.Fatalf("create bucket %s: %v", name, err)
	}
}

// Uploads are the multipart uploads of a bucket that have neither been completed
// nor aborted, as their keys.
func (s *Server) Uploads(tb testing.TB, bucket string) (keys []string) {
	tb.Helper()
	out, err := s.Client().ListMultipartUploads(tb.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		tb.Fatalf("list uploads of %s: %v", bucket, err)
	}
	for _, u := range out.Uploads {
		keys = append(keys, *u.Key)
	}
	return keys
}
