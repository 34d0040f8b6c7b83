package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/wait"
)

const (
	rangeBytes   = 16 << 20 // of one ranged read
	rangesAtOnce = 4
	copyBytes    = 32 << 10
	// rangeTries is how often a range goes on where a broken read has ended, and
	// stallAfter how long a read may bring nothing.
	rangeTries = 10
	stallAfter = time.Minute
	// changeTries is how often a fetch begins anew because the object is another.
	changeTries = 10
)

// Links is false: what is fetched is a copy.
func (*Store) Links(string) bool { return false }

// Fetch makes an object the file localPath, which must not exist yet, by several
// ranged reads at the same time. All are of one version of the object. After an
// error there is no file.
func (st *Store) Fetch(ctx context.Context, bucket, key, localPath string) (info object.Info, err error) {
	for try := range changeTries {
		if err := wait.For(ctx, time.Duration(try)*raceDelay); err != nil {
			return object.Info{}, err
		}
		head, err := st.head(ctx, bucket, key)
		if err != nil {
			return object.Info{}, err
		}
		err = st.download(ctx, bucket, key, head, localPath)
		if err == nil {
			return head.info, nil
		}
		if status(err) != http.StatusPreconditionFailed {
			return object.Info{}, st.refusal(ctx, err, object.MayNotRead, bucket, key)
		}
	}
	return object.Info{}, fmt.Errorf("key %s in bucket %s: the object changes while it is read", key, bucket)
}

func (st *Store) download(ctx context.Context, bucket, key string, head headed, localPath string) (err error) {
	file, err := os.OpenFile(localPath, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(localPath))
		}
	}()
	size := head.info.SizeBytes
	return pieces(ctx, size, rangeBytes, rangesAtOnce, func(ctx context.Context, p piece) error {
		return st.read(ctx, bucket, key, head.etag, file, p)
	})
}

// read brings one range into the file, and goes on where a read breaks.
func (st *Store) read(ctx context.Context, bucket, key, etag string, file io.WriterAt, p piece) error {
	for try, end := 1, p.offset+p.length; ; try++ {
		n, err := st.readOnce(ctx, bucket, key, etag, io.NewOffsetWriter(file, p.offset), p.offset, end-1)
		p.offset += n
		switch {
		case p.offset == end:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case status(err) != 0 && n == 0, errors.Is(err, os.ErrClosed), transcode.AsFailure(err) != nil:
			return err // the endpoint has been asked often enough
		case n > 0:
			try = 0
		case try == rangeTries:
			return fmt.Errorf("bytes %d-%d: %w", p.offset, end-1, err)
		}
	}
}

func (st *Store) readOnce(
	ctx context.Context, bucket, key, etag string, to io.Writer, first, last int64,
) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(answerWithin+stallAfter, func() { cancel(errors.New("the read has stalled")) })
	defer stalled.Stop()
	span := fmt.Sprintf("bytes=%d-%d", first, last)
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key, Range: &span}
	if etag != "" {
		in.IfMatch = &etag
	}
	out, err := ask(ctx, st, bucket, func(c *s3.Client) (*s3.GetObjectOutput, error) { return c.GetObject(ctx, in) })
	if err != nil {
		return 0, err
	}
	defer out.Body.Close()
	n, err := io.CopyBuffer(to, io.LimitReader(lively{out.Body, stalled}, last-first+1), make([]byte, copyBytes))
	if err == nil && n <= last-first {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// lively is a reader that puts off a timer as long as it brings something.
type lively struct {
	io.Reader
	stalled *time.Timer
}

func (r lively) Read(b []byte) (int, error) {
	r.stalled.Reset(stallAfter)
	return r.Reader.Read(b)
}
