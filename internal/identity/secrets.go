package identity

import "fmt"

// SealSecret encrypts a secret that is no credential, bound to a name. The name
// contains a space, so that it can't be that of an access key.
func (k Key) SealSecret(name string, secret []byte) []byte {
	return k.aead.Seal([]byte{sealVersion}, nil, secret, []byte(name))
}

// OpenSecret decrypts what SealSecret made under the same name.
func (k Key) OpenSecret(name string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, fmt.Errorf("%s: not sealed in a known form", name)
	}
	plain, err := k.aead.Open(nil, nil, sealed[1:], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%s: sealed with another installation key, or altered", name)
	}
	return plain, nil
}
