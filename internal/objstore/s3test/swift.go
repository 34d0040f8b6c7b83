package s3test

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// swiftProgram runs Swift in one process.
//
//go:embed swift.py
var swiftProgram string

// swiftAccounts is how many accounts a server has.
const swiftAccounts = 64

// python is Debian's, for which its package python3-swift is.
const python = "/usr/bin/python3"

// Swift is a running OpenStack Swift with its s3api. It is stopped when the test ends.
type Swift struct {
	// Endpoint is its address, http://127.0.0.1:PORT.
	Endpoint string

	accounts atomic.Int32
}

// Account is a user of a [Swift] with buckets of its own.
type Account struct {
	// AccessKeyID is also the canonical id of the user; the secret key is
	// [SecretAccessKey].
	AccessKeyID string

	swift *Swift
}

// StartSwift starts a server. Without Swift (scripts/setup-swift.sh) the test is
// skipped, or fails when CI is set.
func StartSwift(tb testing.TB) *Swift {
	tb.Helper()
	if exec.CommandContext(tb.Context(), python, "-c", "import swift.common.middleware.s3api.s3api").Run() != nil {
		missing(tb, "OpenStack Swift", "setup-swift.sh")
	}
	cmd := exec.Command(python, "-c", swiftProgram, tb.TempDir(), strconv.Itoa(swiftAccounts))
	out, told := io.Pipe()
	cmd.Stdout = told
	ended := launch(tb, cmd)
	go func() {
		<-ended
		told.Close()
	}()
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(out).ReadString('\n') // "" when it ends before
		line <- strings.TrimSpace(text)
		_, _ = io.Copy(io.Discard, out) // until it ends
	}()
	select {
	case port := <-line:
		return &Swift{Endpoint: "http://127.0.0.1:" + port}
	case <-ended:
		tb.Fatal("Swift ended")
	case <-time.After(startWithin):
		tb.Fatalf("Swift does not answer after %s", startWithin)
	}
	return nil
}

// Account is one that no other call has got. There are 64.
func (s *Swift) Account() Account {
	return Account{AccessKeyID: fmt.Sprintf("t%d:%s", s.accounts.Add(1)-1, AccessKeyID), swift: s}
}

// Guest is another user, with the same buckets, who may do what is granted.
func (a Account) Guest() Account {
	number, _, _ := strings.Cut(a.AccessKeyID, ":")
	return Account{AccessKeyID: number + ":guest", swift: a.swift}
}

// Environment are the account's credentials as AWS clients take them from the environment.
func (a Account) Environment() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + a.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + SecretAccessKey}
}

// Client is a client of the account.
func (a Account) Client() *s3.Client { return client(a.swift.Endpoint, a.AccessKeyID) }

// Bucket makes a bucket.
func (a Account) Bucket(tb testing.TB, name string) {
	tb.Helper()
	createBucket(tb, a.Client(), name)
}

// Put makes a file an object.
func (a Account) Put(tb testing.TB, bucket, key, path string) {
	tb.Helper()
	file, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	if _, err := a.Client().PutObject(tb.Context(),
		&s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: file}); err != nil {
		tb.Fatalf("put %s into bucket %s: %v", key, bucket, err)
	}
}

// Keys are those of a bucket of few objects.
func (a Account) Keys(tb testing.TB, bucket string) (keys []string) {
	tb.Helper()
	out, err := a.Client().ListObjectsV2(tb.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		tb.Fatalf("list bucket %s: %v", bucket, err)
	}
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// Grants are those of an object, each as who and what.
func (a Account) Grants(tb testing.TB, bucket, key string) (all []string) {
	tb.Helper()
	out, err := a.Client().GetObjectAcl(tb.Context(), &s3.GetObjectAclInput{Bucket: &bucket, Key: &key})
	if err != nil {
		tb.Fatalf("grants of %s in bucket %s: %v", key, bucket, err)
	}
	for _, g := range out.Grants {
		who := g.Grantee.URI
		if who == nil {
			who = g.Grantee.ID
		}
		all = append(all, fmt.Sprint((*who)[strings.LastIndexByte(*who, '/')+1:], " ", g.Permission))
	}
	return all
}
