package presets

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/reelastic/reelastic/internal/transcode/presettest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestRefusals sends bad presets through the server; all of them are held against
// the judge alone in internal/transcode.
func TestRefusals(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0")
	const seed, count = 4, 20 // any seed: the sample is the same in every run
	all := presettest.Refusals()
	for _, i := range rand.New(rand.NewPCG(seed, seed)).Perm(len(all))[:count] {
		request, err := all[i].Request()
		if err != nil {
			t.Fatal(err)
		}
		resp, answer := post(t, server, request)
		wantRefused(t, all[i].Of+" with "+all[i].Change, resp, answer, http.StatusBadRequest, "ValidationException",
			all[i].Message)
	}
}

// TestWarningQuotaAndDeletion follows a preset from the warning at its creation
// to its end, with a quota of one.
func TestWarningQuotaAndDeletion(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0", "--max-presets", "1")
	request, err := presettest.Request("mp4", `{"Video": {"FrameRate": "60"}}`)
	if err != nil {
		t.Fatal(err)
	}
	resp, answer := post(t, server, request)
	var created struct {
		Preset  struct{ Id string }
		Warning string
	}
	if err := json.Unmarshal(answer, &created); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", resp.Status, answer)
	}
	const warning = "The value of FrameRate, 60, is greater than the number of frames per second at this size that " +
		"is recommended for level 3.1: 30."
	if created.Warning != warning {
		t.Errorf("Warning %q, want %q", created.Warning, warning)
	}
	resp, answer = post(t, server, request)
	wantRefused(t, "a second preset", resp, answer, http.StatusTooManyRequests, "LimitExceededException",
		"The account already has the maximum number of presets allowed: account=000000000000, maximum number "+
			"of presets=1")

	const presets, system = "/2012-09-25/presets/", "1351620000001-000010"
	resp, answer = server.Send(t, http.MethodDelete, presets+system, nil)
	wantRefused(t, "deleting a system preset", resp, answer, http.StatusForbidden, "AccessDeniedException",
		"Deleting a system preset is not allowed: account=000000000000, presetId="+system+".")
	resp, answer = server.Send(t, http.MethodDelete, presets+created.Preset.Id, nil)
	if resp.StatusCode != http.StatusAccepted || string(answer) != `{"Success":"true"}`+"\n" &&
		string(answer) != `{"Success":"true"}` {
		t.Errorf("deleting: %s: %s", resp.Status, answer)
	}
	resp, answer = server.Send(t, http.MethodDelete, presets+created.Preset.Id, nil)
	wantRefused(t, "deleting once more", resp, answer, http.StatusNotFound, "ResourceNotFoundException",
		"The specified preset was not found: account=000000000000, presetId="+created.Preset.Id)
	if resp, answer = post(t, server, request); resp.StatusCode != http.StatusCreated {
		t.Errorf("a preset in the room of the deleted one: %s: %s", resp.Status, answer)
	}
}

// post sends CreatePreset.
func post(t *testing.T, server *reelastictest.Server, request any) (*http.Response, []byte) {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return server.Send(t, http.MethodPost, "/2012-09-25/presets", body)
}

func wantRefused(t *testing.T, what string, resp *http.Response, answer []byte, status int, exception, message string) {
	t.Helper()
	var body struct{ Message string }
	if err := json.Unmarshal(answer, &body); err != nil {
		t.Errorf("%s: %v: %s", what, err, answer)
	}
	name := resp.Header.Get("x-amzn-ErrorType")
	if resp.StatusCode != status || name != exception+":" || body.Message != message {
		t.Errorf("%s:\n got %d %s: %s\nwant %d %s: %s", what, resp.StatusCode, name, body.Message, status,
			exception, message)
	}
}
