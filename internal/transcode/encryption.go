package transcode

import (
	"crypto/md5" //nolint:gosec // the API names keys by it
	"encoding/base64"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/object"
)

// EncryptionSpec is how a file is encrypted that the job writes or reads. The zero
// value is not at all.
type EncryptionSpec struct {
	// Mode is aes-cbc-pkcs7, aes-ctr or aes-gcm, which the service does; or, of
	// results, s3 or s3-aws-kms, which the store does.
	Mode string
	// Key is the data key as KMS has encrypted it, KeyMD5 the digest of that, and
	// Vector the initialization vector, all in base64. What is "" will be generated.
	Key, KeyMD5, Vector string
}

// ByStore is what the store does of it; arn is the pipeline's AwsKmsKeyArn, "" for none.
func (e EncryptionSpec) ByStore(arn string) object.Encryption {
	switch e.Mode {
	case "s3":
		return object.Encryption{Mode: e.Mode}
	case "s3-aws-kms":
		return object.Encryption{Mode: e.Mode, KeyARN: arn}
	}
	return object.Encryption{}
}

// ByService reports whether the service encrypts the file itself.
func (e EncryptionSpec) ByService() bool { return e.Mode != "" && e.ByStore("") == object.Encryption{} }

// vectorBytes is the length of an initialization vector, and of an MD5 digest (API
// model, Encryption).
const vectorBytes = 16

// sourceEncryption reads how an object that the job reads is encrypted. The store
// undoes by itself what it has done.
func sourceEncryption(r *reader, member string, e *api.Encryption) EncryptionSpec {
	spec := aesEncryption(r, member, e)
	if spec.Mode == "" {
		return spec
	}
	for _, part := range []struct{ name, value string }{{"Key", spec.Key}, {"KeyMd5", spec.KeyMD5},
		{"InitializationVector", spec.Vector}} {
		if part.value == "" {
			r.fail(missing(member + ":" + part.name))
		}
	}
	return spec
}

// resultEncryption reads how objects that the job writes are to be encrypted. A key
// or vector that is not given is generated.
func resultEncryption(r *reader, member string, e *api.Encryption) EncryptionSpec {
	spec := aesEncryption(r, member, e)
	if e != nil && spec.Mode == "" {
		spec.Mode = text(e.Mode) // what the store does
	}
	checkTogether(r, member, spec.Key, spec.KeyMD5)
	return spec
}

// aesEncryption reads the AES modes.
func aesEncryption(r *reader, member string, e *api.Encryption) (spec EncryptionSpec) {
	if e == nil || r.err != nil {
		return spec
	}
	given := text(e.Key) != "" || text(e.KeyMd5) != "" || text(e.InitializationVector) != ""
	switch mode := text(e.Mode); {
	case mode == "" && given:
		r.fail(missing(member + ":Mode"))
	case mode == "" || mode == "s3" || mode == "s3-aws-kms":
		if given {
			r.fail(invalidf("%s:Key, KeyMd5 and InitializationVector are allowed with the AES modes only.", member))
		}
		return spec
	}
	spec = EncryptionSpec{Mode: text(e.Mode), Key: text(e.Key), KeyMD5: text(e.KeyMd5),
		Vector: text(e.InitializationVector)}
	checkDataKey(r, member, spec.Key, spec.KeyMD5)
	checkBytes(r, member+":InitializationVector", spec.Vector, vectorBytes)
	return spec
}

// checkDataKey holds a data key and its digest against each other. The key itself
// is in no message.
func checkDataKey(r *reader, member, key, md5 string) {
	ciphertext, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		r.fail(invalidf("%s:Key is not valid: it must be the base64 text of the data key as KMS encrypted it.", member))
	}
	checkBytes(r, member+":KeyMd5", md5, vectorBytes)
	if digest := KeyMD5(ciphertext); key != "" && md5 != "" && md5 != digest {
		r.fail(invalid(member+":KeyMd5", md5, "the MD5 digest of the decoded Key is "+digest))
	}
}

// checkTogether refuses a data key without its digest, or the other way round.
func checkTogether(r *reader, member, key, md5 string) {
	if (key == "") != (md5 == "") {
		r.fail(invalidf("%s:Key and KeyMd5 must be given together, or both be left out; a key is then generated.",
			member))
	}
}

func checkBytes(r *reader, member, value string, length int) {
	if raw, err := base64.StdEncoding.DecodeString(value); value != "" && (err != nil || len(raw) != length) {
		r.fail(invalid(member, value, fmt.Sprintf("it must be the base64 text of %d bytes", length)))
	}
}

// KeyMD5 is what the API calls the MD5 of a key: that of its ciphertext, in base64
// (original.md 4.9).
func KeyMD5(ciphertext []byte) string {
	digest := md5.Sum(ciphertext) //nolint:gosec // a name, no protection
	return base64.StdEncoding.EncodeToString(digest[:])
}

// UndecryptedInput is 4016: a file does not decrypt with its key and mode.
func UndecryptedInput(o object.Key, mode string) *Failure {
	return &Failure{CodeUndecrypted,
		fmt.Sprintf("Amazon Elastic Transcoder could not decrypt the input file from bucket=%s, key=%s using %s.",
			o.Bucket, o.Key, mode),
		"Check that the file is whole, and that Mode, Key and InitializationVector are those that it was encrypted " +
			"with."}
}

// KeyLength is 4017: a data key of a length that AES does not have.
func KeyLength(md5 string, bits int) *Failure {
	return &Failure{CodeKeyLength,
		fmt.Sprintf("Amazon Elastic Transcoder supports AES keys of 128, 192 or 256 bits only: MD5=%s, %d bits.", md5,
			bits),
		"Encrypt a key of one of these lengths."}
}

// UndecryptedKey is 4018: the key service did not open a data key. Why is its own
// reason.
func UndecryptedKey(md5, why string) *Failure {
	return &Failure{CodeUndecryptedKey,
		fmt.Sprintf("Amazon Elastic Transcoder was unable to decrypt the ciphered key with MD5=%s.", md5), why}
}

// NoDataKey is 4019: the key service did not make a data key. Why is its own reason.
func NoDataKey(arn, why string) *Failure {
	return &Failure{CodeNoDataKey,
		fmt.Sprintf("Amazon Elastic Transcoder was unable to generate a data key using the KMS key ARN %s.", arn), why}
}

// CombinedSize is 4022: inputs that are joined have more bytes together than allowed.
func CombinedSize(inputs int, bucket string, size, limit int64) *Failure {
	return &Failure{CodeCombinedSize,
		fmt.Sprintf("The combined size of the %d media files exceeds the maximum: bucket=%s, size=%d.", inputs, bucket,
			size),
		fmt.Sprintf("The limit is %d bytes (--max-input-bytes).", limit)}
}
