package client

import (
	"context"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// CreateCredential makes a caller with an access key, whose secret is in the answer, this
// once.
func (c *Client) CreateCredential(ctx context.Context, in v1.CreateCredentialRequest) (*v1.Credential, error) {
	out, err := extend[v1.CreateCredentialResponse](ctx, c, extended{name: "CreateCredential", body: in})
	if err != nil {
		return nil, err
	}
	return &out.Credential, nil
}

// ListCredentials lists access keys, without secrets.
func (c *Client) ListCredentials(ctx context.Context) ([]v1.Credential, error) {
	out, err := extend[v1.ListCredentialsResponse](ctx, c, extended{name: "ListCredentials"})
	return orEmpty(out).Credentials, err
}

// RotateCredential makes a new access key in place of one, or of that of a caller by name.
func (c *Client) RotateCredential(ctx context.Context, id string, in v1.RotateCredentialRequest,
) (*v1.RotateCredentialResponse, error) {
	return extend[v1.RotateCredentialResponse](ctx, c, extended{name: "RotateCredential", id: id, body: in})
}

// RevokeCredential ends an access key, or all of a caller by name, and returns what has
// ended.
func (c *Client) RevokeCredential(ctx context.Context, id string) ([]v1.Credential, error) {
	out, err := extend[v1.RevokeCredentialResponse](ctx, c, extended{name: "RevokeCredential", id: id})
	return orEmpty(out).Revoked, err
}
