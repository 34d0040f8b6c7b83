package v1

import (
	"encoding/json"
	"time"
)

// Credential is an access key of a caller.
type Credential struct {
	// Name is the caller's; one caller may have several access keys.
	Name        string `json:"name"`
	ARN         string `json:"arn"`
	AccessKeyID string `json:"accessKeyId"`
	// SecretAccessKey is told once, when the key is made.
	SecretAccessKey string `json:"secretAccessKey,omitempty"`
	// Policy is a document in the form of IAM.
	Policy json.RawMessage `json:"policy"`
	// Created is null where it is not known.
	Created *time.Time `json:"created"`
	// Until is when the key ends; null for no end.
	Until *time.Time `json:"until"`
}

// CreateCredentialRequest asks for a caller with an access key (POST /v1/credentials).
type CreateCredentialRequest struct {
	Name string `json:"name"`
	// Policy may be left out: the caller may then read presets, and nothing else.
	Policy json.RawMessage `json:"policy,omitempty"`
	// Until is when the key ends; it may be left out.
	Until *time.Time `json:"until,omitempty"`
}

// CreateCredentialResponse has the key with its secret.
type CreateCredentialResponse struct {
	Credential Credential `json:"credential"`
}

// ListCredentialsResponse has all access keys, without secrets (GET /v1/credentials).
type ListCredentialsResponse struct {
	Credentials []Credential `json:"credentials"`
}

// RotateCredentialRequest asks for a new access key in place of one
// (POST /v1/credentials/{id}/rotate, with an access key, or the name of a caller who has one).
type RotateCredentialRequest struct {
	// GraceSeconds is how long the old key stays valid, 0 to 2592000 (30 days).
	GraceSeconds int64 `json:"graceSeconds"`
	// Until is when the new key ends. Left out, it is when the old one was to end.
	Until *time.Time `json:"until,omitempty"`
}

// RotateCredentialResponse has the new key with its secret, and the old one.
type RotateCredentialResponse struct {
	Credential Credential `json:"credential"`
	Replaced   Credential `json:"replaced"`
}

// RevokeCredentialResponse has the access keys that have ended
// (DELETE /v1/credentials/{id}, with an access key, or the name of a caller).
type RevokeCredentialResponse struct {
	Revoked []Credential `json:"revoked"`
}
