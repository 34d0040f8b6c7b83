package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// bucketName is the API model's BucketName; S3 has no names that begin with a dot.
var bucketName = regexp.MustCompile(`^[\w-][\w.-]{0,254}$`)

// maxKeyBytes is the S3 limit for a key in UTF-8.
const maxKeyBytes = 1024

func problem(p object.Problem, bucket, key, why string) *object.Error {
	return &object.Error{Problem: p, Object: object.Key{Bucket: bucket, Key: key}, Why: why}
}

// check refuses names that S3 does not have; a bad key is the given problem.
func check(bucket, key string, bad object.Problem) error {
	switch {
	case !bucketName.MatchString(bucket):
		return problem(object.NoBucket, bucket, key, "")
	case key == "":
		return problem(bad, bucket, key, "The key is empty.")
	case len(key) > maxKeyBytes:
		return problem(bad, bucket, key, "The key is longer than 1024 bytes.")
	case !utf8.ValidString(key) || strings.Contains(key, "\x00"):
		return problem(bad, bucket, key, "The key is not text in UTF-8.")
	}
	return nil
}

// status is the HTTP status of an answer that was an error; 0 for anything else.
func status(err error) int {
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return answer.HTTPStatusCode()
	}
	return 0
}

// code is S3's word for an error; "" for none.
func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// inTheWay are the words of stores that keep objects in folders for a key that would
// be a file and a folder at once. They come as conflicts, which S3 has others of: two
// writes at the same time.
var inTheWay = []string{"ObjectParentIsFile", "ExistingObjectIsDirectory", "XMinioParentIsObject",
	"XMinioObjectExistsAsDirectory"}

// says is S3's reason as a sentence.
func says(err error) string {
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fmt.Sprintf("S3 says: status %d.", status(err))
	}
	text := strings.TrimRight(e.ErrorMessage(), ". ")
	if text == "" || text == e.ErrorCode() {
		return "S3 says: " + e.ErrorCode() + "."
	}
	return "S3 says: " + e.ErrorCode() + ": " + text + "."
}

// refusal makes what the client has to mend of an error; denied is what a missing
// permission is. Other errors, which another attempt may cure, gain context.
func (st *Store) refusal(ctx context.Context, err error, denied object.Problem, bucket, key string) error {
	if err == nil || transcode.AsFailure(err) != nil {
		return err
	}
	refuse := func(p object.Problem) error { return problem(p, bucket, key, says(err)) }
	switch c, s := code(err), status(err); {
	case ctx.Err() != nil:
	case c == "NoSuchBucket" || c == "InvalidBucketName":
		return problem(object.NoBucket, bucket, key, "")
	case s == http.StatusNotFound && c != "NoSuchUpload":
		return st.absent(ctx, bucket, key)
	case c == "KeyTooLongError" || c == "KeyTooLong" || slices.Contains(inTheWay, c):
		return refuse(object.BadKey)
	case s == http.StatusForbidden:
		if err := st.unknown(ctx, err, bucket); err != nil {
			return err
		}
		return refuse(denied)
	case s == http.StatusRequestTimeout || s == http.StatusConflict || s == http.StatusTooManyRequests ||
		c == "RequestTimeout":
	case s >= 400 && s < 500, s == http.StatusNotImplemented: // which it is the next time, too
		return refuse(object.Refused)
	}
	return fmt.Errorf("key %s in bucket %s: %w", key, bucket, err)
}

// Check finds out whether S3 can be reached and knows the credentials: if not, the error wraps
// [object.ErrUnusable]. What they are allowed is not looked at.
func (st *Store) Check(ctx context.Context) error {
	const tries = 2
	_, err := st.client("").ListBuckets(ctx, &s3.ListBucketsInput{}, func(o *s3.Options) { o.RetryMaxAttempts = tries })
	switch {
	case err == nil, ctx.Err() != nil, transcode.AsFailure(err) != nil, errors.Is(err, object.ErrUnusable):
		return err
	case object.UnknownKey(code(err)):
		return fmt.Errorf("%w: %s", object.ErrUnusable, says(err))
	case status(err) == 0, status(err) >= 500 && status(err) != http.StatusNotImplemented:
		return fmt.Errorf("%w: %w", object.ErrUnusable, err)
	}
	return nil
}

// unknown is an error where S3 refuses a request since it does not know the credentials. The
// answer to a HEAD request does not say: another one is asked then.
func (st *Store) unknown(ctx context.Context, err error, bucket string) error {
	c := code(err)
	if !object.UnknownKey(c) && c != "" && c != http.StatusText(http.StatusForbidden) {
		return nil
	}
	if !object.UnknownKey(c) {
		_, asked := st.client(bucket).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(0)})
		if !object.UnknownKey(code(asked)) {
			return nil
		}
		err = asked
	}
	return fmt.Errorf("%w: %s", object.ErrUnusable, says(err))
}

// absent tells of an object that is not there whether its bucket is.
func (st *Store) absent(ctx context.Context, bucket, key string) error {
	ok, err := st.BucketExists(ctx, bucket)
	switch {
	case err != nil:
		return err
	case !ok:
		return problem(object.NoBucket, bucket, key, "")
	}
	return problem(object.NoObject, bucket, key, "")
}
