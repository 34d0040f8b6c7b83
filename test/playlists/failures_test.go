package playlists

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// A failed output fails the playlists that list it, and nothing else; a playlist
// whose own object stands already fails alone.
func TestFailuresOfPlaylists(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.film(t, "film.mp4", "2")
	muxed := b.sized(t, reelastictest.HLS400k, "192", "108")
	for _, key := range []string{"bad_iframe.m3u8", "taken.m3u8", "old00000.ts"} {
		b.PutText("out", key, "x")
	}
	job := b.Run(t, &api.CreateJobRequest{
		Inputs:  []api.JobInput{{Key: new("film.mp4")}},
		Outputs: []api.CreateJobOutput{output("good", muxed), output("bad", muxed), output("old", muxed)},
		Playlists: []api.CreateJobPlaylist{playlist("fine", "HLSv4", "good"), playlist("mixed", "HLSv4", "good", "bad"),
			playlist("taken", "HLSv3", "good"), playlist("older", "HLSv3", "old")},
	})
	for n, want := range []string{"Complete", "3002 bad_iframe.m3u8", "3002 old00000.ts"} {
		checkOutcome(t, *job.Outputs[n].Key, *job.Outputs[n].Status, job.Outputs[n].StatusDetail, want)
	}
	for n, want := range []string{"Complete", "1001 dependencies", "3002 taken.m3u8", "1001 dependencies"} {
		checkOutcome(t, *job.Playlists[n].Name, *job.Playlists[n].Status, job.Playlists[n].StatusDetail, want)
	}
	if *job.Status != "Error" {
		t.Errorf("the job is %s", *job.Status)
	}
	var names []string
	for key := range b.Objects("out") {
		if strings.HasPrefix(key, "bad") || strings.HasPrefix(key, "mixed") || strings.HasPrefix(key, "old") {
			names = append(names, key)
		}
	}
	if len(names) != 2 {
		t.Errorf("beside what stood there are %v", names)
	}
}

// checkOutcome wants a status, or a code with a word of its sentence.
func checkOutcome(t *testing.T, name, status string, detail *string, want string) {
	t.Helper()
	code, word, failed := strings.Cut(want, " ")
	switch got := reelastictest.Text(detail); {
	case !failed && (status != want || detail != nil):
		t.Errorf("%s is %s: %s", name, status, got)
	case failed && (status != "Error" || !strings.HasPrefix(got, code+" ") || !strings.Contains(got, word)):
		t.Errorf("%s is %s: %s, want %s", name, status, got, want)
	}
}

// The words of a refusal reach the client as they are; the table of all of them is
// where the rules are.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	unsegmented := output("b", reelastictest.HLS400k)
	unsegmented.SegmentDuration = nil
	shorter := output("b", reelastictest.HLS400k)
	shorter.SegmentDuration = new("3")
	secret := playlist("m", "HLSv3", "a")
	secret.HlsContentProtection = &api.HlsContentProtection{Method: new("aes-128")}
	for _, c := range []struct {
		second   api.CreateJobOutput
		playlist api.CreateJobPlaylist
		want     string
	}{
		{unsegmented, playlist("m", "HLSv3", "a", "b"),
			"Output 'b' must have a SegmentDuration since it is part of a playlist. SegmentDurtion is available " +
				"only for 'ts' containers."},
		{output("b", reelastictest.HLSAudio160k), playlist("x/m", "HLSv4", "a", "b"),
			"All outputs in a playlist must begin identically to the playlist name upto the last / character."},
		{shorter, playlist("m", "HLSv4", "a", "b"),
			"All outputs in a playlist must have the same SegmentDuration: that of 'b' differs from that of 'a'."},
		{output("b", reelastictest.HLSAudio160k), playlist("m", "HLSv4", "a", "b", "c"),
			`Playlist 'm': OutputKeys "c" is not valid: it must be the Key of an output of the job, without OutputKeyPrefix.`},
		{output("b", reelastictest.HLSAudio160k), secret,
			"Playlist 'm': HlsContentProtection:LicenseAcquisitionUrl is not allowed to be null, unless the " +
				"KeyStoragePolicy is WithVariantPlaylists: players would not know where the key is."},
	} {
		_, err := b.Client.CreateJob(t.Context(), &api.CreateJobRequest{PipelineId: &b.PipelineID,
			Inputs:    []api.JobInput{{Key: new("film.mp4")}},
			Outputs:   []api.CreateJobOutput{output("a", reelastictest.HLS400k), c.second},
			Playlists: []api.CreateJobPlaylist{c.playlist}})
		if err == nil || !strings.Contains(err.Error(), "ValidationException: "+c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}
