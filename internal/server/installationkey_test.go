package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/transcode"
)

// installation is a key that is rotated once.
type installation struct {
	rotation transcode.KeyRotation
}

func (i *installation) Rotate(context.Context) error {
	if i.rotation.HandedOver() {
		return transcode.Errorf(api.ResourceInUseException, "It is being rotated.")
	}
	i.rotation = transcode.KeyRotation{Left: 3, Unopened: 1, InstallationKey: transcode.InstallationKey{
		ID: "02020202", Since: time.UnixMilli(1000), ForServers: []byte("secret"), ForWorkers: []byte("secret")}}
	return nil
}

func (i *installation) Rotation(context.Context) (transcode.KeyRotation, error) {
	return i.rotation, nil
}

func TestInstallationKey(t *testing.T) {
	t.Parallel()
	key := &installation{transcode.KeyRotation{InstallationKey: transcode.InstallationKey{ID: "01010101"}}}
	h := newHarness(t, func(c *server.Config, _ *harness) { c.Installation = key })
	h.do("GET", "/v1/installation-key", "").want(t, 200,
		`{"keyId":"01010101","since":null,"left":0,"unopened":0,"handedOver":false}`)
	rotated := `{"keyId":"02020202","since":"1970-01-01T00:00:01Z","left":2,"unopened":1,"handedOver":true}`
	h.do("POST", "/v1/installation-key/rotate", "").want(t, 200, rotated)
	h.do("POST", "/v1/installation-key/rotate", "").wantError(t, 409, api.ResourceInUseException,
		"It is being rotated.")
	h.do("GET", "/v1/installation-key", "").want(t, 200, rotated)
	for method, path := range map[string]string{"GET": "", "POST": "/rotate"} {
		none := newHarness(t, func(c *server.Config, _ *harness) { c.Installation = key },
			withPolicy(t, `{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"*"}`))
		if a := none.do(method, "/v1/installation-key"+path, ""); a.exception() != api.AccessDeniedException {
			t.Errorf("%s without the right: %s", method, a.body)
		}
	}
}
