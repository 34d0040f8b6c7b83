package server

import (
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// mountExtensions mounts the operations of the extension API that this server has.
func (s *Server) mountExtensions() {
	calls := s.extendedCalls()
	for _, op := range v1.Operations {
		call, here := calls[op.Name]
		if !here {
			continue
		}
		s.actions = append(s.actions, extensions+op.Name)
		s.private(extensionVersion+":"+op.Name, op.Method, op.Path, s.extension(op, call))
	}
}

// extendedCall is an operation of the extension API.
type extendedCall struct {
	handle handler
	// names gives the ARNs by which what a request is about is judged; nil for none.
	names func(*http.Request) ([]string, error)
	// asks says that the call asks the caller's policy itself: it lists what the caller
	// may see, or is about what its body names.
	asks bool
}

// extendedCalls are the operations of the extension API that this server has, by name.
func (s *Server) extendedCalls() map[string]extendedCall {
	calls := map[string]extendedCall{
		"ReadJobProgress":  {handle: s.progress, names: s.jobResource},
		"ReadJobEvents":    {handle: s.events, names: s.jobResource},
		"ListGivenUpJobs":  {handle: s.listGivenUpJobs, asks: true},
		"ImportResources":  {handle: s.document(s.importResources), asks: true},
		"ReadSystem":       {handle: s.readSystem},
		"CreateCredential": {handle: s.createCredential},
		"ListCredentials":  {handle: s.listCredentials},
		"RotateCredential": {handle: s.rotateCredential, names: s.userResource},
		"RevokeCredential": {handle: s.revokeCredential, names: s.userResource},
	}
	s.addWorkerCalls(calls)
	s.addKeyCalls(calls)
	s.addJobCalls(calls)
	if s.cfg.Notifications == nil {
		return calls
	}
	calls["CreateSubscription"] = extendedCall{handle: s.createSubscription, asks: true}
	calls["ListSubscriptions"] = extendedCall{handle: s.listSubscriptions, asks: true}
	calls["DeleteSubscription"] = extendedCall{handle: s.deleteSubscription, names: s.subscriptionResource}
	calls["ListDeliveries"] = extendedCall{handle: s.listDeliveries}
	calls["ResendDeliveries"] = extendedCall{handle: s.changeDeliveries(s.cfg.Notifications.Resend)}
	calls["DiscardDeliveries"] = extendedCall{handle: s.changeDeliveries(s.cfg.Notifications.Discard)}
	return calls
}

// extension asks the caller's policy before a call. The action is "reelastic:" and the
// operation's name.
func (s *Server) extension(op v1.Operation, call extendedCall) handler {
	return func(w *response, r *http.Request, from signed) error {
		if call.asks {
			if err := s.mentioned(from.caller, extensions+op.Name); err != nil {
				return err
			}
			return call.handle(w, r, from)
		}
		var names []string
		if call.names != nil {
			var err error
			if names, err = call.names(r); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			w.who.resource = clip(names[0])
		}
		if err := s.authorize(from.caller, extensions+op.Name, names...); err != nil {
			return err
		}
		return call.handle(w, r, from)
	}
}

// openAPI answers GET /v1/openapi.json, without a signature: it says what is in the
// program's documents too.
func (s *Server) openAPI(w *response, _ *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.send(http.StatusOK, v1.OpenAPI)
	return nil
}
