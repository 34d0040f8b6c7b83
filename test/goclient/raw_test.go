package goclient_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/client/awsconfig"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestMakeRequest makes calls by method and path, as boto's make_request does.
func TestMakeRequest(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0")
	server.Bucket("in")
	server.Bucket("out")
	c := server.GoClient()
	body := []byte(`{"Name": "raw", "InputBucket": "in", "OutputBucket": "out", "Role": "` + reelastictest.Role +
		`", "Unknown": null}`)
	resp, err := c.MakeRequest(t.Context(), http.MethodPost, "/2012-09-25/pipelines", body,
		client.RequestExpectStatus(http.StatusCreated))
	if err != nil {
		t.Fatal(err)
	}
	var made api.CreatePipelineResponse
	if err := resp.JSON(&made); err != nil || resp.Status != http.StatusCreated || !uuid.MatchString(resp.RequestID) ||
		*made.Pipeline.Name != "raw" {
		t.Errorf("%+v, error %v", resp, err)
	}
	_, err = c.MakeRequest(t.Context(), http.MethodDelete, "/2012-09-25/pipelines/"+*made.Pipeline.Id, nil,
		client.RequestExpectStatus(http.StatusOK))
	e, ok := err.(*client.ResponseError)
	if !ok || e.Status != http.StatusAccepted { //nolint:errorlint // it must be no other type
		t.Errorf("202 instead of 200: %v", err)
	}
	resp, err = c.MakeRequest(t.Context(), http.MethodGet, "/2012-09-25/presets", nil,
		client.RequestQuery(url.Values{"Ascending": {"true"}, "PageToken": {systemMP4}, "Not known": {"a b", "é"}}))
	var presets api.ListPresetsResponse
	if err != nil || resp.JSON(&presets) != nil || len(presets.Presets) == 0 || *presets.Presets[0].Id <= systemMP4 {
		t.Errorf("presets after %s: %v, error %v", systemMP4, presets, err)
	}
}

// TestCredentialsFile calls with what the server's first start wrote for its
// users, found as the AWS tools find it.
func TestCredentialsFile(t *testing.T) {
	server := reelastictest.Start(t, "--workers", "0", "--region", "eu-west-1")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(server.Data, "credentials"))
	credentials, region, err := awsconfig.Load(t.Context())
	if err != nil || region != "eu-west-1" {
		t.Fatalf("region %q, error %v", region, err)
	}
	c, err := client.New(server.Endpoint(), client.WithCredentials(credentials), client.WithRegion(region))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	if found := ids(t, c.Pipelines(t.Context()), pipelineID); len(found) != 0 {
		t.Errorf("pipelines %q", found)
	}
}
