package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"

	"github.com/reelastic/reelastic/api"
	reelastic "github.com/reelastic/reelastic/client"
)

const (
	// callsPerTurn are made by each client before it is the other's turn.
	callsPerTurn = 2000
	turns        = 15
	readID       = "1351620000001-abcdef"
)

// fromMemory is a transport that answers every request with the same document.
type fromMemory struct{ body []byte }

// answerHead is the head of every answer, as the server writes it.
var answerHead = http.Header{"Content-Type": {"application/json"},
	"X-Amzn-Requestid": {"c321ec43-378e-11e2-8e4c-4d5b971203e9"},
	"Date":             {"Mon, 14 Jan 2013 16:10:35 GMT"}}

func (f fromMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        answerHead.Clone(),
		ContentLength: int64(len(f.body)), Body: io.NopCloser(bytes.NewReader(f.body)), Request: r}, nil
}

// spent is what calls of a client cost.
type spent struct {
	allocations, kilobytes float64 // for a call
	cpu                    time.Duration
}

// BenchmarkReadJob is what one ReadJob costs the calling program, of this
// project's client and of the Go SDK in turns: allocations, and processor time
// with that of the garbage collector. A transport answers both from memory, with a
// job of three outputs, two of which are in a playlist.
func BenchmarkReadJob(b *testing.B) {
	load(b)
	transport := &http.Client{Transport: fromMemory{jobDocument(b)}}
	own, err := reelastic.New("http://127.0.0.1:8080", reelastic.WithRegion("us-east-1"),
		reelastic.WithHTTPClient(transport),
		reelastic.WithCredentials(reelastic.StaticCredentials("AKIDEXAMPLE",
			"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")))
	if err != nil {
		b.Fatal(err)
	}
	sdk := elastictranscoder.New(elastictranscoder.Options{Region: "us-east-1",
		BaseEndpoint: aws.String("http://127.0.0.1:8080"), HTTPClient: transport,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE",
				SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, nil
		})})
	ownRead := func(ctx context.Context) (id string, err error) {
		out, err := own.ReadJob(ctx, &api.ReadJobRequest{Id: new(readID)})
		if err != nil {
			return "", err
		}
		return *out.Job.Outputs[2].Key, nil
	}
	sdkRead := func(ctx context.Context) (id string, err error) {
		out, err := sdk.ReadJob(ctx, &elastictranscoder.ReadJobInput{Id: aws.String(readID)})
		if err != nil {
			return "", err
		}
		return *out.Job.Outputs[2].Key, nil
	}
	var ours, theirs []spent
	for range turns {
		ours = append(ours, measure(b, ownRead))
		theirs = append(theirs, measure(b, sdkRead))
	}
	results.note(b, "allocations, this client", number(middle(ours, spent.allocated), ""))
	results.note(b, "allocations, SDK v1.33.0", number(middle(theirs, spent.allocated), ""))
	results.below(b, "allocations, ratio", middle(ours, spent.allocated)/middle(theirs, spent.allocated), 0.5, "")
	results.note(b, "memory allocated, this client and SDK", fmt.Sprintf("%s, %s",
		number(middle(ours, spent.memory), "kB"), number(middle(theirs, spent.memory), "kB")))
	results.note(b, "CPU time, this client", number(middle(ours, spent.microseconds), "µs"))
	results.note(b, "CPU time, SDK v1.33.0", number(middle(theirs, spent.microseconds), "µs"))
	results.below(b, "CPU time, ratio", middle(ours, spent.microseconds)/middle(theirs, spent.microseconds), 0.5, "")
}

func (s spent) allocated() float64    { return s.allocations }
func (s spent) memory() float64       { return s.kilobytes }
func (s spent) microseconds() float64 { return float64(s.cpu) / float64(time.Microsecond) }

// middle is the median over all turns.
func middle(turns []spent, of func(spent) float64) float64 {
	values := make([]float64, len(turns))
	for i, turn := range turns {
		values[i] = of(turn)
	}
	return median(values)
}

// measure makes the calls of one turn; a first one is not counted. What the
// caller left to collect is collected before, what the calls leave at their end.
func measure(b *testing.B, read func(context.Context) (string, error)) spent {
	b.Helper()
	call := func() {
		if key, err := read(b.Context()); err != nil || key != "hls-400k" {
			b.Fatalf("read %q, error %v", key, err)
		}
	}
	call()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := processTime(b)
	for range callsPerTurn {
		call()
	}
	runtime.GC()
	took := processTime(b) - began
	runtime.ReadMemStats(&after)
	return spent{allocations: float64(after.Mallocs-before.Mallocs) / callsPerTurn,
		kilobytes: float64(after.TotalAlloc-before.TotalAlloc) / callsPerTurn / 1000, cpu: took / callsPerTurn}
}

// processTime is the processor time of this process so far, of all its threads.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// jobDocument is an answer to ReadJob with all nulls, as the server writes it.
func jobDocument(b *testing.B) []byte {
	b.Helper()
	output := func(id, key, preset string) api.JobOutput {
		return api.JobOutput{Id: &id, Key: &key, PresetId: &preset, Status: new("Complete"), ThumbnailPattern: new(""),
			Rotate:   new("auto"),
			Duration: new(int64(4)), DurationMillis: new(int64(3500)), Width: new(480), Height: new(270),
			FrameRate: new("30"),
			FileSize:  new(int64(411872)), Watermarks: []api.JobWatermark{}, AppliedColorSpaceConversion: new("None")}
	}
	outputs := []api.JobOutput{output("1", "movie.mp4", "1351620000001-000020"),
		output("2", "hls-600k", "1351620000001-200040"),
		output("3", "hls-400k", "1351620000001-200050")}
	input := api.JobInput{Key: new("clip.mp4"), DetectedProperties: &api.DetectedProperties{Width: new(640),
		Height:    new(360),
		FrameRate: new("30"), FileSize: new(int64(923144)), DurationMillis: new(int64(3500))}}
	text, err := json.Marshal(
		api.ReadJobResponse{Job: &api.Job{Id: new(readID),
			Arn:        new("arn:aws:elastictranscoder:us-east-1:000000000000:job/" + readID),
			PipelineId: new("1351620000001-fedcba"), Input: &input, Inputs: []api.JobInput{input}, Output: &outputs[0],
			Outputs:         outputs,
			OutputKeyPrefix: new("made/"), Status: new("Complete"), UserMetadata: map[string]string{"title": "Sintel"},
			Playlists: []api.Playlist{{Name: new("master"), Format: new("HLSv3"),
				OutputKeys: []string{"hls-600k", "hls-400k"}, Status: new("Complete")}},
			Timing: &api.Timing{SubmitTimeMillis: new(int64(1351620000123)), StartTimeMillis: new(int64(1351620000456)),
				FinishTimeMillis: new(int64(1351620004789))}}})
	if err != nil {
		b.Fatal(err)
	}
	return text
}
