package bench

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// familySeconds is the length of the families' source.
const familySeconds = 10

// families are twelve system presets, and for each the command that somebody who
// knows ffmpeg writes for the same file, with its own choice of threads. The
// source is 1280x720 at 30 frames a second; the effort of each encoder is that of
// the program's default speed.
var families = []struct{ file, preset, command string }{
	{"generic.mp4", "1351620000001-000010",
		"-vf fps=30000/1001,format=yuv420p -c:v libx264 -preset veryfast -profile:v baseline -level 3.1 " +
			"-refs 3 -b:v 2400k -g 90 -c:a aac -b:a 160k -ar 44100 -ac 2 -movflags +faststart"},
	{"hls.ts", "1351620000001-200010",
		"-vf scale=1024:576,format=yuv420p -c:v libx264 -preset veryfast -profile:v main -level 3.1 -refs 3 " +
			"-b-pyramid none -b:v 1872k -g 90 -keyint_min 90 -sc_threshold 0 -c:a aac -b:a 128k -ar 44100 -ac 2 " +
			"-f mpegts"},
	{"dash.fmp4", "1351620000001-500030",
		"-an -vf scale=854:480,format=yuv420p -c:v libx264 -preset veryfast -profile:v main -level 3.1 -refs 3 " +
			"-b-pyramid none -b:v 2400k -maxrate 2400k -bufsize 4800k -g 60 -keyint_min 60 -sc_threshold 0 -movflags " +
			"+dash+frag_keyframe+delay_moov+global_sidx -f mp4"},
	{"flash.flv", "1351620000001-100210",
		"-vf fps=60,interlace=scan=tff:lowpass=linear,format=yuv420p -c:v libx264 -preset veryfast -profile:v main " +
			"-level 3.1 -refs 3 -b-pyramid none -flags +ildct+ilme -x264-params tff=1 -b:v 2200k -maxrate 2200k " +
			"-bufsize 22000k -g 90 -c:a aac -b:a 160k -ar 44100 -ac 2"},
	{"vp8.webm", "1351620000001-100240",
		"-vf fps=30000/1001,format=yuv420p -c:v libvpx -deadline good -cpu-used 4 -b:v 2400k -g 90 " +
			"-c:a libvorbis -b:a 160k -ar 44100 -ac 2"},
	{"vp9.webm", "1351620000001-100260",
		"-vf scale=640:360,format=yuv420p -c:v libvpx-vp9 -deadline good -cpu-used 4 -row-mt 1 -tile-columns 2 " +
			"-b:v 600k -minrate 600k -maxrate 600k -g 90 -c:a libvorbis -b:a 128k -ar 44100 -ac 2"},
	{"ntsc.mpg", "1351620000001-100160",
		"-vf fps=60000/1001,scale=854:480,crop=720:480,interlace=scan=tff:lowpass=linear,setdar=16/9,format=yuv420p " +
			"-c:v mpeg2video -flags +ildct+ilme+cgop -b:v 6500k -maxrate 6500k -bufsize 1835k -g 15 " +
			"-keyint_min 15 -bf " +
			"2 -mpv_flags +strict_gop " +
			"-sc_threshold 1000000000 -c:a mp2 -b:a 160k -ar 48000 -ac 2 -f vob"},
	{"xdcam.mxf", "1351620000001-100230",
		"-filter_complex " +
			"[0:v]fps=50,pad=1920:1080:320:180,interlace=scan=tff:lowpass=linear,setdar=16/9,format=yuv422p[v];" +
			"[0:a]aresample=48000,asplit[a][b];[a]channelsplit[l][r];" +
			"[b]pan=mono|c0=c0,volume=0,asplit=6[s1][s2][s3][s4][s5][s6] " +
			"-map [v] -map [l] -map [r] -map [s1] -map [s2] -map [s3] -map [s4] -map [s5] -map [s6] " +
			"-c:v mpeg2video -flags +ildct+ilme+cgop -b:v 50000k -minrate 50000k -maxrate 50000k -bufsize 17825792 " +
			"-rc_init_occupancy 17825792 " +
			"-non_linear_quant 1 -intra_vlc 1 -qmin 1 -qmax 28 -dc 10 -g 12 -bf 2 -mpv_flags +strict_gop " +
			"-sc_threshold " +
			"1000000000 -c:a pcm_s24le"},
	{"small.gif", "1351620000001-100200",
		"-an -filter_complex [0:v]fps=15,split[a][b];[a]palettegen[p];[b][p]paletteuse -loop 0"},
	{"music.mp3", "1351620000001-300030", "-vn -c:a libmp3lame -b:a 160k -ar 44100 -ac 2"},
	{"music.flac", "1351620000001-300110", "-vn -c:a flac -sample_fmt s16 -ar 44100 -ac 2"},
	{"music.wav", "1351620000001-300300", "-vn -c:a pcm_s16le -ar 44100 -ac 2"},
}

// BenchmarkFamilies is one job with twelve presets of all families, in turns with
// one command for each of them, one after the other. Beside the ratio stands the
// least that it can be: the processor time of the commands spread evenly over the
// cores, which saves the time in which cores wait and not the work.
func BenchmarkFamilies(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := makeClip(b, familySeconds)
	s, id := serve(b, source)
	request := familyJob(id)

	var wall, limit []float64
	peaks := map[string]int64{}
	for round := range rounds {
		var hand cost
		for _, f := range families {
			one := byHand(b, source, append(append([]string{"-y", "-i", "in0"}, strings.Fields(f.command)...), f.file))
			b.Logf("round %d: %s by hand %s, %d MB", round+1, f.file, one, one.peak>>20)
			hand.wall, hand.cpu = hand.wall+one.wall, hand.cpu+one.cpu
		}
		watch := watchMemory(s)
		job := runJob(b, s, request, fmt.Sprintf("round%d/", round), func() {})
		for family, peak := range watch() {
			peaks[family] = max(peaks[family], peak)
		}
		b.Logf("round %d: job %s, twelve commands %s", round+1, job, hand)
		wall = append(wall, job.wall.Seconds()/hand.wall.Seconds())
		limit = append(limit, hand.cpu.Seconds()/float64(runtime.NumCPU())/hand.wall.Seconds())
	}
	results.below(b, "wall time, one job / twelve commands", median(wall), 0.85, "")
	results.note(b, "the least that it can be on these cores", number(median(limit), ""))
	for _, family := range slices.Sorted(maps.Keys(peaks)) {
		results.note(b, "peak memory, "+family, number(float64(peaks[family])/(1<<20), "MB"))
	}
}

func familyJob(pipeline string) *api.CreateJobRequest {
	req := &api.CreateJobRequest{PipelineId: &pipeline, Input: &api.JobInput{Key: new("clip.mp4")}}
	for _, f := range families {
		req.Outputs = append(req.Outputs, api.CreateJobOutput{Key: &f.file, PresetId: &f.preset})
	}
	return req
}

// watchMemory looks at the server's ffmpegs until the returned function is
// called, which tells the peak in bytes for each set of encoders in one process.
func watchMemory(s *reelastictest.Server) func() map[string]int64 {
	stop, done := make(chan struct{}), make(chan map[string]int64)
	go func() {
		peaks := map[string]int64{}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, pid := range s.Children() {
				if family, peak := memoryOf(pid); family != "" {
					peaks[family] = max(peaks[family], peak)
				}
			}
			select {
			case <-tick.C:
			case <-stop:
				done <- peaks
				return
			}
		}
	}()
	return func() map[string]int64 { close(stop); return <-done }
}

// memoryOf is which encoders an ffmpeg runs and the most memory, in bytes, that it has had
// (VmHWM, proc(5)); "" for another process, and one that has ended.
func memoryOf(pid int) (family string, peak int64) {
	line, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	args := strings.Split(string(line), "\x00")
	if filepath.Base(args[0]) != "ffmpeg" {
		return "", 0
	}
	encoders := map[string]bool{}
	for i, arg := range args[1:] {
		if strings.HasPrefix(args[i], "-c:") {
			encoders[arg] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(encoders)), " "), reelastictest.PeakMemory(pid)
}
