package sigv4_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// oldClient signs a GET as clients of 2013 did, step by step: name is the header with
// the date, date its value, stamp what the string to sign has for it.
func oldClient(path, name, date, stamp string) *arrival {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	const host = "127.0.0.1:8080"
	canonical, signedHeaders := "host:"+host+"\nx-amz-date:"+date+"\n", "host;x-amz-date"
	if name == "Date" {
		canonical, signedHeaders = "date:"+date+"\nhost:"+host+"\n", "date;host"
	}
	canonical = "GET\n" + path + "\n\n" + canonical + "\n" + signedHeaders + "\n" + digest("")
	const day, scope = "20261122", "20261122/us-east-1/elastictranscoder/aws4_request"
	key := mac(mac(mac(mac([]byte("AWS4"+longTerm.SecretAccessKey), day), "us-east-1"), "elastictranscoder"),
		"aws4_request")
	signature := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+digest(canonical)))

	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	r.Header.Set(name, date)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+longTerm.AccessKeyID+"/"+scope+
		", SignedHeaders="+signedHeaders+", Signature="+signature)
	return &arrival{r, nil, now}
}

// TestDateForms signs with every form of a date that clients send. The Ruby gem
// elastic_transcoder 0.0.2 sends the extended form and signs the basic one.
func TestDateForms(t *testing.T) {
	t.Parallel()
	const path, basic = "/2012-09-25/pipelines", "20261122T200000Z"
	for _, name := range []string{"X-Amz-Date", "Date"} {
		for _, c := range []struct {
			date, stamp string
			want        sigv4.Code
		}{
			{basic, basic, ""},
			{"Sun, 22 Nov 2026 20:00:00 GMT", basic, ""},
			{"2026-11-22T20:00:00Z", basic, ""},
			{"2026-11-22T20:00:00.000Z", basic, ""},
			{"2026-11-22T20:00:00+00:00", basic, ""},
			{"2026-11-22T21:30:00+01:30", basic, ""},
			{"2026-11-22T20:00:00Z", "2026-11-22T20:00:00Z", ""},

			{"2026-11-22T20:00:00Z", "20261122T200001Z", denied},
			{"2026-11-22T20:00:00Z", "2026-11-22T20:00:01Z", denied},
			{"Sun, 22 Nov 2026 20:00:00 GMT", "Sun, 22 Nov 2026 20:00:00 GMT", denied},
			{"2026-11-22T19:45:00Z", "20261122T194500Z", ""},
			{"2026-11-22T19:44:59Z", "20261122T194459Z", expired},
			{"2026-11-22T20:15:00Z", "20261122T201500Z", ""},
			{"2026-11-22T20:15:01Z", "20261122T201501Z", expired},
			{"2026-11-23T01:00:00+05:00", basic, ""}, // the day is that of UTC
			{"2026-11-22 20:00:00", basic, incomplete},
			{"2026-11-22T20:00:00", basic, incomplete},
			{"2026-11-31T20:00:00Z", basic, incomplete},
			{"2026-11-21T20:00:00Z", basic, incomplete}, // the scope is of another day
		} {
			t.Run(name+" "+c.date+" as "+strings.ReplaceAll(c.stamp, "/", ""), func(t *testing.T) {
				t.Parallel()
				a := oldClient(path, name, c.date, c.stamp)
				check(t, a, c.want)
				if c.want == "" {
					a.r.URL.Path, a.r.RequestURI = path+"x", path+"x"
					check(t, a, denied)
				}
			})
		}
	}
}

// TestPresignedExtendedDate presigns with a date in the extended form.
func TestPresignedExtendedDate(t *testing.T) {
	t.Parallel()
	a := presigned(t, http.MethodGet, "/2012-09-25/jobs", nil, longTerm, now, time.Hour)
	a.replaceTarget("X-Amz-Date="+"20261122T200000Z", "X-Amz-Date="+"2026-11-22T20%3A00%3A00Z")
	check(t, a, denied) // read as a date, and not what was signed
}
