package server

import (
	"context"
	"net/http"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/transcode"
)

// InstallationKey protects the secrets in the database.
type InstallationKey interface {
	// Rotate puts a new key in its place. What the client has to mend is a
	// [*transcode.Error].
	Rotate(ctx context.Context) error
	Rotation(ctx context.Context) (transcode.KeyRotation, error)
}

// addKeyCalls adds the calls about the installation key.
func (s *Server) addKeyCalls(calls map[string]extendedCall) {
	if s.cfg.Installation == nil {
		return
	}
	calls["ReadInstallationKey"] = extendedCall{handle: s.document(s.readInstallationKey)}
	calls["RotateInstallationKey"] = extendedCall{handle: s.document(s.rotateInstallationKey)}
}

func (s *Server) readInstallationKey(ctx context.Context, _ *http.Request, _ signed) (any, error) {
	rotation, err := s.cfg.Installation.Rotation(ctx)
	if err != nil {
		return nil, err
	}
	return v1.InstallationKey{
		KeyID: rotation.ID, Since: known(rotation.Since), HandedOver: rotation.HandedOver(),
		Left: rotation.Left - rotation.Unopened, Unopened: rotation.Unopened,
	}, nil
}

func (s *Server) rotateInstallationKey(ctx context.Context, r *http.Request, from signed) (any, error) {
	if err := s.cfg.Installation.Rotate(ctx); err != nil {
		return nil, err
	}
	s.cfg.Log.InfoContext(ctx, "installation key rotated", "by", from.caller.Name)
	return s.readInstallationKey(ctx, r, from)
}
