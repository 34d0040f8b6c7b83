package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sys/unix"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore"
	"github.com/reelastic/reelastic/internal/wait"
)

const (
	// partBytes is the length of a part of a multipart upload; what fits into one is
	// put at once. Parts are read from the file as they are sent, so that their
	// length costs no memory.
	partBytes   = 16 << 20
	partsAtOnce = 4
	// maxParts is S3's limit of 10,000, with a margin.
	maxParts = 9_900
	// raceTries is how often a write begins anew because what stood under the key
	// came or went meanwhile, at first after raceDelay, then later and later.
	raceTries = 10
	raceDelay = 20 * time.Millisecond
)

// What is known of how the endpoints treat conditional writes.
const (
	conditionsUnknown = iota
	conditionsHonoured
	conditionsIgnored
)

// proofBytes bounds the object that is written twice, to find out whether the
// second write is refused.
const proofBytes = 64 << 10

// Put makes a local file an object, whole or not at all, and over nothing that opts
// does not allow to be replaced; else it is a [object.Error] with problem
// ObjectExists. Large files are sent as multipart uploads, which are aborted when
// anything fails or ctx ends. An empty content type is taken from the key.
func (st *Store) Put(ctx context.Context, bucket, key, localPath string, opts object.PutOptions) error {
	if err := check(bucket, key, object.BadKey); err != nil {
		return err
	}
	file, size, err := openRegular(localPath)
	if err != nil {
		return fmt.Errorf("put %s into bucket %s: %w", key, bucket, err)
	}
	defer file.Close()
	return st.put(ctx, bucket, key, file, size, opts)
}

// PutContent is [Store.Put] for content that is in no file.
func (st *Store) PutContent(ctx context.Context, bucket, key string, content []byte, opts object.PutOptions) error {
	if err := check(bucket, key, object.BadKey); err != nil {
		return err
	}
	return st.put(ctx, bucket, key, bytes.NewReader(content), int64(len(content)), opts)
}

func (st *Store) put(
	ctx context.Context, bucket, key string, content io.ReaderAt, size int64, opts object.PutOptions,
) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if opts.ContentType == "" {
		opts.ContentType = objstore.ContentType(key, "")
	}
	w := &write{st: st, bucket: bucket, key: key, content: content, size: size, opts: opts, token: rand.Text()}
	for try := 1; ; try++ {
		err = w.once(ctx)
		if !errors.Is(err, errRace) || try == raceTries {
			break
		}
		if wait.For(ctx, time.Duration(try)*raceDelay) != nil {
			break
		}
	}
	if errors.Is(err, errRace) {
		return fmt.Errorf("put %s into bucket %s: %w", key, bucket, err)
	}
	return w.refusal(ctx, err)
}

func openRegular(localPath string) (*os.File, int64, error) {
	file, err := os.OpenFile(localPath, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path.Base(localPath))
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// write is content on its way to its key.
type write struct {
	st          *Store
	bucket, key string
	content     io.ReaderAt
	size        int64
	opts        object.PutOptions
	token       string
	look        bool // at what stands under the key, before writing
	// refused is what the endpoint said to a condition that it may not implement: the
	// next write goes without.
	refused string
}

// condition is what has to be so for a write to succeed; the zero value is nothing.
type condition struct {
	absent bool
	etag   string // of the version that is replaced
}

func (c condition) headers() (ifNoneMatch, ifMatch *string) {
	if c.absent {
		return new("*"), nil
	}
	if c.etag != "" {
		return nil, &c.etag
	}
	return nil, nil
}

// errRace is that what stands under the key has changed since it was looked at.
var errRace = errors.New("the object changes all the time")

// once looks, writes on condition, and judges a refusal.
func (w *write) once(ctx context.Context) error {
	known := w.st.conditions.Load()
	w.look = w.look || known != conditionsHonoured || w.size > partBytes
	when, err := w.condition(ctx)
	if err != nil {
		return err
	}
	sent := when
	if known == conditionsIgnored || w.refused != "" {
		sent = condition{}
	}
	if w.size > partBytes {
		err = w.multipart(ctx, sent)
	} else {
		err = w.single(ctx, sent)
	}
	switch {
	case err == nil && when != sent:
		if w.refused != "" { // and this is not: so it was the condition
			w.st.ignoresConditions(ctx, w.refused)
		}
		return w.verify(ctx)
	case err == nil && known == conditionsUnknown && sent.absent && w.size <= proofBytes:
		return w.prove(ctx, sent)
	case status(err) == http.StatusNotImplemented && sent != condition{}:
		w.refused = says(err)
		return errRace
	case refusedByCondition(err):
		w.look = true
		return w.settle(ctx)
	}
	return err
}

// refusedByCondition reports whether an error is that of a condition that did not hold,
// of a write at the same time (409), or of an upload that is complete already, when the
// answer to the first of two requests was lost.
func refusedByCondition(err error) bool {
	switch status(err) {
	case http.StatusPreconditionFailed:
		return true
	case http.StatusConflict:
		return !slices.Contains(inTheWay, code(err))
	case http.StatusNotFound:
		return code(err) == "NoSuchUpload" || code(err) == "NoSuchKey"
	}
	return false
}

// condition is what may be replaced: nothing, or the version that stands there.
func (w *write) condition(ctx context.Context) (condition, error) {
	if w.opts.Overwrite {
		return condition{}, nil
	}
	if !w.look {
		return condition{absent: true}, nil
	}
	head, err := w.st.head(ctx, w.bucket, w.key)
	if refused, ok := errors.AsType[*object.Error](err); ok &&
		(refused.Problem == object.NoObject || refused.Problem == object.MayNotRead) {
		return condition{absent: true}, nil // who may not look may still write
	}
	if err != nil {
		return condition{}, err
	}
	if !w.opts.MayReplace(head.info.Owner) {
		return condition{}, w.exists(head)
	}
	return condition{etag: head.etag}, nil
}

func (w *write) exists(head headed) error {
	why := "it was not written by a job"
	if head.info.Owner != (object.Owner{}) {
		why = "it was written by " + head.info.Owner.String()
	}
	return problem(object.Exists, w.bucket, w.key, why)
}

// settle tells after a refusal whether the write has come to be all the same.
func (w *write) settle(ctx context.Context) error {
	head, err := w.st.head(ctx, w.bucket, w.key)
	if err == nil && head.write == w.token {
		return nil
	}
	if refused, ok := errors.AsType[*object.Error](err); ok && refused.Problem == object.MayNotRead {
		return problem(object.Exists, w.bucket, w.key, "its owner can't be told")
	} else if ok && refused.Problem != object.NoObject {
		return err
	}
	return errRace
}

// verify looks whether the object is still the one that was written without a
// condition: the last of several writers stays.
func (w *write) verify(ctx context.Context) error {
	head, err := w.st.head(ctx, w.bucket, w.key)
	if err == nil && head.write != w.token {
		return w.exists(head)
	}
	return err
}

// prove writes the object again, which an endpoint that honours conditions refuses.
func (w *write) prove(ctx context.Context, sent condition) error {
	switch err := w.single(ctx, sent); {
	case err == nil:
		w.st.ignoresConditions(ctx, "a second If-None-Match write was not refused")
		return w.verify(ctx)
	case status(err) == http.StatusPreconditionFailed:
		w.st.conditions.CompareAndSwap(conditionsUnknown, conditionsHonoured)
	}
	return nil // the object is there; the proof can wait
}

func (s *Service) ignoresConditions(ctx context.Context, why string) {
	if s.conditions.Swap(conditionsIgnored) != conditionsIgnored {
		s.log.WarnContext(ctx, "the S3 endpoint does not honour conditional writes: of two jobs that write one key "+
			"at the same moment, one may replace the other's object", "why", why)
	}
}

// single puts the whole file with one request.
func (w *write) single(ctx context.Context, when condition) error {
	grants, err := grantHeaders(w.opts.Storage.Grants)
	if err != nil {
		return problem(object.Refused, w.bucket, w.key, err.Error())
	}
	in := &s3.PutObjectInput{
		Bucket: &w.bucket, Key: &w.key, ContentLength: &w.size,
		ContentType: &w.opts.ContentType, Metadata: w.metadata(), StorageClass: storageClass(w.opts.Storage.Class),
		GrantRead: grants.read, GrantReadACP: grants.readACP, GrantWriteACP: grants.writeACP,
		GrantFullControl: grants.full,
	}
	in.ServerSideEncryption, in.SSEKMSKeyId = serverEncryption(w.opts.Storage.Encryption)
	in.IfNoneMatch, in.IfMatch = when.headers()
	_, err = ask(ctx, w.st, w.bucket, func(c *s3.Client) (*s3.PutObjectOutput, error) {
		in.Body = section(w.content, 0, w.size) // from its beginning also when it is asked again
		return c.PutObject(ctx, in)
	})
	return err
}

func (w *write) metadata() map[string]string {
	metadata := map[string]string{ownerMeta: w.opts.Owner.String(), writeMeta: w.token}
	if w.opts.Vector != "" {
		metadata[vectorMeta] = w.opts.Vector
	}
	return metadata
}

// refusal is [Store.refusal] for a write, which may fail for its KMS key too.
func (w *write) refusal(ctx context.Context, err error) error {
	region := keyRegion(w.opts.Storage.Encryption.KeyARN)
	if s := status(err); s >= 400 && s < 500 && speaksOfKMS(err) && region != "" &&
		region != w.st.place(w.bucket).Region {
		return problem(object.KeyElsewhere, w.bucket, w.key, says(err))
	}
	if _, ok := errors.AsType[*object.Error](err); ok {
		return err
	}
	return w.st.refusal(ctx, err, object.MayNotWrite, w.bucket, w.key)
}
