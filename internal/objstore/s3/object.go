package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Metadata of the objects that jobs write (x-amz-meta-...).
const (
	ownerMeta = "reelastic-owner"
	// writeMeta is different for each Put, which knows by it whether a write whose
	// answer was lost has come to be.
	writeMeta = "reelastic-write"
	// vectorMeta is the initialization vector of an object that the service has encrypted.
	vectorMeta = "reelastic-initialization-vector"
)

// BucketExists reports whether a bucket exists, be it accessible or not: whether it
// is, the objects tell.
func (st *Store) BucketExists(ctx context.Context, bucket string) (bool, error) {
	if !bucketName.MatchString(bucket) {
		return false, nil
	}
	_, err := st.headBucket(ctx, bucket)
	switch status(err) {
	case http.StatusNotFound, http.StatusBadRequest: // a name that no bucket has
		return false, nil
	case http.StatusForbidden:
		if err := st.unknown(ctx, err, bucket); err != nil {
			return false, err
		}
		return true, nil
	}
	return err == nil, err
}

func (st *Store) headBucket(ctx context.Context, bucket string) (*s3.HeadBucketOutput, error) {
	out, err := ask(ctx, st, bucket, func(c *s3.Client) (*s3.HeadBucketOutput, error) {
		return c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	})
	if err != nil && transcode.AsFailure(err) == nil {
		err = fmt.Errorf("bucket %s: %w", bucket, err)
	}
	return out, err
}

// BucketReadable reports whether a bucket exists and the role may list it.
func (st *Store) BucketReadable(ctx context.Context, bucket string) (bool, error) {
	if !bucketName.MatchString(bucket) {
		return false, nil
	}
	_, err := st.headBucket(ctx, bucket)
	if s := status(err); s >= 400 && s < 500 {
		return false, nil
	}
	return err == nil, err
}

// Region is where a bucket is, as S3 tells it or the configuration says.
func (st *Store) Region(ctx context.Context, bucket string) (string, error) {
	if place, ok := st.cfg.Buckets[bucket]; ok && place.Region != "" {
		return place.Region, nil
	}
	out, err := st.headBucket(ctx, bucket)
	if err != nil {
		return "", st.refusal(ctx, err, object.MayNotRead, bucket, "")
	}
	if place := st.place(bucket); place.Endpoint == "" {
		return cmp.Or(aws.ToString(out.BucketRegion), place.Region), nil
	}
	return aws.ToString(out.BucketRegion), nil // "" from an endpoint that knows no regions
}

// Stat describes an object, but for its grants.
func (st *Store) Stat(ctx context.Context, bucket, key string) (object.Info, error) {
	head, err := st.head(ctx, bucket, key)
	return head.info, err
}

// headed is what a HEAD request tells.
type headed struct {
	info        object.Info
	etag, write string
}

func (st *Store) head(ctx context.Context, bucket, key string) (headed, error) {
	if err := check(bucket, key, object.NoObject); err != nil {
		return headed{}, err
	}
	out, err := ask(ctx, st, bucket, func(c *s3.Client) (*s3.HeadObjectOutput, error) {
		return c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	})
	if err != nil {
		return headed{}, st.refusal(ctx, err, object.MayNotRead, bucket, key)
	}
	return headed{
		info: object.Info{
			Key: key, SizeBytes: aws.ToInt64(out.ContentLength), ContentType: aws.ToString(out.ContentType),
			Owner: object.ParseOwner(out.Metadata[ownerMeta]), Modified: aws.ToTime(out.LastModified),
			Vector:  out.Metadata[vectorMeta],
			Storage: object.Storage{Class: className(out.StorageClass), Encryption: encryptionOf(out)},
		},
		etag: aws.ToString(out.ETag), write: out.Metadata[writeMeta],
	}, nil
}

func className(c types.StorageClass) string {
	switch c {
	case types.StorageClassStandard, "": // S3 leaves it out
		return standardClass
	case types.StorageClassReducedRedundancy:
		return reducedClass
	}
	return string(c)
}

func encryptionOf(out *s3.HeadObjectOutput) object.Encryption {
	switch out.ServerSideEncryption {
	case types.ServerSideEncryptionAes256:
		return object.Encryption{Mode: byS3}
	case types.ServerSideEncryptionAwsKms:
		return object.Encryption{Mode: byKMS, KeyARN: aws.ToString(out.SSEKMSKeyId)}
	}
	return object.Encryption{}
}

// Exists returns the first of the keys under which an object stands, or nil.
func (st *Store) Exists(ctx context.Context, bucket string, keys ...string) (*object.Info, error) {
	for _, key := range keys {
		info, err := st.Stat(ctx, bucket, key)
		switch refused, ok := errors.AsType[*object.Error](err); {
		case err == nil:
			return &info, nil
		case ok && refused.Problem == object.NoBucket:
			return nil, problem(object.NoBucket, bucket, "", "")
		case !ok || refused.Problem != object.NoObject:
			return nil, err
		}
	}
	return nil, nil
}

// Delete removes an object. One that does not exist is no error.
func (st *Store) Delete(ctx context.Context, bucket, key string) error {
	if err := check(bucket, key, object.NoObject); err != nil {
		return err
	}
	_, err := ask(ctx, st, bucket, func(c *s3.Client) (*s3.DeleteObjectOutput, error) {
		return c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	})
	err = st.refusal(ctx, err, object.MayNotWrite, bucket, key)
	if refused, ok := errors.AsType[*object.Error](err); ok && refused.Problem == object.NoObject {
		return nil
	}
	return err
}

// List returns the objects whose key begins with prefix, sorted by key. A listing
// tells key, size and time only.
func (st *Store) List(ctx context.Context, bucket, prefix string) (found []object.Info, err error) {
	if !bucketName.MatchString(bucket) {
		return nil, problem(object.NoBucket, bucket, "", "")
	}
	in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, EncodingType: types.EncodingTypeUrl}
	for {
		out, err := ask(ctx, st, bucket,
			func(c *s3.Client) (*s3.ListObjectsV2Output, error) { return c.ListObjectsV2(ctx, in) })
		if err != nil {
			return nil, st.refusal(ctx, err, object.MayNotRead, bucket, "")
		}
		for _, o := range out.Contents {
			key, err := listedKey(out.EncodingType, aws.ToString(o.Key))
			if err != nil {
				return nil, fmt.Errorf("list bucket %s: %w", bucket, err)
			}
			if strings.HasPrefix(key, prefix) {
				found = append(found,
					object.Info{Key: key, SizeBytes: aws.ToInt64(o.Size), Modified: aws.ToTime(o.LastModified)})
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return found, nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// listedKey undoes the encoding that an endpoint may have been able to do.
func listedKey(encoding types.EncodingType, key string) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return key, nil
	}
	return url.QueryUnescape(key)
}

// ContentType returns the media type for a key, see [objstore.ContentType].
func (s *Service) ContentType(key, container string) string {
	return objstore.ContentType(key, container)
}
