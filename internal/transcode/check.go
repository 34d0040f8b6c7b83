package transcode

import (
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/api"
)

// Check tests a request against the constraints of the API model, with the
// original's text for all that it found. A Role that is the only thing wrong
// has texts of its own, as in the original, whose service looked at Role after
// the framework had passed the rest.
func Check(request any) error {
	err := api.Validate(request)
	if err == nil {
		return nil
	}
	found, ok := errors.AsType[*api.Violations](err)
	if !ok {
		return fmt.Errorf("check %T: %w", request, err)
	}
	if onlyRole(found) {
		if err := checkRole(roleOf(request)); err != nil {
			return err
		}
	}
	return &Error{Code: api.ValidationException, Message: found.Error()}
}

func onlyRole(found *api.Violations) bool {
	for _, v := range found.List {
		if v.Path != "role" {
			return false
		}
	}
	return true
}

func roleOf(request any) *string {
	switch r := request.(type) {
	case *api.CreatePipelineRequest:
		return r.Role
	case *api.UpdatePipelineRequest:
		return r.Role
	case *api.TestRoleRequest:
		return r.Role
	}
	return nil
}
