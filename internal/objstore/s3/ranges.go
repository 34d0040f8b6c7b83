package s3

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/reelastic/reelastic/internal/object"
)

// Ranges opens an object to be read in parts, all of the version that it has now.
func (st *Store) Ranges(ctx context.Context, bucket, key string) (object.Ranges, error) {
	head, err := st.head(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	return &ranges{store: st, bucket: bucket, key: key, head: head}, nil
}

type ranges struct {
	store       *Store
	bucket, key string
	head        headed
}

func (r *ranges) Info() object.Info { return r.head.info }

func (r *ranges) Read(ctx context.Context, to io.WriterAt, offset, length int64) error {
	err := r.store.read(ctx, r.bucket, r.key, r.head.etag, to, piece{offset: offset, length: length})
	if status(err) == http.StatusPreconditionFailed {
		return fmt.Errorf("key %s in bucket %s: the object was replaced while it was read", r.key, r.bucket)
	}
	return r.store.refusal(ctx, err, object.MayNotRead, r.bucket, r.key)
}
