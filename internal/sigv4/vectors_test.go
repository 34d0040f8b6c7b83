package sigv4_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

var (
	awsExample = sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE",
		SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	awsDate = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
)

// TestPublishedVectors pins the examples of AWS's documentation (ListUsers) and
// of its Signature Version 4 test suite.
func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method, url, contentType, body, service, signature string
	}{
		{"ListUsers", "GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
			"application/x-www-form-urlencoded; charset=utf-8", "", "iam",
			"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
		{"get-vanilla", "GET", "https://example.amazonaws.com/", "", "", "service",
			"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", "GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", "",
			"", "service",
			"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"get-vanilla-utf8-query", "GET", "https://example.amazonaws.com/?\u1234=bar", "", "", "service",
			"2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{"post-vanilla", "POST", "https://example.amazonaws.com/", "", "", "service",
			"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-x-www-form-urlencoded", "POST", "https://example.amazonaws.com/", "application/x-www-form-urlencoded",
			"Param1=value1", "service",
			"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequest(c.method, c.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.contentType != "" {
				req.Header.Set("Content-Type", c.contentType)
			}
			if err := sigv4.Sign(req, []byte(c.body), awsExample, "us-east-1", c.service, awsDate); err != nil {
				t.Fatal(err)
			}
			if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+c.signature) {
				t.Errorf("Authorization: %s, want signature %s", got, c.signature)
			}
			if _, err := sigv4.Verify(req, []byte(c.body), lookup(awsExample), awsDate); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}
