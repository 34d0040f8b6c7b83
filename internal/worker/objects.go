package worker

import (
	"context"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/object"
)

// Storage gives the store of objects as a role reaches it: a pipeline's, which is
// "" for none. The store may still find that the role can't be assumed, and then
// returns a [*transcode.Failure].
type Storage func(role string) Objects

// Objects is the store of inputs and outputs. Its refusals are
// [*object.Error].
type Objects interface {
	job.Objects
	// Check finds out whether the store can be reached and knows the credentials: if not, the
	// error wraps [object.ErrUnusable].
	Check(context.Context) error
	// BucketExists reports whether objects can be put into the bucket.
	BucketExists(ctx context.Context, bucket string) (bool, error)
	// Put makes a local file an object, whole or not at all, and never over an
	// object that the options do not let it replace (ObjectExists). The file may
	// become the object itself: it must not be written any more.
	Put(ctx context.Context, bucket, key, path string, opts object.PutOptions) error
	// PutContent is Put for content that is in no file, such as keys: it passes
	// through no other than the object's.
	PutContent(ctx context.Context, bucket, key string, content []byte, opts object.PutOptions) error
	// Delete removes an object; one that does not exist is no error.
	Delete(ctx context.Context, bucket, key string) error
	// ContentType is the type for a key, or for the container of a key without extension.
	ContentType(key, container string) string
}

// KeyService gives the keys of files as a role reaches them: a pipeline's, which is ""
// for none.
type KeyService func(role string) job.Keys
