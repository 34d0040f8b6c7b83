package worker

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// KeyService gives the keys of files as a role reaches them: a pipeline's, which is ""
// for none.
type KeyService func(role string) Keys

// Keys opens and makes the keys of files, as KMS does. The arn is the pipeline's
// AwsKmsKeyArn, "" for the service's own key. A refusal is a [*transcode.KeyError], and
// a [*transcode.Failure] where the role can't be assumed.
type Keys interface {
	DecryptKey(ctx context.Context, arn string, ciphertext []byte) (plain []byte, err error)
	GenerateKey(ctx context.Context, arn string, bits int) (plain, ciphertext []byte, err error)
}

// generatedBits is the length of the keys that the service makes (behaviour 4.9).
const generatedBits = 128

// seal is what a file is encrypted with; it stays in memory.
type seal struct {
	mode        filecrypt.Mode
	key, vector []byte
	// parts are the lengths of the parts of the file that are encrypted each by
	// itself; nil for the whole.
	parts []int64
}

// seals are those of one output; nil where nothing is encrypted.
type seals struct {
	media, thumbnails *seal
	captions          []*seal // by format
}

// openKeys opens and makes the keys of the outputs, before any work.
func (a *attempt) openKeys(ctx context.Context) error {
	a.seals = make([]seals, len(a.spec.Outputs))
	for i, out := range a.spec.Outputs {
		if err := a.orFail(i, a.openOutput(ctx, i, out)); err != nil {
			return err
		}
	}
	if err := a.openProtections(ctx); err != nil {
		return err
	}
	return a.openDRM(ctx)
}

func (a *attempt) openOutput(ctx context.Context, i int, out transcode.OutputSpec) (err error) {
	s, o := &a.seals[i], &a.outputs[i]
	if s.media, o.Encryption, err = a.newSeal(ctx, out.Encryption, aesKey); err != nil {
		return err
	}
	if s.thumbnails, o.ThumbnailEncryption, err = a.newSeal(ctx, out.ThumbnailEncryption, aesKey); err != nil {
		return err
	}
	for _, f := range out.CaptionFormats {
		sealed, made, err := a.newSeal(ctx, f.Encryption, aesKey)
		if err != nil {
			return err
		}
		s.captions = append(s.captions, sealed)
		if made != nil {
			o.CaptionEncryption = append(o.CaptionEncryption, make([]*api.Encryption, len(s.captions)-len(o.CaptionEncryption))...)
			o.CaptionEncryption[len(s.captions)-1] = made
		}
	}
	return nil
}

// aesKey refuses a key of a length that files are not encrypted with.
func aesKey(key []byte, md5 string) error {
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return transcode.KeyLength(md5, 8*n)
	}
	return nil
}

// newSeal is what results are encrypted with, by a key that check accepts; nil for
// not at all. What the request leaves open is made, and told as the API shows it.
func (a *attempt) newSeal(ctx context.Context, spec transcode.EncryptionSpec, check func(key []byte, md5 string) error) (*seal, *api.Encryption, error) {
	if !spec.ByService() || spec.Key != "" && spec.Vector != "" {
		s, err := a.openSeal(ctx, spec, check)
		return s, nil, err
	}
	if spec.Vector == "" {
		vector := make([]byte, filecrypt.VectorBytes)
		rand.Read(vector) // never fails
		spec.Vector = base64.StdEncoding.EncodeToString(vector)
	}
	if spec.Key == "" {
		_, ciphertext, err := a.keys.GenerateKey(ctx, a.keyARN(), generatedBits)
		if err != nil {
			return nil, nil, keyFailure(err, func(why string) error { return transcode.NoDataKey(a.keyARN(), why) })
		}
		spec.Key, spec.KeyMD5 = base64.StdEncoding.EncodeToString(ciphertext), transcode.KeyMD5(ciphertext)
	}
	s, err := a.openSeal(ctx, spec, check)
	return s, &api.Encryption{Mode: &spec.Mode, Key: &spec.Key, KeyMd5: &spec.KeyMD5, InitializationVector: &spec.Vector}, err
}

// openSeal opens a key that is given, and that check accepts. What the client has to
// mend is a [*transcode.Failure].
func (a *attempt) openSeal(ctx context.Context, spec transcode.EncryptionSpec, check func(key []byte, md5 string) error) (*seal, error) {
	if !spec.ByService() {
		return nil, nil
	}
	ciphertext, err := base64.StdEncoding.DecodeString(spec.Key)
	if err != nil {
		return nil, fmt.Errorf("a key of job %s is not base64", a.spec.ID)
	}
	vector, err := base64.StdEncoding.DecodeString(spec.Vector)
	if err != nil {
		return nil, fmt.Errorf("a vector of job %s is not base64", a.spec.ID)
	}
	key, err := a.keys.DecryptKey(ctx, a.keyARN(), ciphertext)
	if err != nil {
		return nil, keyFailure(err, func(why string) error { return transcode.UndecryptedKey(spec.KeyMD5, why) })
	}
	if err := check(key, spec.KeyMD5); err != nil {
		return nil, err
	}
	return &seal{mode: filecrypt.Mode(spec.Mode), key: key, vector: vector}, nil
}

// keyFailure makes a refusal of the key service a failure, with the service's reason as
// a sentence. Another error is not the client's: another attempt may do better.
func keyFailure(err error, failure func(why string) error) error {
	refused, ok := errors.AsType[*transcode.KeyError](err)
	if !ok {
		return err
	}
	return failure("The key service says: " + refused.Error() + ".")
}

func (a *attempt) keyARN() string {
	if arn := a.claim.Pipeline.AwsKmsKeyArn; arn != nil {
		return *arn
	}
	return ""
}

// fetch brings an object into the folder, decrypted. What the client has to mend is
// a [*transcode.Failure] or a [*object.Error].
func (a *attempt) fetch(ctx context.Context, key string, encryption transcode.EncryptionSpec, path string) (object.Info, error) {
	source := object.Key{Bucket: *a.claim.Pipeline.InputBucket, Key: key}
	s, err := a.openSeal(ctx, encryption, aesKey)
	if err != nil {
		return object.Info{}, err
	}
	if s == nil {
		return a.objects.Fetch(ctx, source.Bucket, source.Key, path)
	}
	sealed := path + ".sealed"
	info, err := a.objects.Fetch(ctx, source.Bucket, source.Key, sealed)
	if err != nil {
		return info, err
	}
	defer os.Remove(sealed)
	err = convert(ctx, path, sealed, func(dst io.Writer, src io.Reader) error {
		return filecrypt.Decrypt(dst, src, s.mode, s.key, s.vector)
	})
	if errors.Is(err, filecrypt.ErrCorrupt) {
		return info, transcode.UndecryptedInput(source, encryption.Mode)
	}
	return info, err
}

// encrypt makes an encrypted copy of a file and returns its path.
func (s *seal) encrypt(ctx context.Context, path string) (string, error) {
	sealed := path + ".sealed"
	return sealed, convert(ctx, sealed, path, func(dst io.Writer, src io.Reader) error {
		if s.parts == nil {
			return filecrypt.Encrypt(dst, src, s.mode, s.key, s.vector)
		}
		for _, n := range s.parts {
			if err := filecrypt.Encrypt(dst, io.LimitReader(src, n), s.mode, s.key, s.vector); err != nil {
				return err
			}
		}
		return nil
	})
}

// inParts is the same seal for a file of which parts of these lengths are encrypted
// each by itself.
func (s *seal) inParts(lengths []int64) *seal {
	if s == nil {
		return nil
	}
	parts := *s
	parts.parts = lengths
	return &parts
}

// size is how long a file of a length, or one part of it, is as an object.
func (s *seal) size(length int64) int64 {
	if s == nil {
		return length
	}
	return filecrypt.Size(s.mode, length)
}

// convert writes a file that is made of another one, and stops when ctx ends.
func convert(ctx context.Context, to, from string, do func(io.Writer, io.Reader) error) error {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("convert a file: %w", err)
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("convert a file: %w", err)
	}
	if err := do(dst, interruptible{ctx, src}); err != nil {
		_ = dst.Close() // the first error says why
		return fmt.Errorf("convert a file: %w", err)
	}
	return dst.Close()
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	io.Reader
}

func (r interruptible) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(b)
}
