package identity

// SealSecret encrypts a secret that is no credential, bound to a name.
func (k Key) SealSecret(name string, secret []byte) []byte { return k.secrets.seal(name, secret) }

// OpenSecret decrypts what SealSecret made under the same name.
func (k Key) OpenSecret(name string, sealed []byte) ([]byte, error) {
	return k.secrets.open(name, sealed)
}
