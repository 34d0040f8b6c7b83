package presets

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// usualSource is the one that most cases use.
const usualSource = "flower"

// source is a short piece of real recordings, cut when a test needs it.
type source struct {
	name string
	// file is among the sample media, and music instead of its sound too, if any.
	file, music string
	// cut are ffmpeg's arguments between inputs and output.
	cut []string
	// turned reports that the picture is shown on its side.
	turned bool
}

// pieces of two seconds, with little loss so that rates have something to limit.
var (
	encoded = []string{"-t", "2", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-c:a", "aac",
		"-b:a", "192k"}
	sources = map[string]source{
		"flower": flower("flower", "scale=640:360"),
		"fifty":  flower("fifty", "scale=320:180,fps=50"),
		"sixty":  flower("sixty", "scale=320:180,fps=60"),
		"ntsc":   flower("ntsc", "scale=320:180,fps=60000/1001"),
		"sd":     flower("sd", "scale=720:480,setsar=32/27"),
		"hd": flower("hd", "scale=1920:1080:out_color_matrix=bt709", "-colorspace", "bt709",
			"-color_primaries", "bt709", "-color_trc", "bt709"),
		"film": {name: "film.mp4", file: "video/bbb-480p-30s-h264-aac51.mp4",
			cut: append([]string{"-ss", "8"}, encoded...)},

		// Of different shape and rate, for the system presets.
		"interlaced": {name: "interlaced.mkv", file: "video/interlaced-480i-tff-mpeg2-ac3.mkv",
			cut: []string{"-t", "4", "-c", "copy"}},
		"portrait": {name: "portrait.mov", file: "video/portrait-rot90-iphone.mov", cut: []string{"-c", "copy"},
			turned: true},
	}
)

// flower is a flower in the wind with music, since the recording is silent.
func flower(name, filters string, options ...string) source {
	cut := append([]string{"-map", "0:v", "-map", "1:a", "-ar", "48000", "-vf", filters}, options...)
	return source{name: name + ".mp4", file: "video/flower-540p-h264-aac.mp4", music: "audio/viper-41s.mp3",
		cut: append(cut, encoded...)}
}

// make cuts the source and reads it.
func (s source) make(t *testing.T) file {
	t.Helper()
	path := filepath.Join(t.TempDir(), s.name)
	args := []string{"-nostdin", "-v", "error", "-i", reelastictest.SampleMedia(t, s.file)}
	if s.music != "" {
		args = append(args, "-ss", "8", "-i", reelastictest.SampleMedia(t, s.music))
	}
	reelastictest.Command(t, "ffmpeg", slices.Concat(args, s.cut, []string{path})...)
	return read(t, path)
}
