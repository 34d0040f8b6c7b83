package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

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
	client, err := r.client(ctx, arn)
	if err != nil {
		return nil, err
	}
	out, err := client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: ciphertext, EncryptionContext: FileContext()})
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
	client, err := r.client(ctx, arn)
	if err != nil {
		return nil, nil, err
	}
	out, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &arn, NumberOfBytes: aws.Int32(int32(bits / 8)), EncryptionContext: FileContext()})
	if err != nil {
		return nil, nil, keyError("generate a data key", err)
	}
	return out.Plaintext, out.CiphertextBlob, nil
}

// client signs with the role's credentials, for the region of the key.
func (r RoleKeys) client(ctx context.Context, arn string) (*kms.Client, error) {
	c, err := r.kms.roles.Credentials(ctx, r.role)
	if err != nil {
		return nil, err
	}
	region := r.kms.service.Region
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[3] != "" {
		region = parts[3]
	}
	return kms.New(kms.Options{Region: region, BaseEndpoint: r.kms.service.base(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
		})}), nil
}

func keyError(what string, err error) error {
	if refused := clientFault(err); refused != nil {
		return &transcode.KeyError{Problem: transcode.KeyProblem(refused.ErrorCode()), Why: strings.TrimSuffix(refused.ErrorMessage(), ".")}
	}
	return fmt.Errorf("%s: %w", what, err)
}
