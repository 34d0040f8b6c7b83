package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/reelastic/reelastic/internal/transcode"
)

// KMS opens and makes the keys of files through KMS, as a role may. It may be used
// from several goroutines at once.
type KMS struct {
	service AWS
	roles   granter
}

// granter is [Roles] or [Ambient].
type granter interface {
	Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error)
	Expired(role, token string) bool
}

// NewKMS uses a key service with the credentials of roles.
func NewKMS(service AWS, roles granter) *KMS { return &KMS{service: service, roles: roles} }

// RoleKeys are the keys as one role reaches them.
type RoleKeys struct {
	kms  *KMS
	role string
}

// As is for a pipeline's role.
func (k *KMS) As(role string) RoleKeys { return RoleKeys{k, role} }

// DecryptKey opens a data key that was encrypted with [FileContext] under any key that
// the role may use. A refusal is a [*transcode.KeyError], a role that can't be assumed a
// [*transcode.Failure].
func (r RoleKeys) DecryptKey(ctx context.Context, arn string, ciphertext []byte) ([]byte, error) {
	out, err := ask(ctx, r, arn, func(c *kms.Client) (*kms.DecryptOutput, error) {
		return c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: ciphertext, EncryptionContext: FileContext()})
	})
	if err != nil {
		return nil, keyError("decrypt a data key", err)
	}
	return out.Plaintext, nil
}

// GenerateKey makes a data key of a length in bits under the key of an ARN.
func (r RoleKeys) GenerateKey(ctx context.Context, arn string, bits int) (plain, ciphertext []byte, err error) {
	if arn == "" {
		return nil, nil, &transcode.KeyError{Problem: transcode.NoKey, Why: "the pipeline has no AwsKmsKeyArn"}
	}
	out, err := ask(ctx, r, arn, func(c *kms.Client) (*kms.GenerateDataKeyOutput, error) {
		return c.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &arn, NumberOfBytes: aws.Int32(int32(bits / 8)),
			EncryptionContext: FileContext()})
	})
	if err != nil {
		return nil, nil, keyError("generate a data key", err)
	}
	return out.Plaintext, out.CiphertextBlob, nil
}

// ask sends a request about a key with the role's credentials, and once more with
// others if their session has ended before its time.
func ask[T any](ctx context.Context, r RoleKeys, arn string, request func(*kms.Client) (T, error)) (T, error) {
	for again := true; ; again = false {
		c, err := r.kms.roles.Credentials(ctx, r.role)
		if err != nil {
			var none T
			return none, err
		}
		out, err := request(r.client(c, arn))
		ended, ok := errors.AsType[smithy.APIError](err)
		if !ok || ended.ErrorCode() != "ExpiredTokenException" || !again ||
			!r.kms.roles.Expired(r.role, c.SessionToken) {
			return out, err
		}
	}
}

// client signs with credentials, for the region of the key.
func (r RoleKeys) client(c transcode.RoleCredentials, arn string) *kms.Client {
	region := r.kms.service.Region
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[3] != "" {
		region = parts[3]
	}
	return kms.New(kms.Options{Region: region, BaseEndpoint: r.kms.service.base(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
				SessionToken: c.SessionToken}, nil
		})})
}

func keyError(what string, err error) error {
	if transcode.AsFailure(err) != nil {
		return err
	}
	if refused := clientFault(err); refused != nil {
		return &transcode.KeyError{Problem: transcode.KeyProblem(refused.ErrorCode()),
			Why: strings.TrimSuffix(refused.ErrorMessage(), ".")}
	}
	return fmt.Errorf("%s: %w", what, err)
}
