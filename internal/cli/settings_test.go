package cli

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/reelastic/reelastic/internal/app"
)

// FuzzSettings reads configuration files: each is refused with its name, or no value of it is
// refused later.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{
		"region: eu-west-1\nserve:\n  listen: 127.0.0.1:1\n", "a: &a\n  <<: *a\n", "config: {<<: [{grace: 1m}]}",
		"workers: 1e3\n---\n", "config:\n", "\xff", "? [a]\n: b", "workers: 0x10", "database: nats://a@b", "a: b: c",
	} {
		f.Add(text)
	}
	var s *settings
	parser, err := kong.New(&commands{}, kong.Vars(app.Vars()), remoteVars, kong.Resolvers(kong.ResolverFunc(
		func(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
			return s.resolve(ctx, parent, flag)
		})))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s = &settings{file: "file", used: map[string]int{}}
		err := s.read(strings.NewReader(text))
		if err == nil {
			err = s.check(parser.Model)
		}
		if err == nil {
			if _, err := parser.Parse([]string{"config"}); err != nil {
				t.Errorf("%q is accepted, then: %v", text, err)
			}
			return
		}
		for line := range strings.Lines(err.Error()) {
			if !strings.HasPrefix(line, "file:") {
				t.Errorf("%q: the file is not named: %s", text, line)
			}
		}
	})
}
