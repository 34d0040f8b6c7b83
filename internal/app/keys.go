package app

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// KeyConfig says which installation key encrypts the keys of files.
type KeyConfig struct {
	Data    string `name:"data" default:"./data" help:"Data folder of the server, with the installation key."`
	Region  string `name:"region" default:"us-east-1" help:"Region of the server."`
	Account string `name:"account" default:"000000000000" help:"Account of the server."`
	ARN     string `name:"kms-key-arn" placeholder:"ARN" help:"AwsKmsKeyArn of the pipeline, if it has one."`
}

func (c KeyConfig) keys() (*identity.DataKeys, error) {
	keys, err := c.keyring()
	if err != nil {
		return nil, err
	}
	return identity.NewDataKeys(keys, c.Region, c.Account), nil
}

func (c KeyConfig) keyring() (*identity.Keyring, error) {
	keys, err := identity.ReadKeyring(filepath.Join(c.Data, "key"))
	if err != nil {
		return nil, fmt.Errorf("--data %q: %w", c.Data, err)
	}
	return keys, nil
}

// WorkerKey is the text of a file with what a worker needs of the installation keys.
func WorkerKey(c KeyConfig) ([]byte, error) {
	keys, err := c.keyring()
	if err != nil {
		return nil, err
	}
	return keys.WorkerFile()
}

// WrapKey encrypts the key of a file into the members Key and KeyMd5 of an Encryption.
func WrapKey(ctx context.Context, c KeyConfig, plain []byte) (key, md5 string, err error) {
	keys, err := c.keys()
	if err != nil {
		return "", "", err
	}
	ciphertext, err := keys.EncryptKey(ctx, c.ARN, plain)
	if err != nil {
		return "", "", err
	}
	return base64.StdEncoding.EncodeToString(ciphertext), transcode.KeyMD5(ciphertext), nil
}

// UnwrapKey decrypts the decoded member Key of an Encryption.
func UnwrapKey(ctx context.Context, c KeyConfig, ciphertext []byte) ([]byte, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	return keys.DecryptKey(ctx, c.ARN, ciphertext)
}

// ReadCredentials reads a profile of an AWS shared credentials file, such as the
// one that the first start writes.
func ReadCredentials(path, profile string) (sigv4.Credentials, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return sigv4.Credentials{}, err
	}
	c, err := identity.ParseFile(text, profile)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// CredentialsFile is the text of an AWS shared credentials file with one profile, default.
func CredentialsFile(accessKeyID, secret, region string) []byte {
	return identity.CredentialsFile(sigv4.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secret}, region)
}

// WritePrivate writes a file of mode 0600, whole or not at all. One that is there is
// replaced or refused.
func WritePrivate(path string, text []byte, replace bool) error {
	return identity.WritePrivate(path, text, replace)
}
