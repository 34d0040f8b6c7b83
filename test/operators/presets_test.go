package operators

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestPresetsOfServer explains a preset of the account, and compares it with one that comes
// with the service: the command line asks the server for it.
func TestPresetsOfServer(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0")
	made, err := server.GoClient().CreatePreset(t.Context(), &api.CreatePresetRequest{
		Name: new("talk"), Container: new("mp3"),
		Audio: &api.AudioParameters{
			Codec: new("mp3"), SampleRate: new("44100"), BitRate: new("96"), Channels: new("1"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := *made.Preset.Id
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"explain", id}, id + " (" + id + "): talk\n  file        mp3; no video\n" +
			"  audio       mp3, 96 kb/s, 44100 Hz, 1 channel\n"},
		{[]string{"diff", id, "mp3-128k"}, "Audio:BitRate   96 "},
	} {
		args := append([]string{"preset"}, c.args...)
		out, stderr, status := reelastictest.Run(t, nil, append(args, "--endpoint-url", server.Endpoint(), "--data",
			server.Data)...)
		if status != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%q: exit status %d, %s%s", c.args, status, out, stderr)
		}
	}
}
