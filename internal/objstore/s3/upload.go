package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/reelastic/reelastic/internal/object"
)

// abortWithin bounds the abort of an upload whose context has ended.
const abortWithin = 30 * time.Second

func section(content io.ReaderAt, offset, length int64) io.ReadSeeker {
	return io.NewSectionReader(content, offset, length)
}

// multipart sends the file in parts and completes the upload, or aborts it. An
// upload that is aborted stays remembered for the sweep: a part that was on its way
// may arrive after the abort, and S3 then keeps it.
func (w *write) multipart(ctx context.Context, when condition) (err error) {
	id, err := w.create(ctx)
	if err != nil {
		return err
	}
	upload := object.Upload{ID: id, Role: w.st.role, Object: object.Key{Bucket: w.bucket, Key: w.key},
		Owner: w.opts.Owner, TaskID: w.opts.TaskID}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortWithin)
		defer cancel()
		if err != nil {
			err = errors.Join(err, w.st.abort(end, upload))
		} else if gone := w.st.uploads.EndUpload(end, id); gone != nil {
			w.st.log.WarnContext(ctx, "forget a completed upload", "key", w.key, "err", gone)
		}
	}()
	if err := w.st.uploads.BeginUpload(ctx, upload); err != nil {
		return err
	}
	var mu sync.Mutex
	var done []types.CompletedPart
	length := max(partBytes, w.size/maxParts+1)
	err = pieces(ctx, w.size, length, partsAtOnce, func(ctx context.Context, p piece) error {
		part, err := w.part(ctx, id, p)
		mu.Lock()
		defer mu.Unlock()
		done = append(done, part)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(done, func(a, b types.CompletedPart) int { return int(*a.PartNumber - *b.PartNumber) })
	in := &s3.CompleteMultipartUploadInput{Bucket: &w.bucket, Key: &w.key, UploadId: &id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done}}
	in.IfNoneMatch, in.IfMatch = when.headers()
	_, err = ask(ctx, w.st, w.bucket, func(c *s3.Client) (*s3.CompleteMultipartUploadOutput, error) {
		return c.CompleteMultipartUpload(ctx, in)
	})
	return err
}

func (w *write) create(ctx context.Context) (string, error) {
	grants, err := grantHeaders(w.opts.Storage.Grants)
	if err != nil {
		return "", problem(object.Refused, w.bucket, w.key, err.Error())
	}
	in := &s3.CreateMultipartUploadInput{
		Bucket: &w.bucket, Key: &w.key, ContentType: &w.opts.ContentType, Metadata: w.metadata(),
		StorageClass: storageClass(w.opts.Storage.Class), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		GrantRead: grants.read, GrantReadACP: grants.readACP, GrantWriteACP: grants.writeACP,
		GrantFullControl: grants.full,
	}
	in.ServerSideEncryption, in.SSEKMSKeyId = serverEncryption(w.opts.Storage.Encryption)
	out, err := ask(ctx, w.st, w.bucket, func(c *s3.Client) (*s3.CreateMultipartUploadOutput, error) {
		return c.CreateMultipartUpload(ctx, in)
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.UploadId), nil
}

// part sends one part. S3 checks its CRC-32 on arrival.
func (w *write) part(ctx context.Context, id string, p piece) (types.CompletedPart, error) {
	out, err := ask(ctx, w.st, w.bucket, func(c *s3.Client) (*s3.UploadPartOutput, error) {
		return c.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &w.bucket, Key: &w.key, UploadId: &id, PartNumber: &p.number, ContentLength: &p.length,
			Body: section(w.content, p.offset, p.length), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		})
	})
	if err != nil {
		return types.CompletedPart{PartNumber: &p.number}, err
	}
	return types.CompletedPart{PartNumber: &p.number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32}, nil
}

// abort ends an upload. One that is not there any more is no error.
func (st *Store) abort(ctx context.Context, u object.Upload) error {
	_, err := ask(ctx, st, u.Object.Bucket, func(c *s3.Client) (*s3.AbortMultipartUploadOutput, error) {
		return c.AbortMultipartUpload(ctx,
			&s3.AbortMultipartUploadInput{Bucket: &u.Object.Bucket, Key: &u.Object.Key, UploadId: &u.ID})
	})
	if c := code(err); err != nil && c != "NoSuchUpload" && c != "NoSuchBucket" {
		return fmt.Errorf("abort the upload of key %s to bucket %s: %w", u.Object.Key, u.Object.Bucket, err)
	}
	return nil
}

// Sweep aborts the uploads that attempts left which do not run any more. It may be
// called at any time, in several processes.
func (s *Service) Sweep(ctx context.Context) error {
	left, err := s.uploads.AbandonedUploads(ctx)
	if err != nil {
		return fmt.Errorf("sweep uploads: %w", err)
	}
	var failed []error
	for _, u := range left {
		err := s.For(u.Role).abort(ctx, u)
		if err == nil {
			err = s.uploads.EndUpload(ctx, u.ID)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		s.log.InfoContext(ctx, "aborted an upload that was left", "bucket", u.Object.Bucket, "key", u.Object.Key,
			"owner", u.Owner)
	}
	return errors.Join(failed...)
}
