package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
)

// The key service speaks AWS's JSON 1.1 protocol: POST / with the operation in a header.
const (
	targetHeader   = "X-Amz-Target"
	targetPrefix   = "TrentService."
	keyServiceType = "application/x-amz-json-1.1"
	kmsService     = "kms:"
	symmetric      = "SYMMETRIC_DEFAULT" // the one algorithm
)

// Limits of KMS, in bytes.
const (
	maxPlaintext  = 4096
	maxCiphertext = 6144
	maxRandom     = 1024
)

// keyRequest has the members of all requests of the key service.
type keyRequest struct {
	KeyId               string
	Plaintext           []byte
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	KeySpec             string
	NumberOfBytes       int
	DryRun              bool
	GrantTokens         []string
	Recipient           json.RawMessage
}

// keyCall runs an operation of the key service for a caller.
type keyCall func(s *Server, caller policy.Caller, in *keyRequest) (any, error)

// keyCalls are the operations by name.
var keyCalls = map[string]keyCall{
	"Encrypt":         (*Server).kmsEncrypt,
	"Decrypt":         (*Server).kmsDecrypt,
	"GenerateDataKey": (*Server).kmsGenerateDataKey,
	"DescribeKey":     (*Server).kmsDescribeKey,
}

// keyActions are the names of the operations in policies.
func keyActions() (actions []string) {
	for _, name := range slices.Sorted(maps.Keys(keyCalls)) {
		actions = append(actions, kmsService+name)
	}
	return actions
}

// keyService answers a request of a KMS client.
func (s *Server) keyService(w *response, r *http.Request) error {
	if r.Method != http.MethodPost || r.Header.Get(targetHeader) == "" {
		return unknownPath(r)
	}
	w.mediaType, w.typed = keyServiceType, true
	return s.authenticated(s.keyOperation)(w, r)
}

// keyOperation answers a request of a KMS client who is known.
func (s *Server) keyOperation(w *response, r *http.Request, from signed) error {
	operation, ours := strings.CutPrefix(r.Header.Get(targetHeader), targetPrefix)
	call, ok := keyCalls[operation]
	if !ok || !ours {
		return &api.Error{Code: api.UnknownOperationException, Status: http.StatusBadRequest,
			Message: fmt.Sprintf("The target %q is not supported; the key service has %s.",
				clip(r.Header.Get(targetHeader)), strings.Join(keyActions(), ", "))}
	}
	w.operation = kmsService + operation
	if err := s.mentioned(from.caller, w.operation); err != nil {
		return keyDenied(err)
	}
	var in keyRequest
	if err := json.Unmarshal(from.body, &in); err != nil {
		return serializationError("", "The request body can not be read: %s.",
			strings.TrimPrefix(err.Error(), "json: "))
	}
	if err := in.check(); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, func(context.Context) (any, error) { return call(s, from.caller, &in) })
}

// check refuses what this key service has not.
func (in *keyRequest) check() error {
	switch {
	case in.EncryptionAlgorithm != "" && in.EncryptionAlgorithm != symmetric:
		return kmsError("InvalidKeyUsageException", "EncryptionAlgorithm %q is not supported; the keys here are %s.",
			in.EncryptionAlgorithm, symmetric)
	case len(in.GrantTokens) > 0:
		return kmsError("InvalidGrantTokenException", "GrantTokens are not supported.")
	case len(in.Recipient) > 0 && string(in.Recipient) != "null":
		return kmsError("UnsupportedOperationException", "Recipient is not supported.")
	}
	return nil
}

func kmsError(code api.ErrorCode, format string, args ...any) error {
	return &api.Error{Code: code, Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// outOfRange is KMS's answer to a member whose length is not allowed.
func outOfRange(member string, n, least, most int) error {
	if n < least {
		return kmsError(api.ValidationException, "1 validation error detected: Value at '%s' failed to satisfy "+
			"constraint: Member must have length greater than or equal to %d", member, least)
	}
	if n > most {
		return kmsError(api.ValidationException, "1 validation error detected: Value at '%s' failed to satisfy "+
			"constraint: Member must have length less than or equal to %d", member, most)
	}
	return nil
}

// key resolves the key of a request and asks whether the caller may use it. A dry run
// ends here.
func (s *Server) key(caller policy.Caller, in *keyRequest, operation string) (arn string, err error) {
	if in.KeyId == "" {
		return "", kmsError(api.ValidationException,
			"1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null")
	}
	if arn, err = s.cfg.Keys.KeyARN(in.KeyId); err != nil {
		return "", err
	}
	return arn, s.mayUse(caller, in, operation, arn)
}

// keyDenied has the status of all errors of KMS.
func keyDenied(err error) error {
	denied := clientError(err)
	denied.Status = http.StatusBadRequest
	return denied
}

func (s *Server) mayUse(caller policy.Caller, in *keyRequest, operation, arn string) error {
	if err := s.authorize(caller, kmsService+operation, arn); err != nil {
		return keyDenied(err)
	}
	if in.DryRun {
		return kmsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
	}
	return nil
}

func (s *Server) kmsEncrypt(caller policy.Caller, in *keyRequest) (any, error) {
	if err := outOfRange("plaintext", len(in.Plaintext), 1, maxPlaintext); err != nil {
		return nil, err
	}
	arn, err := s.key(caller, in, "Encrypt")
	if err != nil {
		return nil, err
	}
	ciphertext, err := s.cfg.Keys.Encrypt(arn, in.Plaintext, in.EncryptionContext)
	return map[string]any{"KeyId": arn, "CiphertextBlob": ciphertext, "EncryptionAlgorithm": symmetric}, err
}

// kmsDecrypt takes the key from the ciphertext; a KeyId must be the same key.
func (s *Server) kmsDecrypt(caller policy.Caller, in *keyRequest) (any, error) {
	if err := outOfRange("ciphertextBlob", len(in.CiphertextBlob), 1, maxCiphertext); err != nil {
		return nil, err
	}
	arn, err := s.cfg.Keys.CiphertextARN(in.CiphertextBlob)
	if err != nil {
		return nil, err
	}
	if in.KeyId != "" {
		named, err := s.cfg.Keys.KeyARN(in.KeyId)
		if err != nil {
			return nil, err
		}
		if named != arn {
			return nil, kmsError("IncorrectKeyException",
				"The key ID in the request does not identify the key that encrypted the ciphertext.")
		}
	}
	if err := s.mayUse(caller, in, "Decrypt", arn); err != nil {
		return nil, err
	}
	plain, err := s.cfg.Keys.Decrypt(in.CiphertextBlob, in.EncryptionContext)
	return map[string]any{"KeyId": arn, "Plaintext": plain, "EncryptionAlgorithm": symmetric}, err
}

func (s *Server) kmsGenerateDataKey(caller policy.Caller, in *keyRequest) (any, error) {
	bytes := in.NumberOfBytes
	switch {
	case in.KeySpec != "" && bytes != 0 || in.KeySpec == "" && bytes == 0:
		return nil, kmsError(api.ValidationException, "Please specify either number of bytes or key spec.")
	case in.KeySpec == "AES_128":
		bytes = 16
	case in.KeySpec == "AES_256":
		bytes = 32
	case in.KeySpec != "":
		return nil, kmsError(api.ValidationException, "1 validation error detected: Value '%s' at 'keySpec' failed "+
			"to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]", clip(in.KeySpec))
	case bytes < 1 || bytes > maxRandom:
		return nil, kmsError(api.ValidationException, "NumberOfBytes %d is not valid: it must be from 1 to %d.",
			bytes, maxRandom)
	}
	arn, err := s.key(caller, in, "GenerateDataKey")
	if err != nil {
		return nil, err
	}
	plain := make([]byte, bytes)
	rand.Read(plain) // never fails
	ciphertext, err := s.cfg.Keys.Encrypt(arn, plain, in.EncryptionContext)
	return map[string]any{"KeyId": arn, "Plaintext": plain, "CiphertextBlob": ciphertext}, err
}

func (s *Server) kmsDescribeKey(caller policy.Caller, in *keyRequest) (any, error) {
	arn, err := s.key(caller, in, "DescribeKey")
	if err != nil {
		return nil, err
	}
	_, id, _ := strings.Cut(arn, ":key/")
	described := map[string]any{"AWSAccountId": s.cfg.Account, "KeyId": id, "Arn": arn, "Enabled": true,
		"Description": "Derived from the installation key", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled",
		"Origin":     "EXTERNAL",
		"KeyManager": "CUSTOMER", "CustomerMasterKeySpec": symmetric, "KeySpec": symmetric,
		"EncryptionAlgorithms": []string{symmetric},
		"MultiRegion":          false}
	if made := s.cfg.Keys.Made(); !made.IsZero() {
		described["CreationDate"] = float64(made.UnixMilli()) / 1000
	}
	return map[string]any{"KeyMetadata": described}, nil
}
