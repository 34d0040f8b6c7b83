package v1

import "time"

// InstallationKey is the key that seals the secrets in the database, and how far its last
// rotation is (GET /v1/installation-key, POST /v1/installation-key/rotate).
type InstallationKey struct {
	// KeyID names the key; it is no secret.
	KeyID string `json:"keyId"`
	// Since is when it took the place of the one before; null where it is the first.
	Since *time.Time `json:"since"`
	// Left is how many secrets are still sealed under keys before. The server seals them anew.
	Left int `json:"left"`
	// Unopened is how many secrets no key of the server opens; they stay as they are.
	Unopened int `json:"unopened"`
	// HandedOver reports that servers and workers that run may still take the key over, from
	// the database: for a minute, and as long as secrets are left. No rotation begins meanwhile.
	HandedOver bool `json:"handedOver"`
}
