package server

import (
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// extendedCall is an operation of the extension API.
type extendedCall struct {
	handle handler
	// resource gives the ARN that a request is about; nil for none.
	resource func(*http.Request) (string, error)
}

// extendedCalls are the operations of the extension API that this server has, by name.
func (s *Server) extendedCalls() map[string]extendedCall {
	calls := map[string]extendedCall{
		"ReadJobProgress":  {s.progress, s.jobResource},
		"ReadJobEvents":    {s.events, s.jobResource},
		"ListGivenUpJobs":  {s.listGivenUpJobs, nil},
		"ReadVersion":      {s.readVersion, nil},
		"CreateCredential": {s.createCredential, nil},
		"ListCredentials":  {s.listCredentials, nil},
		"RotateCredential": {s.rotateCredential, s.userResource},
		"RevokeCredential": {s.revokeCredential, s.userResource},
	}
	if s.cfg.Notifications == nil {
		return calls
	}
	calls["CreateSubscription"] = extendedCall{s.createSubscription, nil}
	calls["ListSubscriptions"] = extendedCall{s.listSubscriptions, nil}
	calls["DeleteSubscription"] = extendedCall{s.deleteSubscription, nil}
	calls["ListDeliveries"] = extendedCall{s.listDeliveries, nil}
	calls["ResendDeliveries"] = extendedCall{s.changeDeliveries(s.cfg.Notifications.Resend), nil}
	calls["DiscardDeliveries"] = extendedCall{s.changeDeliveries(s.cfg.Notifications.Discard), nil}
	return calls
}

// extension asks the caller's policy before a call. The action is "reelastic:" and the
// operation's name.
func (s *Server) extension(op v1.Operation, call extendedCall) handler {
	return func(w *response, r *http.Request, from signed) error {
		var resources []string
		if call.resource != nil {
			arn, err := call.resource(r)
			if err != nil {
				return err
			}
			resources = append(resources, arn)
		}
		if err := s.authorize(from.caller, extensions+op.Name, resources...); err != nil {
			return err
		}
		return call.handle(w, r, from)
	}
}

// openAPI answers GET /v1/openapi.json, without a signature: it says what is in the
// program's documents too.
func (s *Server) openAPI(w *response, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return wrongMethod(w, r, http.MethodGet, http.MethodHead)
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.send(http.StatusOK, v1.OpenAPI)
	return nil
}
