package sdks

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	reelastic "github.com/reelastic/reelastic/client"
)

// ownClient is this project's own client, called by the names of its operations.
type ownClient struct {
	*reelastic.Client
	status int // of the last answer
}

func openOwn(t *testing.T, s setup) client {
	t.Helper()
	c := &ownClient{}
	options := []reelastic.Option{reelastic.WithRegion("us-east-1"),
		reelastic.WithRetry(reelastic.Retry{MaxAttempts: 1}),
		reelastic.WithCredentials(reelastic.StaticCredentials(s.credentials.AccessKeyID, s.credentials.SecretAccessKey,
			s.credentials.SessionToken)),
		reelastic.WithResponseHook(func(e *reelastic.Exchange) {
			if e.Response != nil {
				c.status = e.Response.StatusCode
			}
		})}
	if s.version != "" {
		options = append(options, reelastic.WithRequestHook(func(r *http.Request) error {
			r.URL.Path = strings.Replace(r.URL.Path, reelastic.APIVersion, s.version, 1)
			return nil
		}))
	}
	var err error
	if c.Client, err = reelastic.New("http://"+s.addr, options...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func (c *ownClient) ask(t *testing.T, r request) answer {
	t.Helper()
	switch r.Do {
	case "pages":
		return c.pages(t, r)
	case "wait":
		if _, err := c.WaitJob(t.Context(), r.Params["Id"].(string),
			reelastic.WaitDelays(200*time.Millisecond, 200*time.Millisecond)); err != nil {
			return answer{Error: ownFailure(err)}
		}
		return answer{Result: object{}}
	}
	out := reflect.ValueOf(c.Client).MethodByName(r.Operation).Call([]reflect.Value{reflect.ValueOf(t.Context()),
		reflect.ValueOf(ownRequest(t, r))})
	if err, _ := out[1].Interface().(error); err != nil {
		return answer{Error: ownFailure(err)}
	}
	return answer{Result: document(t, []byte(text(t, out[0].Interface()))), Status: c.status}
}

// ownRequest is the request's structure with the parameters in it.
func ownRequest(t *testing.T, r request) any {
	t.Helper()
	op, ok := api.OperationNamed(r.Operation)
	if !ok {
		t.Fatalf("no operation %s", r.Operation)
	}
	in := op.NewRequest()
	if err := json.Unmarshal([]byte(text(t, r.Params)), in); err != nil {
		t.Fatal(err)
	}
	for field, member := range reflect.ValueOf(in).Elem().Fields() {
		if value, given := r.Params[field.Name].(string); given && field.Tag.Get("json") == "-" {
			member.Set(reflect.ValueOf(&value))
		}
	}
	return in
}

func ownFailure(err error) *failure {
	f := &failure{Class: reflect.TypeOf(err).Elem().Name(), Message: err.Error()}
	if e, ok := errors.AsType[*reelastic.ResponseError](err); ok {
		f.Code, f.Message, f.Status = string(e.Code), e.Message, e.Status
	}
	return f
}

func (c *ownClient) pages(t *testing.T, r request) answer {
	t.Helper()
	if r.Operation != "ListPresets" {
		t.Fatalf("no list for %s", r.Operation)
	}
	all := &api.ListPresetsResponse{}
	for preset, err := range c.Presets(t.Context()) {
		if err != nil {
			return answer{Error: ownFailure(err)}
		}
		all.Presets = append(all.Presets, *preset)
	}
	return answer{Pages: []object{document(t, []byte(text(t, all)))}}
}
