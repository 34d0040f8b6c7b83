package job

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/format/cenc"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
	"github.com/reelastic/reelastic/internal/format/playready"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Keys opens and makes the keys of files, as KMS does. The arn is the pipeline's
// AwsKmsKeyArn, "" for the service's own key. A refusal is a [*transcode.KeyError], and
// a [*transcode.Failure] where the pipeline's role can't be assumed.
type Keys interface {
	DecryptKey(ctx context.Context, arn string, ciphertext []byte) (plain []byte, err error)
	GenerateKey(ctx context.Context, arn string, bits int) (plain, ciphertext []byte, err error)
}

// openKeys opens and makes all keys of the outputs, before any work.
func (j *Job) openKeys(ctx context.Context) error {
	for i := range j.outputs {
		if err := j.outcome.FailFor(ctx, i, j.openFileKeys(ctx, i)); err != nil {
			return err
		}
	}
	if err := j.openHLSKeys(ctx); err != nil {
		return err
	}
	return j.openPlayReadyKeys(ctx)
}

// openFileKeys opens and makes the keys that whole files of an output are encrypted with.
func (j *Job) openFileKeys(ctx context.Context, i int) (err error) {
	o, told := &j.outputs[i], j.outcome.result(i)
	e := &o.encryption
	if e.Media, told.Encryption, err = j.keys.openOrMake(ctx, o.spec.Encryption, aesKey); err != nil {
		return err
	}
	e.Thumbnails, told.ThumbnailEncryption, err = j.keys.openOrMake(ctx, o.spec.ThumbnailEncryption, aesKey)
	if err != nil {
		return err
	}
	for n, f := range o.spec.CaptionFormats {
		cipher, made, err := j.keys.openOrMake(ctx, f.Encryption, aesKey)
		if err != nil {
			return err
		}
		e.Captions = append(e.Captions, cipher)
		if made == nil {
			continue
		}
		if told.CaptionEncryption == nil {
			told.CaptionEncryption = make([]*api.Encryption, len(o.spec.CaptionFormats))
		}
		told.CaptionEncryption[n] = made
	}
	return nil
}

// hlsKey is the key of protected playlists of HLS, with what the API shows of it where a
// part was made.
type hlsKey struct {
	cipher *packaging.Cipher
	told   *api.HlsContentProtection
}

// openHLSKeys opens and makes the keys of protected playlists: one for all that ask for
// the same.
func (j *Job) openHLSKeys(ctx context.Context) error {
	opened := map[transcode.HLSProtectionSpec]hlsKey{}
	for i := range j.outputs {
		playlist, ok := j.Spec.ProtectionOf(i)
		if !ok {
			continue
		}
		spec := playlist.Protection
		key, have := opened[spec]
		if !have {
			var err error
			if key, err = j.keys.openHLS(ctx, spec); err != nil {
				if err := j.outcome.FailFor(ctx, i, err); err != nil {
					return err
				}
				continue
			}
			opened[spec] = key
		}
		e := &j.outputs[i].encryption
		e.Media, e.HLS = key.cipher, &packaging.HLSKey{URL: spec.LicenseURL}
		if spec.StoreKey {
			e.HLS.ObjectKey = j.Spec.DataKeyKey(playlist)
		}
	}
	for i, playlist := range j.Spec.Playlists {
		j.outcome.playlists[i].Protection = opened[playlist.Protection].told
	}
	return nil
}

// openPlayReadyKeys opens the keys of playlists with PlayReady. The outputs of a playlist
// have one key, and vectors that no two of them share: two samples under the same key and
// vector would reveal each other.
func (j *Job) openPlayReadyKeys(ctx context.Context) error {
	for _, playlist := range j.Spec.Playlists {
		if playlist.PlayReady.Format == "" {
			continue
		}
		opened, refused := j.keys.openPlayReady(ctx, playlist.PlayReady)
		for _, i := range playlist.Outputs {
			if refused != nil {
				if err := j.outcome.FailFor(ctx, i, refused); err != nil {
					return err
				}
				continue
			}
			own := opened
			own.Vector += uint64(i) * cenc.FileVectors
			j.outputs[i].encryption.PlayReady = &own
		}
	}
	return nil
}

// keyring opens and makes the keys of one job.
type keyring struct {
	service Keys
	arn     string
	jobID   string
}

// generatedBits is the length of the keys that the service makes (original.md 4.9).
const generatedBits = 128

// openOrMake is what results are encrypted with, by a key that check accepts; nil for
// not at all. What the request leaves open is made, and told as the API shows it.
func (k keyring) openOrMake(ctx context.Context, spec transcode.EncryptionSpec, check keyCheck,
) (*packaging.Cipher, *api.Encryption, error) {
	if !spec.ByService() || spec.Key != "" && spec.Vector != "" {
		cipher, err := k.open(ctx, spec, check)
		return cipher, nil, err
	}
	made := spec.Vector == ""
	if made {
		vector := make([]byte, filecrypt.VectorBytes)
		rand.Read(vector) // never fails
		spec.Vector = base64.StdEncoding.EncodeToString(vector)
	}
	if spec.Key == "" {
		_, ciphertext, err := k.service.GenerateKey(ctx, k.arn, generatedBits)
		if err != nil {
			return nil, nil, keyFailure(err, func(why string) error { return transcode.NoDataKey(k.arn, why) })
		}
		spec.Key, spec.KeyMD5 = base64.StdEncoding.EncodeToString(ciphertext), transcode.KeyMD5(ciphertext)
	}
	cipher, err := k.open(ctx, spec, check)
	if err != nil {
		return nil, nil, err
	}
	cipher.VectorMade = made
	told := &api.Encryption{Mode: &spec.Mode, Key: &spec.Key, KeyMd5: &spec.KeyMD5, InitializationVector: &spec.Vector}
	return cipher, told, nil
}

// open opens a key that is given, and that check accepts; nil where the service does not
// encrypt. What the client has to mend is a [*transcode.Failure].
func (k keyring) open(ctx context.Context, spec transcode.EncryptionSpec, check keyCheck) (*packaging.Cipher, error) {
	if !spec.ByService() {
		return nil, nil
	}
	ciphertext, err := base64.StdEncoding.DecodeString(spec.Key)
	if err != nil {
		return nil, fmt.Errorf("a key of job %s is not base64", k.jobID)
	}
	vector, err := base64.StdEncoding.DecodeString(spec.Vector)
	if err != nil {
		return nil, fmt.Errorf("a vector of job %s is not base64", k.jobID)
	}
	key, err := k.service.DecryptKey(ctx, k.arn, ciphertext)
	if err != nil {
		return nil, keyFailure(err, func(why string) error { return transcode.UndecryptedKey(spec.KeyMD5, why) })
	}
	if err := check(key, spec.KeyMD5); err != nil {
		return nil, err
	}
	return &packaging.Cipher{Mode: filecrypt.Mode(spec.Mode), Key: key, Vector: vector}, nil
}

// openHLS opens the key of a playlist, or makes it.
func (k keyring) openHLS(ctx context.Context, spec transcode.HLSProtectionSpec) (key hlsKey, err error) {
	given := transcode.EncryptionSpec{
		Mode: string(filecrypt.CBC), Key: spec.Key, KeyMD5: spec.KeyMD5, Vector: spec.Vector,
	}
	cipher, made, err := k.openOrMake(ctx, given, hlsKeyLength)
	if err != nil || made == nil {
		return hlsKey{cipher: cipher}, err
	}
	cipher.VectorMade = false // playlists say one for all segments
	told := &api.HlsContentProtection{
		Method: &spec.Method, Key: made.Key, KeyMd5: made.KeyMd5, InitializationVector: made.InitializationVector,
	}
	policy := "NoStore"
	if spec.StoreKey {
		policy = "WithVariantPlaylists"
	} else {
		told.LicenseAcquisitionUrl = &spec.LicenseURL
	}
	told.KeyStoragePolicy = &policy
	return hlsKey{cipher: cipher, told: told}, nil
}

// openPlayReady opens a key, and makes the vector that is not given.
func (k keyring) openPlayReady(ctx context.Context, spec transcode.PlayReadySpec) (d packaging.PlayReady, err error) {
	given := transcode.EncryptionSpec{
		Mode: string(filecrypt.CTR), Key: spec.Key, KeyMD5: spec.KeyMD5, Vector: spec.Vector,
	}
	cipher, err := k.open(ctx, given, playReadyKeyLength)
	if err != nil {
		return d, err
	}
	vector := cipher.Vector
	if len(vector) == 0 {
		vector = make([]byte, cenc.VectorBytes)
		rand.Read(vector) // never fails
	}
	d.Key, d.Vector = cipher.Key, binary.BigEndian.Uint64(vector)
	d.Header, err = playready.NewHeader(spec.KeyID, d.Key, spec.LicenseURL)
	return d, err
}

// keyCheck refuses a key of a length that can't be used; md5 is the digest of the
// encrypted key.
type keyCheck func(key []byte, md5 string) error

// aesKey checks a key for whole files.
func aesKey(key []byte, md5 string) error {
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return transcode.KeyLength(md5, 8*n)
	}
	return nil
}

// hlsKeyBytes is the length of the keys of HLS (RFC 8216 section 4.3.2.4).
const hlsKeyBytes = 16

func hlsKeyLength(key []byte, md5 string) error {
	if len(key) != hlsKeyBytes {
		return transcode.HLSKeyLength(md5, 8*len(key))
	}
	return nil
}

func playReadyKeyLength(key []byte, md5 string) error {
	if len(key) != playready.KeyBytes {
		return transcode.DRMKeyLength(md5, 8*len(key))
	}
	return nil
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
