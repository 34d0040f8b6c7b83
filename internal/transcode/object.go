package transcode

import (
	"fmt"
	"time"
)

// ObjectInfo is what a store knows of an object.
type ObjectInfo struct {
	Key         string
	SizeBytes   int64
	ContentType string
	// Owner is "<job id>/<attempt>" of the attempt that wrote it; "" for objects
	// that came from elsewhere.
	Owner    string
	Modified time.Time
}

// PutOptions say how an object is published.
type PutOptions struct {
	ContentType string
	// Owner is "<job id>/<attempt>".
	Owner string
	// ReplaceJob is the id of the job whose earlier attempts' objects may be
	// replaced; "" for none.
	ReplaceJob string
	// Overwrite lets any object be replaced.
	Overwrite bool
}

// ObjectProblem is why a store refused.
type ObjectProblem string

// The problems that callers tell apart.
const (
	NoBucket     ObjectProblem = "the bucket does not exist"
	NoObject     ObjectProblem = "the object does not exist"
	ObjectExists ObjectProblem = "an object by that name already exists"
	BadKey       ObjectProblem = "the key can't be stored"
	MayNotRead   ObjectProblem = "the object may not be read"
	MayNotWrite  ObjectProblem = "the object may not be written"
)

// ObjectError is a refusal of an object store.
type ObjectError struct {
	Problem ObjectProblem
	Object  ObjectKey
	// Why adds what the store knows, "" for nothing.
	Why string
}

func (e *ObjectError) Error() string {
	text := fmt.Sprintf("%s: bucket=%s, key=%s", e.Problem, e.Object.Bucket, e.Object.Key)
	if e.Why != "" {
		text += ": " + e.Why
	}
	return text
}

// Failure is the refusal as the client reads it (3001 to 3005, 3000).
func (e *ObjectError) Failure() *Failure {
	switch e.Problem {
	case NoBucket:
		return BucketMissing(e.Object.Bucket)
	case NoObject:
		return InputMissing(e.Object)
	case ObjectExists:
		return OutputExists(e.Object)
	case MayNotRead:
		return ReadDenied(e.Object, e.Why)
	case MayNotWrite:
		return WriteDenied(e.Object, e.Why)
	}
	return StorageFailed(e.Object, e.Why)
}
