package migrate_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/migrate"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/transcode/presettest"
)

const (
	region  = "us-east-1"
	account = "123456789012"
)

// endings are those of files of the forms.
var endings = map[migrate.Form]string{migrate.AWSForm: ".json", migrate.TerraformForm: ".tf",
	migrate.CloudFormationForm: ".template", migrate.JSONForm: ".json"}

// TestEveryFormHoldsAll writes drawn pipelines and presets in every form, and reads the same.
func TestEveryFormHoldsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var pipelines []*api.Pipeline
		for i := range rapid.IntRange(0, 2).Draw(t, "pipelines") {
			pipelines = append(pipelines, drawPipeline(t, i))
		}
		var presets []*api.Preset
		for i := range rapid.IntRange(0, 2).Draw(t, "presets") {
			p, _, err := transcode.NewPreset(presettest.Valid(t), fmt.Sprintf("1450000000000-%06d", i), region, account)
			if err != nil {
				t.Fatal(err)
			}
			presets = append(presets, p)
		}
		for form, ending := range endings {
			checkForm(t, form, ending, pipelines, presets)
		}
	})
}

func checkForm(t *rapid.T, form migrate.Form, ending string, pipelines []*api.Pipeline, presets []*api.Preset) {
	text, _, err := migrate.Write(form, pipelines, presets)
	if err != nil {
		t.Fatal(err)
	}
	dump, err := migrate.Read([]migrate.File{{Name: "dump" + ending, Text: text}}, nil)
	if len(pipelines)+len(presets) == 0 && form == migrate.JSONForm {
		return // an empty file
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", form, err, text)
	}
	var got []any
	for _, d := range dump.Documents {
		if d.Kind == migrate.PipelineKind {
			got = append(got, imported(t, form, d.Pipeline))
			continue
		}
		p, _, err := transcode.ImportPreset(d.Preset, region, account)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	if n := len(pipelines) + len(presets); len(got) != n || len(dump.Skipped) > 0 {
		t.Fatalf("%s: %d documents of %d, skipped %v", form, len(got), n, dump.Skipped)
	}
	for i, want := range documents(pipelines, presets) {
		members, err := transcode.DifferingMembers(want, got[i])
		if err != nil || len(members) > 0 {
			t.Fatalf("%s: %v, differs in %v (-want +got):\n%s\n%s", form, err, members, cmp.Diff(want, got[i]), text)
		}
	}
}

// imported is a pipeline as it would be stored. Terraform has no status.
func imported(t *rapid.T, form migrate.Form, doc *api.Pipeline) *api.Pipeline {
	p, err := transcode.ImportPipeline(doc, region, account)
	if err != nil {
		t.Fatal(err)
	}
	if form == migrate.TerraformForm && p.Status == nil {
		p.Status = new("Active")
	}
	return p
}

func documents(pipelines []*api.Pipeline, presets []*api.Preset) (all []any) {
	for _, p := range pipelines {
		all = append(all, p)
	}
	for _, p := range presets {
		all = append(all, p)
	}
	return all
}

// drawPipeline draws an Active pipeline, any member given or not.
func drawPipeline(t *rapid.T, i int) *api.Pipeline {
	one := func(label string, values ...string) *string { return new(rapid.SampledFrom(values).Draw(t, label)) }
	maybe := func(label string, values ...string) *string {
		if rapid.Bool().Draw(t, label+" given") {
			return one(label, values...)
		}
		return nil
	}
	const topic = "arn:aws:sns:us-east-1:123456789012:topic"
	req := &api.CreatePipelineRequest{
		Name: one("Name", "main", `a "b" ${c}`, "Ünïcode ✓", "main_2"), InputBucket: one("InputBucket", "in", "other.in"),
		Role: new("arn:aws:iam::123456789012:role/r"), AwsKmsKeyArn: maybe("AwsKmsKeyArn", "", "alias/key"),
	}
	if rapid.Bool().Draw(t, "Notifications") {
		req.Notifications = &api.Notifications{Progressing: maybe("Progressing", "", topic),
			Completed: maybe("Completed", topic), Warning: maybe("Warning", topic), Error: maybe("Error", topic)}
	}
	if rapid.Bool().Draw(t, "OutputBucket") {
		req.OutputBucket = one("OutputBucket", "out")
	} else {
		req.ContentConfig, req.ThumbnailConfig = drawConfig(t, one, maybe), drawConfig(t, one, maybe)
	}
	p, err := transcode.NewPipeline(req, fmt.Sprintf("1400000000000-%06d", i), region, account)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func drawConfig(t *rapid.T, one, maybe func(string, ...string) *string) *api.PipelineOutputConfig {
	c := &api.PipelineOutputConfig{Bucket: one("Bucket", "out", "thumbs"),
		StorageClass: maybe("StorageClass", "Standard", "ReducedRedundancy")}
	for range rapid.IntRange(0, 2).Draw(t, "Permissions") {
		c.Permissions = append(c.Permissions, api.Permission{GranteeType: new("Canonical"),
			Grantee: one("Grantee", "a", "b"),
			Access: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Read", "ReadAcp", "WriteAcp"}), 1, 3,
				rapid.ID[string]).Draw(t, "Access")})
	}
	return c
}
