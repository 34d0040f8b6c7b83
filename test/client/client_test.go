// Package client_test holds the Go client against the real server, the AWS SDK's
// signer and botocore.
package client_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// invoke calls the method that has the operation's name.
func invoke(ctx context.Context, c *client.Client, op api.Operation, request any) error {
	out := reflect.ValueOf(c).MethodByName(op.Name).Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(request)})
	err, _ := out[1].Interface().(error)
	return err
}
