package joboptions

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestCaptionWords brings words that look like markup, and a caption far behind the end
// of the film, from SRT and WebVTT into every format of text.
func TestCaptionWords(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 4)...)
	const words = `Tom & Jerry <b>say</b> {\an8}C:\New <3 1>0 &amp;`
	b.PutText("in", "en.srt",
		cue(1, 1, 2, `<i>Tom</i> &amp; Jerry &lt;b&gt;say&lt;/b&gt; &#123;\an8}C:\New <3 1>0 &amp;amp;`)+
			"2\n00:00:03,000 --> 00:00:04,000\nend\n\n3\n100:00:00,000 --> 100:00:01,000\nlate\n")
	b.PutText("in", "fr.vtt",
		"WEBVTT\n\n00:01.000 --> 00:02.000\nTom &amp; Jerry &lt;b&gt;say&lt;/b&gt; {\\an8}C:\\New &lt;3 1&gt;0 "+
			"&amp;amp;\n\n"+
			"00:03.000 --> 00:04.000\nend\n\n100:00:00.000 --> 100:00:01.000\nlate\n")
	preset := b.preset(t, nil)
	captions := captionsOut("mov-text", "srt", "webvtt", "dfxp")
	input := api.JobInput{Key: new("film.mp4"), InputCaptions: &api.InputCaptions{MergePolicy: new("Override"),
		CaptionSources: []api.CaptionSource{captionsIn("en", "en.srt"), captionsIn("fr", "fr.vtt")}}}
	job := b.do(t, []api.JobInput{input}, api.CreateJobOutput{Key: new("film.mp4"), PresetId: &preset,
		Captions: captions})
	reelastictest.WantComplete(t, job.Outputs[0], "")
	if length := *job.Outputs[0].DurationMillis; length != 4000 {
		t.Errorf("the film lasts %d ms", length)
	}
	for i, language := range []string{"en", "fr"} {
		// As the samples have it: ffmpeg's own text form would read the words once more.
		raw := reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", b.Output("film.mp4"),
			"-map", "0:s:"+string(rune('0'+i)), "-c", "copy", "-f", "data", "-")
		if !strings.Contains(raw, words) || strings.Contains(raw, "late") {
			t.Errorf("the track %s holds %q, want %q in it", language, raw, words)
		}
		for key, want := range map[string]string{
			"cc/srt-" + language + "00000.srt": `Tom & Jerry &lt;b>say&lt;/b> &#123;\an8}C:\New <3 1>0 &amp;amp;` +
				"\n",
			"cc/webvtt-" + language +
				"00000.vtt": `Tom &amp; Jerry &lt;b&gt;say&lt;/b&gt; {\an8}C:\New &lt;3 1&gt;0 &amp;amp;` + "\n",
			"cc/dfxp-" + language +
				"00000.dfxp": `Tom &amp; Jerry &lt;b&gt;say&lt;/b&gt; {\an8}C:\New &lt;3 1&gt;0 &amp;amp;</p>`,
		} {
			if got := string(b.ReadOutput(t, key)); !strings.Contains(got, want) || strings.Contains(got, "late") {
				t.Errorf("%s is %q, want %q in it", key, got, want)
			}
		}
	}
}
