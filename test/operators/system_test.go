package operators

import (
	"strings"
	"testing"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestSystem asks a server that encodes what it can do and what limits it.
func TestSystem(t *testing.T) {
	t.Parallel()
	s := &site{Fixture: reelastictest.New(t, "--workers", "1", "--max-pipelines", "4", "--max-jobs-per-pipeline", "2",
		"--max-input-streams", "0", "--max-input-duration", "1h", "--delivery-time", "2h")}
	all := documents[v1.System](t, s.run(t, "system", "--output", "json"))
	if len(all) != 1 || all[0].FFmpeg == nil || all[0].Limits.Encoding == nil {
		t.Fatalf("%+v", all)
	}
	system := all[0]
	if f := system.FFmpeg; system.Version == "" || f.Version == "" || f.Sandbox == "" ||
		f.Codecs[0] != (v1.Codec{Name: "H.264", Encoder: "libx264", Available: true}) {
		t.Errorf("%q, ffmpeg %+v", system.Version, f)
	}
	q, e := system.Limits.Quotas, system.Limits.Encoding
	if *q.Pipelines != 4 || q.Presets != nil || *q.RunningJobsPerPipeline != 2 {
		t.Errorf("quotas: %+v", q)
	}
	if e.Jobs != 1 || e.InputStreams != nil || *e.InputSeconds != 3600 || system.Limits.DeliverySeconds != 7200 {
		t.Errorf("limits: %+v", e)
	}
	table := s.run(t, "system")
	for _, want := range []string{"NAME ", "version  ", "codec H.264  ", "max pipelines  ", "no limit", "1h0m0s",
		"max input size "} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}

// TestSystemWithoutWorker asks a server that encodes nothing.
func TestSystemWithoutWorker(t *testing.T) {
	t.Parallel()
	s := &site{Fixture: reelastictest.New(t, "--workers", "0")}
	all := documents[v1.System](t, s.run(t, "system", "--output", "json"))
	if len(all) != 1 || all[0].FFmpeg != nil || all[0].Limits.Encoding != nil ||
		all[0].Limits.Requests.BodyBytes != 1<<20 {
		t.Errorf("%+v", all)
	}
	if table := s.run(t, "system"); !strings.Contains(table, "none in this server") {
		t.Errorf("the table:\n%s", table)
	}
}
