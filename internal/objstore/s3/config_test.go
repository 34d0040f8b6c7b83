package s3_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/objstore/s3"
)

func TestParseConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]s3.Config{
		"s3://":                  {Place: s3.Place{Region: "us-east-1"}, Buckets: map[string]s3.Place{}},
		"s3://?region=eu-west-1": {Place: s3.Place{Region: "eu-west-1"}, Buckets: map[string]s3.Place{}},
		"s3://?endpoint=http://h:1": {Place: s3.Place{Region: "us-east-1", Endpoint: "http://h:1"}, PathStyle: true,
			Buckets: map[string]s3.Place{}},
		"s3://?endpoint=https://h&path-style=false&ca=/ca.pem": {Place: s3.Place{Region: "us-east-1",
			Endpoint: "https://h"}, CAFile: "/ca.pem",
			Buckets: map[string]s3.Place{}},
		"s3://?bucket.a.b.region=eu-west-1&bucket.a.b.endpoint=http%3A%2F%2Fh": {Place: s3.Place{Region: "us-east-1"},
			Buckets: map[string]s3.Place{"a.b": {Region: "eu-west-1", Endpoint: "http://h"}}},
	} {
		got, err := s3.ParseConfig(text, "us-east-1")
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v %s", text, err, cmp.Diff(want, got))
		}
	}
	for text, want := range map[string]string{
		"s3://bucket": "there must be no text between s3:// and the question mark: the " +
			"buckets are those of the pipelines",
		"s3://key:secret@": "credentials must not stand here: give them in the environment, as to " +
			"every AWS client",
		"gs://?region=x":              "must be of the form s3://?endpoint=URL&region=NAME",
		"s3://?endpoint=h:1":          "endpoint must be of the form https://HOST",
		"s3://?endpoint=http://a:b@h": "endpoint must be an address alone, of scheme and host",
		"s3://?path-style=maybe":      `path-style "maybe" is not valid: it must be true or false`,
		"s3://?region=a&region=b":     "region is given 2 times; it must be given once",
		"s3://?profile=p": `parameter "profile" is not known; the parameters are endpoint, region, ` +
			`path-style, ca, bucket.NAME.endpoint, bucket.NAME.region`,
		"s3://?bucket.films.colour=green": `parameter "bucket.films.colour" is not known; the parameters are ` +
			`endpoint, region, path-style, ca, bucket.NAME.endpoint, bucket.NAME.region`,
	} {
		if _, err := s3.ParseConfig(text, "us-east-1"); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// FuzzParseConfig reads settings of storage: what is taken has a place for each bucket that it
// names, and no credentials.
func FuzzParseConfig(f *testing.F) {
	for _, text := range []string{
		"s3://?endpoint=http://127.0.0.1:9000&region=eu-west-1&path-style=true&ca=/ca.pem", "s3://bucket", "s3://a:b@",
		"s3://?bucket.films.endpoint=http://other&bucket.films.region=x", "s3://?bucket..region=x&region=a&region=b", "s3:%",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := s3.ParseConfig(text, "us-east-1")
		if err != nil {
			return
		}
		if !strings.HasPrefix(strings.ToLower(text), "s3:") {
			t.Errorf("%q is taken", text)
		}
		for name := range c.Buckets {
			if name == "" {
				t.Errorf("%q has a bucket without a name", text)
			}
		}
	})
}
