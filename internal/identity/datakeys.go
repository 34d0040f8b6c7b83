package identity

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DataKeys stands in for KMS: it encrypts the keys of files under the installation
// key. The one key of the installation answers to any ARN of its region and account,
// and to none. It may be used from several goroutines at once.
type DataKeys struct {
	key    Key
	prefix string // of the ARNs that the key answers to
}

// NewDataKeys uses the installation key for a region and account. A zero key
// refuses everything.
func NewDataKeys(key Key, region, account string) *DataKeys {
	return &DataKeys{key: key, prefix: fmt.Sprintf("arn:aws:kms:%s:%s:", region, account)}
}

// dataKeyVersion is the first byte of every encrypted data key.
const dataKeyVersion = 1

// maxDataKey is the longest text that is encrypted, in bytes (KMS: Encrypt).
const maxDataKey = 4096

// FileContext is the encryption context of the keys in jobs (behaviour 2.7).
func FileContext() map[string]string {
	return map[string]string{"service": "elastictranscoder.amazonaws.com"}
}

// EncryptKey encrypts a data key under the key of an ARN ("" for the
// installation's), bound to [FileContext].
func (d *DataKeys) EncryptKey(_ context.Context, arn string, plain []byte) ([]byte, error) {
	if err := d.check(arn); err != nil {
		return nil, err
	}
	if len(plain) == 0 || len(plain) > maxDataKey {
		return nil, fmt.Errorf("the data key has %d bytes; it has 1 to %d", len(plain), maxDataKey)
	}
	return d.key.data.Seal([]byte{dataKeyVersion}, nil, plain, contextBytes(FileContext())), nil
}

// DecryptKey opens what EncryptKey made.
func (d *DataKeys) DecryptKey(_ context.Context, arn string, ciphertext []byte) ([]byte, error) {
	if err := d.check(arn); err != nil {
		return nil, err
	}
	if len(ciphertext) == 0 || ciphertext[0] != dataKeyVersion {
		return nil, errors.New("it was not encrypted by this installation: use reelastic key wrap")
	}
	plain, err := d.key.data.Open(nil, nil, ciphertext[1:], contextBytes(FileContext()))
	if err != nil {
		return nil, errors.New("it was encrypted with another installation key, or altered")
	}
	return plain, nil
}

// GenerateKey makes a random data key of a length in bits.
func (d *DataKeys) GenerateKey(ctx context.Context, arn string, bits int) (plain, ciphertext []byte, err error) {
	plain = make([]byte, bits/8)
	rand.Read(plain) // never fails
	ciphertext, err = d.EncryptKey(ctx, arn, plain)
	return plain, ciphertext, err
}

func (d *DataKeys) check(arn string) error {
	switch {
	case d.key.data == nil:
		return errors.New("this process has no installation key: copy the file key from a server's data folder")
	case arn != "" && !strings.HasPrefix(arn, d.prefix):
		return fmt.Errorf("the key of this installation answers to the ARNs that begin with %s", d.prefix)
	}
	return nil
}

// contextBytes is an encryption context as additional data: its pairs in order, each
// text after its length.
func contextBytes(context map[string]string) (b []byte) {
	for _, name := range slices.Sorted(maps.Keys(context)) {
		for _, s := range []string{name, context[name]} {
			b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
			b = append(b, s...)
		}
	}
	return b
}
