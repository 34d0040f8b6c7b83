package fulldisk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/disk/disktest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(mounting{m}) }

// mounting runs the tests where they may mount.
type mounting struct{ *testing.M }

func (m mounting) Run() int {
	os.Setenv("REELASTIC_PROGRAM", reelastictest.Program()) // where the tests run once more
	return disktest.Run(m.M)
}

// mebibyte is the unit of disks here.
const mebibyte = 1 << 20

// site is a server with jobs that it can do.
type site struct {
	*reelastictest.Fixture
}

func newSite(t *testing.T, data string, args ...string) *site {
	t.Helper()
	reelastictest.Need(t, "", "ffmpeg", "-version")
	args = append([]string{"--workers", "1", "--speed", "ultrafast"}, args...)
	s := &site{reelastictest.On(t, reelastictest.StartIn(t, data, args...))}
	s.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	return s
}

// small is a job that needs little room.
func small(key string) *api.CreateJobRequest {
	return &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("clip.mp4")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output(key, reelastictest.Generic480p, "")}}
}

// putNoise makes a clip of which a second takes about 2 MB, however it is encoded.
func (s *site) putNoise(t *testing.T, key string, seconds int) {
	t.Helper()
	s.PutMade(t, key, "-f", "lavfi", "-i",
		fmt.Sprintf("testsrc2=s=640x360:r=25:d=%d,noise=alls=60:allf=t", seconds), "-c:v", "libx264", "-preset",
		"ultrafast", "-crf", "30", "-pix_fmt", "yuv420p")
}

// large is a preset with so many kilobits a second.
func (s *site) large(t *testing.T, kilobits int, change ...func(*api.CreatePresetRequest)) string {
	t.Helper()
	return s.CopyPreset(t, reelastictest.Generic480p, func(p *api.CreatePresetRequest) {
		p.Audio.Codec, p.Audio.Channels, p.Audio.BitRate, p.Audio.SampleRate = nil, nil, nil, nil
		p.Audio, p.Video.BitRate = nil, new(fmt.Sprint(kilobits))
		p.Video.MaxWidth, p.Video.MaxHeight = new("640"), new("360")
		p.Video.CodecOptions["Level"], p.Video.CodecOptions["Profile"] = "4.1", "high"
		for _, c := range change {
			c(p)
		}
	})
}

// wantNoRoom wants outputs to have failed for want of room in a folder.
func wantNoRoom(t *testing.T, job *api.Job, folder string, words ...string) {
	t.Helper()
	for _, o := range job.Outputs {
		for _, text := range append(words, folder+" ", " bytes", "Make room", "--s") {
			reelastictest.WantFailed(t, o, "9000", text)
		}
	}
}

// wantEmptyScratch wants nothing to be left of attempts.
func (s *site) wantEmptyScratch(t *testing.T, scratch string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(scratch, "w-*", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("scratch holds %v, %v", left, err)
	}
}

// wantOneAttempt wants no job to have been begun twice, and none given up.
func (s *site) wantOneAttempt(t *testing.T) {
	t.Helper()
	if log := s.Log(); strings.Contains(log, `"attempt":2`) || strings.Contains(log, "9999") {
		t.Error("a job was begun twice, or given up")
	}
}

// awaitRefusal waits until the worker takes no jobs because of its scratch folder.
func (s *site) awaitRefusal(t *testing.T, scratch string) {
	t.Helper()
	reelastictest.Poll(t, reelastictest.JobsWithin, "the worker takes jobs", func() bool {
		all, err := s.Client.Workers(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("workers %+v, %v", all, err)
		}
		return strings.Contains(all[0].Refusal, scratch+" is full")
	})
}

// health is the answer of /healthz.
func (s *site) health(t *testing.T) (status int, text string) {
	t.Helper()
	resp, body := s.Send(t, http.MethodGet, "/healthz", nil)
	return resp.StatusCode, string(body)
}

// TestDataIsFull fills the disk of the data folder to its last byte. Requests that write are
// answered with 503 and have done nothing, those that read go on, and so does the work
// when there is room again.
func TestDataIsFull(t *testing.T) {
	t.Parallel()
	data := disktest.Mount(t, 96*mebibyte)
	s := newSite(t, data)
	first := s.Complete(t, small("first.mp4"))
	empty := disktest.Fill(t, data, 0)

	req := small("many.mp4")
	req.PipelineId = &s.PipelineID
	body, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 1
	for refused := false; !refused; { // SQLite first uses what it has
		resp, answer := s.Send(t, http.MethodPost, "/2012-09-25/jobs", body)
		switch {
		case resp.StatusCode == http.StatusCreated && accepted < 5000:
			accepted++
		case resp.StatusCode == http.StatusServiceUnavailable &&
			strings.HasPrefix(resp.Header.Get("X-Amzn-Errortype"), "ServiceUnavailableException"):
			refused = true
		default:
			t.Fatalf("job %d: %d %s", accepted+1, resp.StatusCode, answer)
		}
	}
	if job := s.Job(t, *first.Id); *job.Status != "Complete" {
		t.Errorf("the first job is %s", *job.Status)
	}
	status, text := s.health(t)
	if status != http.StatusServiceUnavailable || !strings.Contains(text, "Nothing can be written: the disk of the "+
		"data folder is full, with 0 bytes free; make room on it") {
		t.Errorf("/healthz: %d %s", status, text)
	}
	s.awaitRefusal(t, filepath.Join(data, "scratch"))

	empty()
	if status, text := s.health(t); status != http.StatusOK {
		t.Errorf("/healthz: %d %s", status, text)
	}
	s.Complete(t, small("second.mp4"))
	count := 0
	for _, err := range s.Client.JobsByPipeline(t.Context(), s.PipelineID) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != accepted+1 {
		t.Errorf("%d jobs, want %d", count, accepted+1)
	}
	s.wantOneAttempt(t)
}

// TestDataIsFullAtTheEnd fills the disk of the database while a job encodes. What is made
// waits, and is published and finished when there is room.
func TestDataIsFullAtTheEnd(t *testing.T) {
	t.Parallel()
	data, buckets := disktest.Mount(t, 64*mebibyte), t.TempDir()
	if err := os.Symlink(buckets, filepath.Join(data, "buckets")); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, data, "--scratch", t.TempDir())
	s.putNoise(t, "noise.mp4", 10)
	id := s.Submit(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("noise.mp4")}},
		UserMetadata: map[string]string{"reelastic:speed": "slower"}, // it lasts until the disk is full
		Outputs:      []api.CreateJobOutput{reelastictest.Output("film.mp4", s.large(t, 1000), "")}})
	if p := s.Reach(t, id, func(p v1.Progress) bool { return p.Percent > 0 || p.Final() }); p.Final() {
		t.Fatalf("the job has ended: %+v", p)
	}
	empty := disktest.Fill(t, data, 0)
	for made := 0; s.createPipeline(t) == http.StatusCreated; made++ { // SQLite first uses what it has
		if made > 5000 {
			t.Fatal("the database can be written")
		}
	}
	quiet := 0
	reelastictest.Poll(t, reelastictest.JobsWithin, "ffmpeg runs on", func() bool {
		quiet++
		if len(s.Children()) > 0 {
			quiet = 0
		}
		return quiet > 5
	})
	if job := s.Job(t, id); *job.Status != "Progressing" || len(s.Objects("out")) > 0 {
		t.Errorf("the job is %s, with %v", *job.Status, s.Objects("out"))
	}
	empty()
	if job := s.Await(t, id); *job.Status != "Complete" {
		t.Error(reelastictest.Failures(job))
	}
	s.wantOneAttempt(t)
}

// createPipeline makes a pipeline, and returns the status of the answer.
func (s *site) createPipeline(t *testing.T) int {
	t.Helper()
	resp, _ := s.Send(t, http.MethodPost, "/2012-09-25/pipelines", []byte(`{"Name":"p","InputBucket":"in",`+
		`"OutputBucket":"out","Role":"`+reelastictest.Role+`"}`))
	return resp.StatusCode
}

// TestScratchCannotStopTheAPI has jobs fill the scratch folder on the disk of the database.
// All the while pipelines can be made; the job fails, and the next one is done.
func TestScratchCannotStopTheAPI(t *testing.T) {
	t.Parallel()
	data := disktest.Mount(t, 96*mebibyte)
	s := newSite(t, data)
	scratch := filepath.Join(data, "scratch")
	s.putNoise(t, "noise.mp4", 5)
	req := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("noise.mp4")}}}
	for i := range 10 {
		req.Outputs = append(req.Outputs, reelastictest.Output(fmt.Sprintf("%d.mp4", i), s.large(t, 20000+i), ""))
	}
	id := s.Submit(t, req)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if status := s.createPipeline(t); status != http.StatusCreated {
				t.Errorf("while the scratch folder is filled: %d", status)
			}
		}
	}()
	job := s.Await(t, id)
	close(stop)
	<-stopped
	wantNoRoom(t, job, scratch, "needs about ")
	if left := s.Objects("out"); len(left) > 0 {
		t.Errorf("objects %v", left)
	}
	s.Complete(t, small("small.mp4"))
	s.wantEmptyScratch(t, scratch)
	s.wantOneAttempt(t)
}

// TestScratchIsFull fills a scratch folder on a disk of its own: with an input that does not
// fit, and with results that come faster than they can be counted.
func TestScratchIsFull(t *testing.T) {
	t.Parallel()
	scratch := disktest.Mount(t, 32*mebibyte)
	s := newSite(t, t.TempDir(), "--scratch", scratch)
	s.Put("in", "large.mp4", large(t, 33*mebibyte))
	job := s.Run(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("large.mp4")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output("large.mp4", reelastictest.Generic480p, "")}})
	wantNoRoom(t, job, scratch, fmt.Sprintf("needs %d bytes for the inputs of this job", 33*mebibyte))

	s.PutMade(t, "silence.flac", "-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo:d=600")
	wav := *s.CreatePreset(t, &api.CreatePresetRequest{Name: new("wav"), Container: new("wav"),
		Audio: &api.AudioParameters{Codec: new("pcm"), SampleRate: new("44100"), Channels: new("2")}}).Id
	req := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("silence.flac")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output("silence.wav", wav, "")}}
	wantNoRoom(t, s.Run(t, req), scratch, "This job had made ")
	s.Complete(t, small("small.mp4"))
	if left := s.Objects("out"); len(left) != 1 {
		t.Errorf("objects %v", left)
	}
	s.wantEmptyScratch(t, scratch)
	s.wantOneAttempt(t)
}

// large is a file of so many bytes.
func large(t *testing.T, bytes int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, make([]byte, bytes), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestJobsWaitForRoom fills the scratch folder's disk before jobs are submitted: they wait,
// for a reason that is told, and are done when there is room.
func TestJobsWaitForRoom(t *testing.T) {
	t.Parallel()
	scratch := disktest.Mount(t, 32*mebibyte)
	s := newSite(t, t.TempDir(), "--scratch", scratch)
	empty := disktest.Fill(t, scratch, mebibyte)
	s.awaitRefusal(t, scratch)
	id := s.Submit(t, small("small.mp4"))
	for waiting, err := range s.Client.WaitingJobs(t.Context(), "") {
		if err != nil || waiting.JobID != id || waiting.Reason != v1.WaitsForRefusal ||
			!strings.Contains(waiting.Detail, scratch+" is full") {
			t.Errorf("it waits: %+v, %v", waiting, err)
		}
	}
	empty()
	if job := s.Await(t, id); *job.Status != "Complete" {
		t.Error(reelastictest.Failures(job))
	}
	s.wantOneAttempt(t)
}

// TestStorageIsFull publishes to buckets on a disk that holds half of what is to be put
// there. Nothing of it may stay; when there is room, the job is done.
func TestStorageIsFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	buckets := filepath.Join(data, "buckets")
	if err := os.Mkdir(buckets, 0o700); err != nil {
		t.Fatal(err)
	}
	disktest.MountAt(t, buckets, 64*mebibyte)
	s := newSite(t, data)
	s.putNoise(t, "noise.mp4", 4)
	segments := s.large(t, 15000, func(p *api.CreatePresetRequest) {
		p.Container, p.Video.FixedGOP, p.Video.KeyframesMaxDist = new("ts"), new("true"), new("25")
	})
	req := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("noise.mp4")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output("film", segments, "1"),
			reelastictest.Output("film.mp4", s.large(t, 15000), "")},
		Playlists: []api.CreateJobPlaylist{{Name: new("main"), Format: new("HLSv3"), OutputKeys: []string{"film"}}},
	}
	empty := disktest.Fill(t, buckets, 11*mebibyte) // 8 of these are kept free
	job := s.Run(t, req)
	wantNoRoom(t, job, buckets, "8388608 are kept free")
	if p := job.Playlists[0]; *p.Status != "Error" {
		t.Errorf("the playlist is %s", *p.Status)
	}
	if left := s.Objects("out"); len(left) > 0 {
		t.Errorf("objects %v", left)
	}
	empty()
	s.Complete(t, req)
	s.wantOneAttempt(t)
}
