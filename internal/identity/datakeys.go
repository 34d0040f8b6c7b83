package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// DataKeys stands in for KMS: it encrypts the keys of files under keys that are
// derived from the installation key. Every key id of its region and account is a key,
// and every alias names one. It may be used from several goroutines at once.
type DataKeys struct {
	keys   *Keyring
	prefix string // of the ARNs of its keys
}

// NewDataKeys uses installation keys, or what a worker has of them, for a region and account.
// A keyring without keys refuses everything.
func NewDataKeys(keys *Keyring, region, account string) *DataKeys {
	return &DataKeys{keys: keys, prefix: fmt.Sprintf("arn:aws:kms:%s:%s:", region, account)}
}

// The first byte of every ciphertext is its form. The first ones are read only: one key for
// all, and keys that a worker can't derive.
const (
	oneKeyVersion  = 1
	ownKeyVersion  = 2 // then the length of the key's id, the id, and what is sealed
	dataKeyVersion = 3 // then the id of the installation key, and the same
)

// maxDataKey is the longest text that is encrypted, in bytes (KMS: Encrypt).
const maxDataKey = 4096

// serviceKey is the key where nothing names one, as for a pipeline without AwsKmsKeyArn.
const serviceKey = "alias/aws/elastictranscoder"

// FileContext is the encryption context of the keys in jobs (original.md 2.7).
func FileContext() map[string]string {
	return map[string]string{"service": "elastictranscoder.amazonaws.com"}
}

var (
	keyIDForm = regexp.MustCompile(`^[!-~]{1,200}$`)
	aliasForm = regexp.MustCompile(`^alias/[A-Za-z0-9:/_-]{1,250}$`)
)

// KeyARN is the ARN of a key that is named by its id, its ARN, the name of an alias
// or the ARN of one; "" names the service's own. Its errors are of [*transcode.KeyError].
func (d *DataKeys) KeyARN(name string) (string, error) {
	if d.keys.ID() == "" {
		return "", &transcode.KeyError{Problem: transcode.KeyUnusable,
			Why: "this process has no installation key: give it what reelastic key worker prints"}
	}
	id := name
	if name == "" {
		id = serviceKey
	} else if strings.HasPrefix(name, "arn:") {
		var ok bool
		if id, ok = strings.CutPrefix(name, d.prefix); !ok {
			return "", &transcode.KeyError{Problem: transcode.NoKey,
				Why: fmt.Sprintf("%q is not a key of this installation, whose keys have ARNs that begin with %s", name,
					d.prefix)}
		}
	}
	if aliasForm.MatchString(id) {
		return d.prefix + "key/" + aliasKey(id), nil
	}
	if id = strings.TrimPrefix(id, "key/"); !keyIDForm.MatchString(id) {
		return "", &transcode.KeyError{Problem: transcode.NoKey, Why: fmt.Sprintf("Invalid keyId %q", name)}
	}
	return d.prefix + "key/" + id, nil
}

// aliasKey is the id of the key that an alias names, in the form of KMS's.
func aliasKey(alias string) string {
	h := sha256.Sum256([]byte(alias))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// CiphertextARN is the ARN of the key that made a ciphertext, as the ciphertext says.
func (d *DataKeys) CiphertextARN(ciphertext []byte) (string, error) {
	service, err := d.KeyARN("")
	if err != nil {
		return "", err
	}
	c, err := parseCiphertext(ciphertext)
	if err != nil || c.form == oneKeyVersion {
		return service, err
	}
	return d.prefix + "key/" + c.kmsID, nil
}

// ciphertext is what an encrypted text says of itself, and what is sealed.
type ciphertext struct {
	form byte
	// installation is the id of the installation key, kmsID that of the key service's, as far
	// as the form has them.
	installation []byte
	kmsID        string
	sealed       []byte
}

func parseCiphertext(text []byte) (c ciphertext, err error) {
	unknown := &transcode.KeyError{Problem: transcode.InvalidCiphertext,
		Why: "it was not encrypted by this installation: use reelastic key wrap, or kms encrypt at its endpoint"}
	if len(text) < 2 {
		return c, unknown
	}
	c.form, c.sealed = text[0], text[1:]
	switch c.form {
	case oneKeyVersion:
		return c, nil
	case ownKeyVersion:
	case dataKeyVersion:
		if len(c.sealed) < transcode.SealIDBytes {
			return c, unknown
		}
		c.installation, c.sealed = c.sealed[:transcode.SealIDBytes], c.sealed[transcode.SealIDBytes:]
	default:
		return c, unknown
	}
	if len(c.sealed) == 0 || len(c.sealed) <= 1+int(c.sealed[0]) {
		return c, unknown
	}
	end := 1 + int(c.sealed[0])
	if c.kmsID, c.sealed = string(c.sealed[1:end]), c.sealed[end:]; !keyIDForm.MatchString(c.kmsID) {
		return c, unknown
	}
	return c, nil
}

// Encrypt seals a text of 1 to 4096 bytes under the key of an ARN ([DataKeys.KeyARN])
// and an encryption context.
func (d *DataKeys) Encrypt(arn string, plain []byte, context map[string]string) ([]byte, error) {
	id := strings.TrimPrefix(arn, d.prefix+"key/")
	own, ok := d.keys.forFiles(nil)
	if !ok {
		return nil, errNoKey
	}
	aead, err := own.key(id)
	if err != nil {
		return nil, err
	}
	head := append(append([]byte{dataKeyVersion}, own.id...), byte(len(id)))
	return aead.Seal(append(head, id...), nil, plain, contextBytes(id, context)), nil
}

// errNoKey tells of a keyring without keys, which [DataKeys.KeyARN] refuses.
var errNoKey = errors.New("there is no installation key")

// Decrypt opens what Encrypt made with the same encryption context.
func (d *DataKeys) Decrypt(text []byte, context map[string]string) ([]byte, error) {
	if _, err := d.KeyARN(""); err != nil {
		return nil, err
	}
	c, err := parseCiphertext(text)
	if err != nil {
		return nil, err
	}
	candidates, err := d.keys.openers(c)
	if err != nil {
		return nil, err
	}
	for _, aead := range candidates {
		additional := pairBytes(context)
		if c.form != oneKeyVersion {
			additional = contextBytes(c.kmsID, context)
		}
		if plain, err := aead.Open(nil, nil, c.sealed, additional); err == nil {
			return plain, nil
		}
	}
	return nil, &transcode.KeyError{Problem: transcode.InvalidCiphertext,
		Why: "it was encrypted with another installation key or another encryption context, or altered"}
}

// Made is when the installation key was first made; zero when that is not known.
func (d *DataKeys) Made() time.Time { return d.keys.firstMade() }

// EncryptKey encrypts a data key under the key of an ARN ("" for the
// service's), bound to [FileContext].
func (d *DataKeys) EncryptKey(_ context.Context, arn string, plain []byte) ([]byte, error) {
	arn, err := d.KeyARN(arn)
	if err != nil {
		return nil, err
	}
	if len(plain) == 0 || len(plain) > maxDataKey {
		return nil, fmt.Errorf("the data key has %d bytes; it must have 1 to %d", len(plain), maxDataKey)
	}
	return d.Encrypt(arn, plain, FileContext())
}

// DecryptKey opens what EncryptKey made under any key of the installation.
func (d *DataKeys) DecryptKey(_ context.Context, arn string, ciphertext []byte) ([]byte, error) {
	if _, err := d.KeyARN(arn); err != nil {
		return nil, err
	}
	return d.Decrypt(ciphertext, FileContext())
}

// GenerateKey makes a random data key of a length in bits.
func (d *DataKeys) GenerateKey(ctx context.Context, arn string, bits int) (plain, ciphertext []byte, err error) {
	plain = make([]byte, bits/8)
	rand.Read(plain) // never fails
	ciphertext, err = d.EncryptKey(ctx, arn, plain)
	return plain, ciphertext, err
}

// contextBytes is a key's id and an encryption context as additional data.
func contextBytes(id string, context map[string]string) []byte {
	return append(textBytes(nil, id), pairBytes(context)...)
}

// pairBytes are the pairs of an encryption context in order, each text after its length.
func pairBytes(context map[string]string) (b []byte) {
	for _, name := range slices.Sorted(maps.Keys(context)) {
		b = textBytes(textBytes(b, name), context[name])
	}
	return b
}

func textBytes(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}
