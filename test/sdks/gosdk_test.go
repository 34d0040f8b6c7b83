package sdks

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// goClient is the Go SDK, called by the names of its operations.
type goClient struct{ *elastictranscoder.Client }

func openGo(_ *testing.T, s setup) client {
	return goClient{elastictranscoder.New(elastictranscoder.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String("http://" + s.addr),
		Retryer:      aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return s.credentials, nil
		}),
	}, func(o *elastictranscoder.Options) {
		if s.version != "" {
			o.APIOptions = append(o.APIOptions, askForVersion(s.version))
		}
	})}
}

// askForVersion changes the path of every request.
func askForVersion(version string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Build.Add(middleware.BuildMiddlewareFunc("AskForVersion",
			func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput,
				middleware.Metadata, error) {
				req := in.Request.(*smithyhttp.Request)
				req.URL.Path = strings.Replace(req.URL.Path, "2012-09-25", version, 1)
				return next.HandleBuild(ctx, in)
			}), middleware.After)
	}
}

func (c goClient) ask(t *testing.T, r request) answer {
	t.Helper()
	switch r.Do {
	case "pages":
		return c.pages(t, r)
	case "wait":
		return c.wait(t, r)
	}
	method := reflect.ValueOf(c.Client).MethodByName(r.Operation)
	in := reflect.New(method.Type().In(1).Elem()) // *ReadJobInput, say
	if err := json.Unmarshal([]byte(text(t, r.Params)), in.Interface()); err != nil {
		t.Fatal(err)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
	if err, _ := out[1].Interface().(error); err != nil {
		return answer{Error: goFailure(err)}
	}
	metadata := out[0].Elem().FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	return answer{Result: goResult(t, out[0].Interface()), Status: goStatus(metadata)}
}

// goResult is an output structure as JSON, nil pointers as absent members.
func goResult(t *testing.T, out any) object {
	t.Helper()
	o := document(t, []byte(text(t, out)))
	delete(o, "ResultMetadata")
	return withoutNulls(o).(object)
}

func goStatus(m middleware.Metadata) int {
	if raw, ok := awsmiddleware.GetRawResponse(m).(*smithyhttp.Response); ok {
		return raw.StatusCode
	}
	return 0
}

func goFailure(err error) *failure {
	f := &failure{Class: reflect.TypeOf(err).String(), Message: err.Error()}
	var named smithy.APIError
	if errors.As(err, &named) {
		f.Class, f.Code, f.Message = reflect.TypeOf(named).Elem().Name(), named.ErrorCode(), named.ErrorMessage()
	}
	var answered *awshttp.ResponseError
	if errors.As(err, &answered) {
		f.Status = answered.HTTPStatusCode()
	}
	return f
}

func (c goClient) pages(t *testing.T, r request) (a answer) {
	t.Helper()
	if r.Operation != "ListPresets" {
		t.Fatalf("no paginator for %s", r.Operation)
	}
	for p := elastictranscoder.NewListPresetsPaginator(c.Client,
		&elastictranscoder.ListPresetsInput{}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			return answer{Error: goFailure(err)}
		}
		a.Pages = append(a.Pages, goResult(t, page))
	}
	return a
}

func (c goClient) wait(t *testing.T, r request) answer {
	t.Helper()
	waiter := elastictranscoder.NewJobCompleteWaiter(c.Client, func(o *elastictranscoder.JobCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 200*time.Millisecond, 200*time.Millisecond
	})
	id := r.Params["Id"].(string)
	if err := waiter.Wait(t.Context(), &elastictranscoder.ReadJobInput{Id: &id}, 120*time.Second); err != nil {
		return answer{Error: goFailure(err)}
	}
	return answer{Result: object{}}
}
