package sigv4_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// A Signer signs as Sign does whatever it signed before, from any goroutine.
func TestSignerKeepsTheRightKey(t *testing.T) {
	t.Parallel()
	var signer sigv4.Signer
	cases := []struct {
		creds           sigv4.Credentials
		region, service string
		at              time.Time
	}{
		{longTerm, "us-east-1", "elastictranscoder", now},
		{longTerm, "us-east-1", "elastictranscoder", now.Add(time.Minute)},
		{longTerm, "eu-west-1", "elastictranscoder", now},
		{longTerm, "eu-west-1", "s3", now},
		{longTerm, "eu-west-1", "s3", now.Add(24 * time.Hour)},
		{temporary, "eu-west-1", "s3", now.Add(24 * time.Hour)},
		{sigv4.Credentials{AccessKeyID: longTerm.AccessKeyID, SecretAccessKey: "rotated"}, "us-east-1",
			"elastictranscoder", now},
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, c := range cases {
				got := newRequest(t, http.MethodPost, "/2012-09-25/jobs?b=2&a=1", jobBody)
				want := newRequest(t, http.MethodPost, "/2012-09-25/jobs?b=2&a=1", jobBody)
				if err := signer.Sign(got, jobBody, c.creds, c.region, c.service, c.at); err != nil {
					t.Error(err)
				}
				if err := sigv4.Sign(want, jobBody, c.creds, c.region, c.service, c.at); err != nil {
					t.Error(err)
				}
				if g, w := got.Header.Get("Authorization"), want.Header.Get("Authorization"); g != w {
					t.Errorf("signed %q, want %q", g, w)
				}
			}
		})
	}
	wg.Wait()
}
