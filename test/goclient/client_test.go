package goclient_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) {
	// An example can't skip itself.
	if _, err := exec.LookPath("ffmpeg"); err != nil && os.Getenv("CI") == "" {
		fmt.Fprintln(os.Stderr, "without the example:", err)
		if err := flag.Set("test.skip", "^Example$"); err != nil {
			panic(err)
		}
	}
	reelastictest.Main(m)
}

// running is a server for an example.
type running struct {
	Endpoint    string
	Credentials client.CredentialsProvider
	// Stop stops it and removes its files.
	Stop func()
}

// exampleServer starts a server with two seconds of film.
func exampleServer() running {
	e := reelastictest.NewExample()
	s := reelastictest.Start(e, "--workers", "1")
	s.Put("in", "film.mp4", reelastictest.Clip{Width: 640, Height: 360, Rate: 30, Seconds: 2}.Make(e))
	s.Bucket("out")
	keys := s.Credentials()
	return running{s.Endpoint(), client.StaticCredentials(keys.AccessKeyID, keys.SecretAccessKey, ""), e.End}
}

// invoke calls the method that has the operation's name.
func invoke(ctx context.Context, c *client.Client, op api.Operation, request any) error {
	out := reflect.ValueOf(c).MethodByName(op.Name).Call([]reflect.Value{reflect.ValueOf(ctx),
		reflect.ValueOf(request)})
	err, _ := out[1].Interface().(error)
	return err
}
