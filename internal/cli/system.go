package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

type systemCommand struct {
	output `embed:""`
	remote `embed:""`
}

// Run shows what the server tells of itself.
func (c *systemCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		system, err := cl.System(ctx)
		if err != nil {
			return err
		}
		return printOne(c.output, s.out, system, facts(system))
	})
}

// facts are the lines of a server.
func facts(system *v1.System) []fact {
	all := append([]fact{{"version", system.Version}}, ffmpegFacts(system.FFmpeg)...)
	all = append(all, requestFacts(system.Limits.Requests)...)
	q := system.Limits.Quotas
	all = append(all,
		fact{"max pipelines", most(q.Pipelines, number)},
		fact{"max custom presets", most(q.Presets, number)},
		fact{"max waiting jobs per pipeline", most(q.WaitingJobsPerPipeline, number)},
		fact{"max running jobs per pipeline", most(q.RunningJobsPerPipeline, number)},
	)
	if e := system.Limits.Encoding; e != nil {
		all = append(all, encodingFacts(e)...)
	}
	return append(all, fact{"max delivery time", duration(system.Limits.DeliverySeconds)})
}

func ffmpegFacts(f *v1.FFmpeg) []fact {
	if f == nil {
		return []fact{{"ffmpeg", "none in this server"}}
	}
	all := []fact{{"ffmpeg", f.Version}, {"sandbox", f.Sandbox}}
	for _, c := range f.Codecs {
		encoder := c.Encoder
		if !c.Available {
			encoder += " (missing)"
		}
		all = append(all, fact{"codec " + c.Name, encoder})
	}
	for _, lack := range f.Missing {
		all = append(all, fact{"missing " + lack.Name, lack.Instead})
	}
	return all
}

func requestFacts(r v1.RequestLimits) []fact {
	return []fact{
		{"max request body", size(r.BodyBytes)},
		{"max connections", number(r.Connections)},
		{"max connections per address", number(r.ConnectionsPerAddress)},
		{"max event streams", number(r.EventStreams)},
		{"max event streams per caller", number(r.EventStreamsPerCaller)},
		{"max event stream duration", duration(r.EventStreamSeconds)},
	}
}

func encodingFacts(e *v1.EncodingLimits) []fact {
	return []fact{
		{"max jobs at a time", number(e.Jobs)},
		{"max attempts", number(e.Attempts)},
		{"max input size", most(e.InputBytes, size)},
		{"max input frame", strconv.FormatInt(e.InputPixels, 10) + " pixels"},
		{"max input streams", most(e.InputStreams, number)},
		{"max input duration", most(e.InputSeconds, duration)},
		{"max step memory", size(e.StepMemoryBytes)},
		{"max step stall", duration(e.StepStallSeconds)},
		{"max step results", size(e.StepResultBytes) + ", and as much per second"},
	}
}

// most shows a limit that may be absent.
func most[T any](limit *T, show func(T) string) string {
	if limit == nil {
		return "no limit"
	}
	return show(*limit)
}

func number(n int) string { return strconv.Itoa(n) }

func duration(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).String()
}

// size shows a limit in bytes, in the largest unit in which it is whole.
func size(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.bytes && n%unit.bytes == 0 {
			return fmt.Sprintf("%d %s", n/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
