package object

import (
	"fmt"
	"time"
)

// Info is what a store knows of an object.
type Info struct {
	Key         string
	SizeBytes   int64
	ContentType string
	// Owner is the attempt that wrote it.
	Owner    Owner
	Modified time.Time
	// Vector is the initialization vector that the service has encrypted the object with,
	// in base64; "" for none.
	Vector string
	// Storage is how the object is kept. What it says of grants is known of folders
	// only: S3 keeps them apart.
	Storage Storage
}

// Storage is how a store keeps an object, beside its bytes.
type Storage struct {
	// Class is Standard or ReducedRedundancy; "" is the store's own choice.
	Class string `json:"class,omitempty"`
	// Grants are who may do what with the object. With none it is private to the
	// account of the role; with some, they are all there is (original.md 2.1).
	Grants []Grant `json:"grants,omitempty"`
	// Encryption is what the store does at rest.
	Encryption Encryption `json:"encryption,omitzero"`
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

// Encryption is encryption by the store itself; the zero value leaves it to
// the settings of the bucket.
type Encryption struct {
	// Mode is s3 or s3-aws-kms.
	Mode string `json:"mode,omitempty"`
	// KeyARN names the KMS key of s3-aws-kms; "" is the store's own.
	KeyARN string `json:"key,omitempty"`
}

// PutOptions say how an object is published.
type PutOptions struct {
	ContentType string
	// Owner is the attempt that writes, TaskID the task that it is an attempt at.
	Owner  Owner
	TaskID string
	// ReplaceJob is the id of the job whose earlier attempts' objects may be
	// replaced; "" for none.
	ReplaceJob string
	// ReplaceRetried are the ids of the jobs that the writing job retries, whose objects
	// may be replaced, too.
	ReplaceRetried []string
	// Overwrite lets any object be replaced.
	Overwrite bool
	// Vector is the object's own initialization vector, in base64; "" for none.
	Vector  string
	Storage Storage
}

// Problem is why a store refused.
type Problem string

// The problems that callers tell apart.
const (
	NoBucket     Problem = "the bucket does not exist"
	NoObject     Problem = "the object does not exist"
	Exists       Problem = "an object by that name already exists"
	BadKey       Problem = "the key can't be stored"
	MayNotRead   Problem = "the object may not be read"
	MayNotWrite  Problem = "the object may not be written"
	NoRoom       Problem = "the disk of the storage is full"
	KeyElsewhere Problem = "the KMS key is not in the region of the bucket"
	Refused      Problem = "the storage refused"
)

// Error is a refusal of an object store.
type Error struct {
	Problem Problem
	Object  Key
	// Why adds what the store knows, "" for nothing.
	Why string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: bucket=%s, key=%s", e.Problem, e.Object.Bucket, e.Object.Key)
	if e.Why != "" {
		text += ": " + e.Why
	}
	return text
}

// Upload is a multipart upload that has begun.
type Upload struct {
	// ID is the store's name for it.
	ID string
	// Role is the pipeline's, with which it was begun.
	Role   string
	Object Key
	// Owner is the attempt that began it, TaskID the task that it was an attempt at.
	Owner  Owner
	TaskID string
}
