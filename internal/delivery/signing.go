package delivery

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// keyName is the signing key's in the store, and what it is sealed under.
const keyName = "sns"

const (
	keyBits = 2048
	// certificateYears is how long the certificate is valid: as long as an installation lives.
	certificateYears = 20
)

// signingKey signs messages in the envelope of Amazon SNS.
type signingKey struct {
	private *rsa.PrivateKey
	// certificate is PEM; file is the name under which the server has it.
	certificate []byte
	file        string
}

// signer returns the key of the installation; the first call of all makes it.
func (s *Sender) signer(ctx context.Context) (*signingKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return s.key, nil
	}
	certificate, sealed, err := s.store.SigningKey(ctx, keyName)
	if errors.Is(err, transcode.ErrNotFound) {
		certificate, sealed, err = s.newKey(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("the key that signs messages: %w", err)
	}
	if s.key, err = s.openKey(certificate, sealed); err != nil {
		return nil, fmt.Errorf("the key that signs messages: %w", err)
	}
	return s.key, nil
}

// newKey makes a key; when another server has been faster its key is returned.
func (s *Sender) newKey(ctx context.Context) (certificate, sealed []byte, err error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now().UTC()
	template := &x509.Certificate{SerialNumber: serial,
		Subject:   pkix.Name{CommonName: s.host(), Organization: []string{"Reelastic"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(certificateYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	made := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	err = s.sealing(ctx, sealedKey, secret, func(own []byte) (err error) {
		certificate, sealed, err = s.store.AddSigningKey(ctx, keyName, made, own)
		return err
	})
	return certificate, sealed, err
}

// sealedKey is what the signing key is sealed as.
var sealedKey = transcode.Sealed{Kind: transcode.SealedSigningKey, ID: keyName}

// host is the name of the server that others know.
func (s *Sender) host() string {
	if u, err := url.Parse(s.cfg.PublicURL); err == nil {
		return u.Hostname()
	}
	return ""
}

func (s *Sender) openKey(certificate, sealed []byte) (*signingKey, error) {
	secret, err := s.sealer.OpenSecret(sealedKey.Name(), sealed)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(secret)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is a %T, not RSA", parsed)
	}
	sum := sha256.Sum256(certificate)
	return &signingKey{private, certificate, "SimpleNotificationService-" + hex.EncodeToString(sum[:16]) + ".pem"}, nil
}

// Certificate is the certificate (PEM) that belongs to the signatures, by the name
// that SigningCertURL ends with; another name is [transcode.ErrNotFound].
func (s *Sender) Certificate(ctx context.Context, file string) ([]byte, error) {
	key, err := s.signer(ctx)
	if err != nil {
		return nil, err
	}
	if file != key.file {
		return nil, fmt.Errorf("certificate %q: %w", file, transcode.ErrNotFound)
	}
	return key.certificate, nil
}

// sign is the base64 signature of a text: RSA (PKCS #1 v1.5) over its SHA-1 for
// version 1, its SHA-256 for version 2, as Amazon SNS documents.
func (k *signingKey) sign(version int, text string) (string, error) {
	hash, sum := crypto.SHA256, sha256.Sum256([]byte(text))
	digest := sum[:]
	if version == 1 {
		short := sha1.Sum([]byte(text))
		hash, digest = crypto.SHA1, short[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, k.private, hash, digest)
	if err != nil {
		return "", fmt.Errorf("sign a message: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}
