package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestLabelsAreBounded has jobs of very many pipelines end: clients make and delete them.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	ended := task.Result{Outputs: []task.OutputResult{{Status: transcode.Complete}}}
	const first, often = "1111111111111-aaaaaa", mostPipelines / 2
	for i := range 100_000 {
		m.JobFinished(fmt.Sprintf("1111111111111-%06d", i), ended, time.Second)
		if i%often == 0 {
			m.JobFinished(first, ended, time.Second)
		}
	}
	m.Answered("ReadJob", 404, api.ResourceNotFoundException, time.Millisecond)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if n := len(family.GetMetric()); n > 2*mostPipelines {
			t.Errorf("%s has %d sets of labels", family.GetName(), n)
		}
		if family.GetName() != "reelastic_jobs_total" {
			continue
		}
		kept := false
		for _, one := range family.GetMetric() {
			for _, label := range one.GetLabel() {
				if label.GetValue() == first {
					kept = one.GetCounter().GetValue() == 100_000/often
				}
			}
		}
		if !kept {
			t.Error("the pipeline at work has lost its count")
		}
	}
}
