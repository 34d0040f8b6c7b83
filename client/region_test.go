package client

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
)

// clean removes what the environment says of endpoints and regions.
func clean(t *testing.T, set map[string]string) {
	t.Helper()
	for _, name := range []string{envEndpoint, envAnyEndpoint, envIgnoreEndpoints, "AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, set[name])
	}
}

func TestEndpoints(t *testing.T) {
	const original = "https://elastictranscoder."
	for name, c := range map[string]struct {
		argument         string
		opts             []Option
		env              map[string]string
		endpoint, region string
		closed           bool
	}{
		"nothing": {"", nil, nil, original + "us-east-1.amazonaws.com", "us-east-1", true},
		"argument": {"http://a:8080", []Option{WithEndpoint("http://b")},
			map[string]string{envEndpoint: "http://c"}, "http://a:8080", "us-east-1", false},
		"option": {"", []Option{WithEndpoint("http://b/")}, map[string]string{envEndpoint: "http://c"},
			"http://b", "us-east-1", false},
		"its own variable": {"", nil, map[string]string{envEndpoint: "http://c", envAnyEndpoint: "http://d"},
			"http://c", "us-east-1", false},
		"the general variable": {"", nil, map[string]string{envAnyEndpoint: "http://d"}, "http://d", "us-east-1",
			false},
		"variables ignored": {"", nil, map[string]string{envAnyEndpoint: "http://d", envIgnoreEndpoints: "TRUE"},
			original + "us-east-1.amazonaws.com", "us-east-1", true},
		"region option": {"", []Option{WithRegion("eu-west-1")}, map[string]string{"AWS_REGION": "us-west-1"},
			original + "eu-west-1.amazonaws.com", "eu-west-1", true},
		"region variable": {"", nil, map[string]string{"AWS_REGION": "us-west-1",
			"AWS_DEFAULT_REGION": "us-west-2"}, original + "us-west-1.amazonaws.com", "us-west-1", true},
		"default region": {"http://a", nil, map[string]string{"AWS_DEFAULT_REGION": "us-west-2"}, "http://a",
			"us-west-2", false},
		"host alone": {DefaultRegionEndpoint, nil, map[string]string{"AWS_REGION": "eu-west-1"},
			original + "us-east-1.amazonaws.com", "us-east-1", true},
		"original, other case": {"https://ElasticTranscoder.eu-west-1.amazonaws.com", nil, nil,
			"https://ElasticTranscoder.eu-west-1.amazonaws.com", "eu-west-1", true},
		"another amazon host": {"https://s3.eu-west-1.amazonaws.com", nil, nil, "https://s3.eu-west-1.amazonaws.com",
			"us-east-1", false},
		"path":                 {"https://a/b%2Fc/d//", nil, nil, "https://a/b%2Fc/d", "us-east-1", false},
		"any region of ours":   {"http://a", []Option{WithRegion("mars-1")}, nil, "http://a", "mars-1", false},
		"address of version 6": {"http://[::1]:8080", nil, nil, "http://[::1]:8080", "us-east-1", false},
		"look-alike": {"https://elastictranscoder.us-east-1.amazonaws.com.evil.test", nil, nil,
			"https://elastictranscoder.us-east-1.amazonaws.com.evil.test", "us-east-1", false},
		"host and port, no more": {"localhost:8080", nil, nil, "https://localhost:8080", "us-east-1", false},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t, c.env)
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, nil))
			client, err := New(c.argument, append(c.opts, WithCredentials(testCredentials), WithLogger(logger))...)
			if err != nil {
				t.Fatal(err)
			}
			if client.Endpoint() != c.endpoint || client.Region() != c.region {
				t.Errorf("%s, want %s of %s", client, c.endpoint, c.region)
			}
			warned := strings.Count(log.String(), "level=WARN")
			if warned > 1 || (warned == 1) != c.closed {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

func TestEndpointsRefused(t *testing.T) {
	clean(t, nil)
	for _, endpoint := range []string{"ftp://a", "http://", "http:///x", "://", "http://a:b:c", "http://user:hide-me@a",
		"http://a?b=c", "http://a#b", "http://%zz", " "} {
		if _, err := New(endpoint, WithCredentials(testCredentials)); err == nil ||
			strings.Contains(err.Error(), "hide-me") {
			t.Errorf("%q: error %v", endpoint, err)
		}
	}
	if _, err := ConnectToRegion("mars-1", WithCredentials(testCredentials)); err == nil ||
		!strings.Contains(err.Error(), "mars-1") {
		t.Errorf("error %v", err)
	}
}

func TestRegions(t *testing.T) {
	clean(t, nil)
	want := "ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 eu-west-1 us-east-1 us-west-1 us-west-2"
	var got []string
	quiet := WithLogger(slog.New(slog.DiscardHandler))
	for _, r := range Regions() {
		got = append(got, r.Name)
		if r.Name == DefaultRegionName && r.Endpoint != DefaultRegionEndpoint {
			t.Errorf("endpoint %s", r.Endpoint)
		}
		c, err := r.Connect(WithCredentials(testCredentials), quiet)
		if err != nil || c.Region() != r.Name || c.Endpoint() != "https://"+r.Endpoint {
			t.Errorf("%v: %v, %v", r, c, err)
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("regions %v", got)
	}
}

// An endpoint's path comes before that of every request, escaped as it was given.
func TestEndpointPath(t *testing.T) {
	var s recorder
	bubble(t, s.ServeHTTP, func(t *testing.T, c *Client) {
		for endpoint, want := range map[string]string{"http://service.test/a/b/": "/a/b",
			"http://service.test/a%2Fb": "/a%2Fb", "http://service.test": ""} {
			c.base, _ = parseEndpoint(endpoint)
			for id, segment := range map[string]string{jobID: jobID, "x/y": "x%2Fy"} {
				if _, err := c.CancelJob(t.Context(), &api.CancelJobRequest{Id: &id}); err != nil ||
					s.last.target != want+"/2012-09-25/jobs/"+segment || s.last.err != nil {
					t.Errorf("%s: %s, %v, %v", endpoint, s.last.target, err, s.last.err)
				}
			}
		}
	})
}
