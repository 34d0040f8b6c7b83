package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/worker"
)

// answerWithin is how long a service may take to answer a doctor.
const answerWithin = 10 * time.Second

// database is whether it answers, and whether its clock agrees with this machine's.
func (d *doctor) database(ctx context.Context) {
	const check, skew = "database", 2 * time.Second
	dsn := d.cfg.Database.URL
	if d.cfg.Database.embedded() {
		dsn = filepath.Join(d.cfg.Installation.Data, "reelastic.db")
		if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) {
			d.ok(check, "%s will be made at the first start", dsn)
			return
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	seen, err := sqlstore.Look(ctx, dsn)
	switch {
	case err != nil:
		d.fault(check, err.Error(), "Check that it runs and that --database names it, with a user who may use it.")
	case seen.ClockAhead.Abs() > skew:
		d.fault(check, fmt.Sprintf("%s, whose clock is %s off this machine's", seen.Server,
			seen.ClockAhead.Round(time.Millisecond)), "Run a time service (NTP) on both.")
	default:
		d.ok(check, "%s answers", seen.Server)
	}
}

// queue is whether it answers.
func (d *doctor) queue(ctx context.Context) {
	const check = "queue"
	c := d.cfg.Queue
	if c.embedded() {
		d.ok(check, "in the server's process")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	version, err := taskqueue.Look(ctx, taskqueue.Config{
		Name: "reelastic-doctor", URL: c.URL, Creds: c.Creds, CAFile: c.CA, CertFile: c.Cert, KeyFile: c.Key,
		Replicas: c.Replicas, AckWait: c.AckWait, Log: d.log,
	})
	if err != nil {
		d.fault(check, err.Error(), "Check that it runs with JetStream and that --nats names it, with credentials.")
		return
	}
	d.ok(check, "NATS %s answers, with JetStream", version)
}

// storage is whether buckets can be read and written.
func (d *doctor) storage(ctx context.Context) {
	const check = "storage"
	s := newStorage(d.cfg, d.log)
	if err := s.check(); err != nil {
		d.fault(check, err.Error(), "Correct --storage.")
		return
	}
	buckets := d.asked.Buckets
	if !d.cfg.Storage.isS3() {
		path := d.cfg.Storage.Storage
		found, err := bucketFolders(path)
		if errors.Is(err, fs.ErrNotExist) {
			d.ok(check, "%s will be made at the first start", path)
			return
		}
		if err != nil {
			d.fault(check, err.Error(), "Let this user read it, or set --storage.")
			return
		}
		buckets = slices.Compact(slices.Sorted(slices.Values(append(found, buckets...))))
	}
	if len(buckets) == 0 {
		d.note(check, redactURL(d.cfg.Storage.Storage)+" has no buckets that are known here",
			"Make a bucket for inputs and one for outputs; buckets in S3 are looked at that --bucket names.")
		return
	}
	p := &parts{cfg: d.cfg, log: d.log}
	err := p.openRoles(ctx)
	if err == nil {
		err = s.open(p.roles, nil)
	}
	if err != nil {
		d.fault(check, err.Error(), "Correct --storage, --roles or --sts-endpoint.")
		return
	}
	defer s.close()
	for _, bucket := range buckets {
		d.bucket(ctx, s.as(d.asked.Role), bucket)
	}
}

// bucketFolders are the buckets of a storage folder.
func bucketFolders(path string) (names []string, err error) {
	all, err := os.ReadDir(path)
	for _, e := range all {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// bucket writes an object, reads and removes it.
func (d *doctor) bucket(ctx context.Context, objects worker.Objects, bucket string) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	check := "bucket " + bucket
	exists, err := objects.BucketExists(ctx, bucket)
	if err == nil && !exists {
		d.fault(check, "it does not exist", "Make it, or correct the pipelines that name it.")
		return
	}
	key, content := "reelastic-doctor-"+strings.ToLower(rand.Text()), []byte("reelastic doctor\n")
	for _, step := range []struct {
		what   string
		do     func() error
		advice string
	}{
		{"reached", func() error { return err }, "Check the address, the credentials and the role."},
		{"written", func() error { return objects.PutContent(ctx, bucket, key, content, object.PutOptions{}) },
			"Allow this user, or the role, to put objects; an input bucket needs it not."},
		{"read", func() error { _, err := objects.Stat(ctx, bucket, key); return err },
			"Allow this user, or the role, to read objects."},
		{"cleaned", func() error { return objects.Delete(ctx, bucket, key) },
			"Allow this user, or the role, to delete objects, and delete " + key + "."},
	} {
		if err := step.do(); err != nil {
			d.fault(check, fmt.Sprintf("it can't be %s: %v", step.what, err), step.advice)
			return
		}
	}
	d.ok(check, "readable and writable")
}

// publicURL is whether a server answers there, as clients and players reach it.
func (d *doctor) publicURL(ctx context.Context) {
	const check = "public URL"
	address := d.cfg.Server.PublicURL
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/healthz", nil)
	if err != nil {
		d.fault(check, err.Error(), "Correct --public-url.")
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if d.public == "" {
			d.note(check, "no server answers at "+address, "Start one with reelastic serve.")
			return
		}
		d.fault(check, err.Error(), "Start the server, or correct --public-url, the name, the proxy or the "+
			"certificate.")
		return
	}
	defer response.Body.Close()
	const mostTold = 200
	said, _ := io.ReadAll(io.LimitReader(response.Body, mostTold)) // it is told, and no more
	if response.StatusCode != http.StatusOK {
		d.fault(check, fmt.Sprintf("%s answers %s: %s", address, response.Status, strings.TrimSpace(string(said))),
			"Look into the server's log: its database, queue or disk does not answer.")
		return
	}
	d.ok(check, "%s is ready", address)
}
