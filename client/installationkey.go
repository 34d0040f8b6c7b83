package client

import (
	"context"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// InstallationKey says which key seals the secrets in the database, and how far its last
// rotation is.
func (c *Client) InstallationKey(ctx context.Context) (v1.InstallationKey, error) {
	out, err := extend[v1.InstallationKey](ctx, c, extended{name: "ReadInstallationKey"})
	return *orEmpty(out), err
}

// RotateInstallationKey puts a new installation key in the place of the one that seals. It
// returns when the rotation has begun; [Client.InstallationKey] says how far it is.
func (c *Client) RotateInstallationKey(ctx context.Context) (v1.InstallationKey, error) {
	out, err := extend[v1.InstallationKey](ctx, c, extended{name: "RotateInstallationKey"})
	return *orEmpty(out), err
}
