package client

import (
	"context"
	"net/http"
	"net/url"

	v1 "github.com/reelastic/reelastic/api/v1"
)

const credentialsPath = "/v1/credentials"

// CreateCredential makes a caller with an access key, whose secret is in the answer, this
// once.
func (c *Client) CreateCredential(ctx context.Context, in v1.CreateCredentialRequest) (*v1.Credential, error) {
	var out v1.CreateCredentialResponse
	err := c.extension(ctx, http.MethodPost, credentialsPath, in, &out)
	return &out.Credential, err
}

// ListCredentials lists access keys, without secrets.
func (c *Client) ListCredentials(ctx context.Context) ([]v1.Credential, error) {
	var out v1.ListCredentialsResponse
	err := c.extension(ctx, http.MethodGet, credentialsPath, nil, &out)
	return out.Credentials, err
}

// RotateCredential makes a new access key in place of one, or of that of a caller by name.
func (c *Client) RotateCredential(ctx context.Context, id string, in v1.RotateCredentialRequest,
) (*v1.RotateCredentialResponse, error) {
	out := new(v1.RotateCredentialResponse)
	return out, c.extension(ctx, http.MethodPost, credentialsPath+"/"+url.PathEscape(id)+"/rotate", in, out)
}

// RevokeCredential ends an access key, or all of a caller by name, and returns what has
// ended.
func (c *Client) RevokeCredential(ctx context.Context, id string) ([]v1.Credential, error) {
	var out v1.RevokeCredentialResponse
	err := c.extension(ctx, http.MethodDelete, credentialsPath+"/"+url.PathEscape(id), nil, &out)
	return out.Revoked, err
}
