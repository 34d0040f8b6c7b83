package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"github.com/reelastic/reelastic/internal/notify"
)

// amazon publishes to Amazon SNS, or to an endpoint that speaks its protocol.
type amazon struct {
	endpoint string // "" is Amazon's, by region
	roles    Roles
	http     aws.HTTPClient
}

func newAmazon(where string, roles Roles) *amazon {
	if where == "aws" {
		where = ""
	}
	return &amazon{endpoint: where, roles: roles, http: awshttp.NewBuildableClient()}
}

// send makes one try, with the credentials of the delivery's role. The service
// tries again.
func (a *amazon) send(ctx context.Context, d notify.Delivery) error {
	role, topic, subject, message := d.Role, d.Topic, notify.Subject(d.State, d.JobID), string(d.Message)
	fields := strings.Split(topic, ":")
	if len(fields) < 6 {
		return fmt.Errorf("%q is not the ARN of a topic", topic)
	}
	c, err := a.roles.Credentials(ctx, role)
	if err != nil {
		return fmt.Errorf("publish to %s with the role %s: %w", topic, role, err)
	}
	options := sns.Options{Region: fields[3], Retryer: aws.NopRetryer{}, HTTPClient: a.http,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
				SessionToken: c.SessionToken,
				CanExpire:    !c.Expires.IsZero(), Expires: c.Expires, Source: "role of the pipeline"}, nil
		})}
	if a.endpoint != "" {
		options.BaseEndpoint = aws.String(a.endpoint)
	}
	_, err = sns.New(options).Publish(ctx, &sns.PublishInput{TopicArn: &topic, Subject: &subject, Message: &message})
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		if code := refused.ErrorCode(); code == "ExpiredToken" || code == "ExpiredTokenException" {
			a.roles.Expired(role, c.SessionToken) // for the next try
		}
		return fmt.Errorf("SNS refuses to publish to %s with the role %s: %s: %s", topic, role, refused.ErrorCode(),
			refused.ErrorMessage())
	}
	if err != nil {
		return fmt.Errorf("publish to %s with the role %s: %w", topic, role, err)
	}
	return nil
}
