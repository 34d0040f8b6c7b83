package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/transcode"
)

// userResource is the ARN of the caller who is named in a request's path, or whose
// access key is.
func (s *Server) userResource(r *http.Request) ([]string, error) {
	_, caller, err := s.callers.Caller(r.Context(), r.PathValue("id"))
	switch {
	case err == nil, errors.Is(err, transcode.ErrExpired):
		return []string{s.userARN(caller.Name)}, nil
	case errors.Is(err, transcode.ErrNotFound):
		return []string{s.userARN(r.PathValue("id"))}, nil
	}
	return nil, err
}

// maxGrace is the longest that a rotated access key may stay valid.
const maxGrace = 30 * 24 * time.Hour

func (s *Server) shown(k policy.Key) (v1.Credential, error) {
	document, err := marshal(k.Caller.Policy)
	return v1.Credential{
		Name: k.Caller.Name, ARN: s.userARN(k.Caller.Name), AccessKeyID: k.AccessKeyID, Policy: document,
		Created: known(k.Created), Until: known(k.Until),
	}, err
}

// known is nil for the zero time.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// createCredential answers POST /v1/credentials: a new caller with a policy, which is
// to read presets when there is none.
func (s *Server) createCredential(w *response, r *http.Request, from signed) error {
	var in v1.CreateCredentialRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return err
	}
	caller := policy.Caller{Name: in.Name, Policy: policy.Presets()}
	if len(in.Policy) > 0 && string(in.Policy) != "null" {
		var err error
		if caller.Policy, err = s.readPolicy(in.Policy); err != nil {
			return err
		}
	}
	until, err := s.end(in.Until)
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusCreated, func(ctx context.Context) (any, error) {
		made, err := s.callers.CreateCaller(ctx, caller, until)
		if err != nil {
			return nil, err
		}
		s.cfg.Log.InfoContext(ctx, "credential created", "caller", caller.Name, "access_key", made.AccessKeyID,
			"by", from.caller.Name)
		c, err := s.shown(policy.Key{AccessKeyID: made.AccessKeyID, Caller: caller, Created: s.cfg.Now(),
			Until: until})
		c.SecretAccessKey = made.SecretAccessKey
		return v1.CreateCredentialResponse{Credential: c}, err
	})
}

// end reads when an access key is to end; zero is never.
func (s *Server) end(until *time.Time) (time.Time, error) {
	if until == nil {
		return time.Time{}, nil
	}
	if now := s.cfg.Now(); !until.After(now) {
		return time.Time{}, transcode.Errorf(api.ValidationException,
			"until %s is not valid: it must be after now, %s.", until.UTC().Format(time.RFC3339),
			now.UTC().Format(time.RFC3339))
	}
	return until.Truncate(time.Millisecond), nil
}

// readPolicy reads a policy and refuses actions that do not exist.
func (s *Server) readPolicy(text []byte) (policy.Policy, error) {
	p, err := policy.Parse(text)
	if err != nil {
		return p, transcode.Errorf(api.ValidationException, "policy is not valid: %s.", err)
	}
	if idle := p.Idle(s.actions); len(idle) > 0 {
		return p, transcode.Errorf(api.ValidationException,
			"policy is not valid: no action of this service matches %s; there are %s.",
			strings.Join(idle, ", "), strings.Join(s.actions, ", "))
	}
	return p, nil
}

// listCredentials answers GET /v1/credentials, without secrets.
func (s *Server) listCredentials(w *response, r *http.Request, _ signed) error {
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		keys, err := s.callers.ListKeys(ctx)
		if err != nil {
			return nil, err
		}
		shown, err := s.allShown(keys)
		return v1.ListCredentialsResponse{Credentials: shown}, err
	})
}

func (s *Server) allShown(keys []policy.Key) ([]v1.Credential, error) {
	list := make([]v1.Credential, len(keys))
	for i, k := range keys {
		var err error
		if list[i], err = s.shown(k); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// rotateCredential answers POST /v1/credentials/{Id}/rotate: a new access key for the
// caller; the old one ends after graceSeconds, at once without.
func (s *Server) rotateCredential(w *response, r *http.Request, from signed) error {
	var in v1.RotateCredentialRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return err
	}
	if most := int64(maxGrace / time.Second); in.GraceSeconds < 0 || in.GraceSeconds > most {
		return transcode.Errorf(api.ValidationException, "graceSeconds %d is not valid: it must be from 0 to %d.",
			in.GraceSeconds,
			most)
	}
	until, err := s.end(in.Until)
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		grace := time.Duration(in.GraceSeconds) * time.Second
		made, fresh, old, err := s.callers.RotateKey(ctx, r.PathValue("id"), grace, until)
		if err != nil {
			return nil, err
		}
		s.cfg.Log.InfoContext(ctx, "credential rotated", "caller", old.Caller.Name, "access_key", made.AccessKeyID,
			"instead_of", old.AccessKeyID, "grace", in.GraceSeconds, "by", from.caller.Name)
		c, err := s.shown(fresh)
		if err != nil {
			return nil, err
		}
		c.SecretAccessKey = made.SecretAccessKey
		replaced, err := s.shown(old)
		return v1.RotateCredentialResponse{Credential: c, Replaced: replaced}, err
	})
}

// revokeCredential answers DELETE /v1/credentials/{Id}.
func (s *Server) revokeCredential(w *response, r *http.Request, from signed) error {
	return s.answer(w, r, http.StatusOK, func(ctx context.Context) (any, error) {
		ended, err := s.callers.RevokeKeys(ctx, r.PathValue("id"))
		for _, k := range ended {
			s.cfg.Log.InfoContext(ctx, "credential revoked", "caller", k.Caller.Name, "access_key", k.AccessKeyID,
				"by", from.caller.Name)
		}
		if err != nil {
			return nil, err
		}
		shown, err := s.allShown(ended)
		return v1.RevokeCredentialResponse{Revoked: shown}, err
	})
}

// answer runs a call of the extension API within the time of a request and sends
// what it returns, which nobody on the way may keep.
func (s *Server) answer(w *response, r *http.Request, status int, call func(context.Context) (any, error)) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
	defer cancel()
	found, err := call(ctx)
	if err != nil {
		return err
	}
	document, err := marshal(found)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.send(status, document)
	return nil
}

// decodeExtension reads a document of the extension API, which has no old clients:
// members that it does not know are refused. An empty body is an empty document.
func decodeExtension(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return serializationError("", "The request body can not be read: %s.",
			strings.TrimPrefix(fmt.Sprint(err), "json: "))
	}
	if d.More() {
		return serializationError("", "The request body is more than one document.")
	}
	return nil
}
