package players

import (
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// The playlists that the players play.
var (
	hlsV3 = playlist{name: "hlsv3", format: "HLSv3", container: "ts", opens: ".m3u8", muxed: true,
		captions: "webvtt"}
	hlsV3Closed = playlist{name: "hlsv3-cea", format: "HLSv3", container: "ts", opens: ".m3u8", muxed: true,
		captions: "cea-708"}
	hlsV3Protected = playlist{name: "hlsv3-aes", format: "HLSv3", container: "ts", opens: ".m3u8", muxed: true,
		keyPolicy: "NoStore"}
	hlsV4          = playlist{name: "hlsv4", format: "HLSv4", container: "ts", opens: ".m3u8", captions: "webvtt"}
	hlsV4Protected = playlist{name: "hlsv4-aes", format: "HLSv4", container: "ts", opens: ".m3u8",
		keyPolicy: "WithVariantPlaylists"}
	cmaf          = playlist{name: "cmaf", format: "HLSv4", container: "fmp4", opens: ".m3u8", captions: "webvtt"}
	dash          = playlist{name: "dash", format: "MPEG-DASH", container: "fmp4", opens: ".mpd", captions: "webvtt"}
	dashEncrypted = playlist{name: "dash-cenc", format: "MPEG-DASH", container: "fmp4", opens: ".mpd",
		keyID: "09e367028f33436ca5dd60ffe6671e70"}
	smooth = playlist{name: "smooth", format: "Smooth", container: "fmp4", opens: ".ism/Manifest",
		captions: "dfxp"}
)

// rows says which player plays what.
var rows = []struct {
	player string // a module in the folder page
	playlist
}{
	{"hls", hlsV3},
	{"hls", hlsV3Closed},
	{"hls", hlsV3Protected},
	{"hls", hlsV4},
	{"hls", cmaf},
	{"shaka", hlsV3},
	{"shaka", hlsV4},
	{"shaka", hlsV4Protected},
	{"shaka", cmaf},
	{"shaka", dash},
	{"shaka", dashEncrypted},
	{"dash", dash},
	{"dash", dashEncrypted},
	{"dash", smooth},
}

// report is what a page tells of a player.
type report struct {
	Errors     []string
	Seeks      []struct{ To, Landed, Picture float64 }
	Renditions []size
	Languages  []string
	Cues       []cue
	From, To   float64      // where the play through began and ended
	Duration   float64      // what the player says
	Skips      [][2]float64 // what the play through left out
	Buffered   [][2]float64 // after it
	Standing   []string     // captions where the player was stopped
}

// seeksOf lead forward beyond what a player has loaded, back into a segment that it
// has not loaded either, and to a cut. dash.js 5.2.1 takes a film that it has loaded
// the last segment of as loaded, and after a seek back does not load what it has left
// out before, in any format: it stays away from the end.
func seeksOf(player string) []float64 {
	if player == "dash" {
		return []float64{7.7, 4.3, 6}
	}
	return []float64{7.7, 4.3, 9}
}

// standAt is a time between two flashes at which the caption over the cut stands.
const standAt = 5.7

// TestPlayers makes every playlist and plays it.
func TestPlayers(t *testing.T) {
	browser := startBrowser(t)
	reelastictest.Need(t, "js", "ls", "node_modules/hls.js", "node_modules/shaka-player", "node_modules/dashjs")
	studio := startStudio(t)
	bench := newBench(t)
	var all []playlist
	for _, row := range rows {
		if !slices.ContainsFunc(all, func(p playlist) bool { return p.name == row.name }) {
			all = append(all, row.playlist)
		}
	}
	bench.make(t, all)
	for _, row := range rows {
		t.Run(row.player+"-"+row.name, func(t *testing.T) {
			t.Parallel()
			to := "/appended/" + row.player + "/" + row.name
			var r report
			browser.page(t, studio.URL+"/page/play.html", call(t, "play", map[string]any{
				"player": row.player, "url": bench.url(row.playlist),
				"seeks": seeksOf(row.player), "keyID": row.keyID, "key": hex.EncodeToString(contentKey),
				"standAt": standAt, "appendedTo": to,
			}), &r)
			if len(r.Seeks) != len(seeksOf(row.player)) {
				t.Errorf("%d seeks, want %v", len(r.Seeks), seeksOf(row.player))
			}
			r.check(t, row.playlist)
			appended(t, studio.taken(to), row.keyID != "").check(t)
		})
	}
}

// check compares a report with what the playlist has.
func (r report) check(t *testing.T, p playlist) {
	t.Helper()
	for _, e := range r.Errors {
		t.Errorf("the player's error: %s", e)
	}
	for _, s := range r.Seeks {
		if math.Abs(s.Landed-s.To) > 0.3 || math.Abs(s.Picture-s.To) > 0.3 {
			t.Errorf("a seek to %g landed at %g and showed %g", s.To, s.Landed, s.Picture)
		}
	}
	if len(r.Skips) > 0 || r.From > 0.3 || math.Abs(r.To-seconds) > 0.2 || math.Abs(r.Duration-seconds) > 0.2 {
		t.Errorf("played from %g to %g of %g, left out %v", r.From, r.To, r.Duration, r.Skips)
	}
	if len(r.Buffered) != 1 {
		t.Errorf("buffered %v, want one range", r.Buffered)
	}
	if !slices.Equal(r.Renditions, ladder) {
		t.Errorf("renditions %v, want %v", r.Renditions, ladder)
	}
	r.checkCaptions(t, p)
}

// checkCaptions compares the captions that were shown with those of the film.
func (r report) checkCaptions(t *testing.T, p playlist) {
	t.Helper()
	if p.captions == "" {
		if len(r.Languages) > 0 {
			t.Errorf("captions in %q, want none", r.Languages)
		}
		return
	}
	if !slices.Equal(r.Languages, []string{"en"}) {
		t.Errorf(`captions in %q, want "en"`, r.Languages)
	}
	for _, want := range cues {
		near := func(c cue) bool {
			return c.Text == want.Text && math.Abs(c.From-want.From) < 0.1 && math.Abs(c.To-want.To) < 0.1
		}
		if !slices.ContainsFunc(r.Cues, near) {
			t.Errorf("caption %v was not shown, only %v", want, r.Cues)
		}
	}
	if want := []string{cues[1].Text}; !slices.Equal(r.Standing, want) {
		t.Errorf("captions %q at %g, want %q", r.Standing, standAt, want)
	}
}

// check finds every flash and every beep of the film at its time, and each
// pair within 40 ms.
func (i instants) check(t *testing.T) {
	t.Helper()
	for n := range seconds {
		want := float64(n) + flashAt
		near := func(at float64) bool { return math.Abs(at-want) < 0.1 }
		if !slices.ContainsFunc(i.flashes, near) || !slices.ContainsFunc(i.beeps, near) {
			t.Errorf("no flash or no beep at %g: flashes %v, beeps %v", want, i.flashes, i.beeps)
			return
		}
	}
	if d := i.farthest(); math.Abs(d) > 0.04 {
		t.Errorf("a beep is %.0f ms from its flash: flashes %v, beeps %v", d*1000, i.flashes, i.beeps)
	} else {
		t.Logf("beeps are at most %.1f ms from their flashes", d*1000)
	}
}
