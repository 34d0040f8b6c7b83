package transcode

import (
	"fmt"
	"slices"
	"time"

	"github.com/reelastic/reelastic/api"
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
	// Storage is how the object is kept. What it says of grants is known of folders
	// only: S3 keeps them apart.
	Storage ObjectStorage
}

// ObjectStorage is how a store keeps an object, beside its bytes.
type ObjectStorage struct {
	// Class is Standard or ReducedRedundancy; "" is the store's own choice.
	Class string `json:"class,omitempty"`
	// Grants are who may do what with the object. With none it is private to the
	// account of the role; with some, they are all there is (behaviour 2.1).
	Grants []Grant `json:"grants,omitempty"`
	// Encryption is what the store does at rest.
	Encryption StoreEncryption `json:"encryption,omitzero"`
}

// Grant gives rights to an object, in the API's words.
type Grant struct {
	// Type is Canonical, Email or Group.
	Type string `json:"type"`
	// Grantee is the id, address or name (AllUsers, AuthenticatedUsers, LogDelivery).
	Grantee string `json:"grantee"`
	// Access are of Read, ReadAcp, WriteAcp and FullControl.
	Access []string `json:"access"`
}

// StoreEncryption is encryption by the store itself; the zero value leaves it to
// the settings of the bucket.
type StoreEncryption struct {
	// Mode is s3 or s3-aws-kms.
	Mode string `json:"mode,omitempty"`
	// KeyARN names the KMS key of s3-aws-kms; "" is the store's own.
	KeyARN string `json:"key,omitempty"`
}

// StorageOf is how a pipeline wants the objects of one of its configs kept, which
// says nothing of encryption.
func StorageOf(c *api.PipelineOutputConfig) ObjectStorage {
	s := ObjectStorage{Class: text(c.StorageClass)}
	for _, p := range c.Permissions {
		s.Grants = append(s.Grants, Grant{Type: text(p.GranteeType), Grantee: text(p.Grantee), Access: slices.Clone(p.Access)})
	}
	return s
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
	Storage   ObjectStorage
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
	KeyElsewhere ObjectProblem = "the KMS key is not in the region of the bucket"
	Refused      ObjectProblem = "the storage refused"
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

// Failure is the refusal as the client reads it (3000 to 3006).
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
	case KeyElsewhere:
		return KeyNotInRegion(e.Object, e.Why)
	}
	return StorageFailed(e.Object, e.Why)
}

// Upload is a multipart upload that has begun.
type Upload struct {
	// ID is the store's name for it.
	ID string
	// Role is the pipeline's, with which it was begun.
	Role   string
	Object ObjectKey
	// Owner is "<job id>/<attempt>".
	Owner string
}
