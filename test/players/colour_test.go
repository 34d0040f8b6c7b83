package players

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// colourPage looks at five places of a video or a picture, from left to right.
const colourPage = `<!doctype html><script>
async function colours(url) {
	const video = /\.(mp4|webm)$/.test(url);
	const shown = document.createElement(video ? 'video' : 'img');
	await new Promise((done, failed) => {
		shown.onerror = () => failed(new Error(url));
		shown[video ? 'onloadeddata' : 'onload'] = done;
		shown.src = url;
	});
	document.body.append(shown);
	if (video) { // a video that was never shown is black
		shown.currentTime = 0.3;
		await new Promise((done) => shown.onseeked = done);
	}
	const canvas = document.createElement('canvas');
	canvas.width = shown.videoWidth || shown.naturalWidth;
	canvas.height = shown.videoHeight || shown.naturalHeight;
	const drawn = canvas.getContext('2d');
	drawn.drawImage(shown, 0, 0);
	return [1, 3, 5, 7, 9].map((x) => [...drawn.getImageData(x * canvas.width / 10, canvas.height / 2, 1, 1).data].slice(0, 3));
}
</script>`

// TestColours shows in a browser what comes of RGB in HD: in HD and smaller, in every codec
// that it knows, with thumbnails. Its own arithmetic is off by up to 11.
func TestColours(t *testing.T) {
	browser := startBrowser(t)
	const source = "rgb-hd-h264rgb.mkv"
	f := reelastictest.New(t)
	f.Within = 5 * time.Minute
	f.Put("in", source, reelastictest.SampleMedia(t, "field/"+source))
	in := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new(source)}}}
	files := []string{"film.mp4-00001.png"}
	for key, preset := range map[string]string{"film.mp4": "000010", "small.mp4": "000040", "vp8.webm": "100240",
		"vp9.webm": "100250", "film.gif": "100200"} {
		out := reelastictest.Output(key, "1351620000001-"+preset, "")
		if key == "film.mp4" {
			out.ThumbnailPattern = new("film.mp4-{count}")
		}
		in.Outputs, files = append(in.Outputs, out), append(files, key)
	}
	f.Complete(t, in)
	pages := http.NewServeMux()
	pages.Handle("/out/", http.StripPrefix("/out/", http.FileServer(http.Dir(f.Bucket("out")))))
	pages.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, colourPage) })
	site := httptest.NewServer(pages)
	t.Cleanup(site.Close)
	for _, name := range files {
		var got [5][3]int
		browser.page(t, site.URL+"/page", call(t, "colours", "/out/"+name), &got)
		for i, want := range [5][3]int{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 128, 0}, {128, 128, 128}} {
			for k := range want {
				if off := got[i][k] - want[k]; off < -14 || off > 14 {
					t.Errorf("%s: %v is shown as %v", name, want, got[i])
					break
				}
			}
		}
	}
}
