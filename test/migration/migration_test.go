package migration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/transcode/presettest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const (
	role  = "arn:aws:iam::000000000000:role/Transcode"
	topic = "arn:aws:sns:us-east-1:000000000000:"
)

// pipelines are those of the account: each member is given by one of them.
func pipelines() []*api.CreatePipelineRequest {
	return []*api.CreatePipelineRequest{
		{Name: new("one bucket"), InputBucket: new("in"), OutputBucket: new("out"), Role: new(role)},
		{Name: new("main"), InputBucket: new("in"), Role: new(role),
			AwsKmsKeyArn: new("arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"),
			Notifications: &api.Notifications{Progressing: new(topic + "p"), Completed: new(topic + "c"),
				Warning: new(topic + "w"), Error: new(topic + "e")},
			ContentConfig: &api.PipelineOutputConfig{Bucket: new("media"), StorageClass: new("Standard"),
				Permissions: []api.Permission{
					{GranteeType: new("Group"), Grantee: new("AllUsers"), Access: []string{"Read", "ReadAcp"}},
					{GranteeType: new("Email"), Grantee: new("ann@example.com"), Access: []string{"FullControl"}}}},
			ThumbnailConfig: &api.PipelineOutputConfig{Bucket: new("thumbs"), StorageClass: new("ReducedRedundancy"),
				Permissions: []api.Permission{
					{GranteeType: new("Canonical"), Grantee: new("abc"), Access: []string{"WriteAcp"}}}}},
		{Name: new("paused"), InputBucket: new("in"), Role: new(role),
			ContentConfig:   &api.PipelineOutputConfig{Bucket: new("out")},
			ThumbnailConfig: &api.PipelineOutputConfig{Bucket: new("thumbs")}},
	}
}

// watermark is a place for a graphic, with every member.
var watermark = api.PresetWatermark{Id: new("TopLeft"), MaxWidth: new("10%"), MaxHeight: new("10%"),
	SizingPolicy: new("ShrinkToFit"), HorizontalAlign: new("Left"), HorizontalOffset: new("12px"),
	VerticalAlign: new("Top"), VerticalOffset: new("7.5%"), Opacity: new("55.5"), Target: new("Content")}

// site is a server and its command line.
type site struct{ *reelastictest.Server }

func startSite(t *testing.T) site { return site{reelastictest.Start(t, "--workers", "0")} }

// run runs a command that succeeds and returns what it printed.
func (s site) run(t *testing.T, args ...string) string {
	t.Helper()
	out, stderr, status := reelastictest.Run(t, nil, append(args, "--endpoint-url", s.Endpoint(), "--data", s.Data)...)
	if status != 0 {
		t.Fatalf("%q: exit status %d, %s%s", args, status, out, stderr)
	}
	return out
}

// makeAccount makes pipelines with every member, one of them Paused, and a preset of every
// container and codec.
func makeAccount(t *testing.T, s site) {
	t.Helper()
	client := s.GoClient()
	for _, req := range pipelines() {
		made, err := client.CreatePipeline(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if *req.Name != "paused" {
			continue
		}
		if _, err := client.UpdatePipelineStatus(t.Context(),
			&api.UpdatePipelineStatusRequest{Id: made.Pipeline.Id, Status: new("Paused")}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range presettest.Names() {
		req, err := presettest.Request(name, `{}`)
		if err != nil {
			t.Fatal(err)
		}
		if name == "mp4" {
			req.Description, req.Video.Watermarks = new(`of "every" ${kind}`), []api.PresetWatermark{watermark}
		}
		if _, err := client.CreatePreset(t.Context(), req); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// documents are the pipelines and custom presets of a site, by kind and id.
func (s site) documents(t *testing.T) map[string]any {
	t.Helper()
	all := map[string]any{}
	for p, err := range s.GoClient().Pipelines(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all["pipeline "+*p.Id] = p
	}
	for p, err := range s.GoClient().Presets(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if *p.Type == "Custom" {
			all["preset "+*p.Id] = p
		}
	}
	return all
}

// source makes a dump of the account's site in a folder. Statuses tells whether the form holds
// the status of pipelines.
type source struct {
	dump     func(t *testing.T, s site, dir string)
	statuses bool
}

// files are the names of files of the forms that export writes.
var files = map[string]string{"aws": "dump.json", "json": "documents.json", "terraform": "main.tf",
	"cloudformation": "stack.template"}

var sources = map[string]source{
	"aws":            {awsDump("json", "list-pipelines", "list-presets"), true},
	"aws-yaml":       {awsDump("yaml", "list-pipelines", "list-presets"), true},
	"aws-read":       {awsReadDump, true},
	"export":         {exportDump("aws"), true},
	"json":           {exportDump("json"), true},
	"terraform":      {exportDump("terraform"), false},
	"state":          {stateDump, false},
	"cloudformation": {exportDump("cloudformation"), true},
}

// TestAccountMoves dumps an account in each form, imports the dump into a new server, and
// exports and imports it again: nothing differs, and ids are kept.
func TestAccountMoves(t *testing.T) {
	t.Parallel()
	old := startSite(t)
	makeAccount(t, old)
	want := old.documents(t)
	for name, from := range sources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			from.dump(t, old, dir)
			s := startSite(t)
			wantOutcomes(t, s, "created", len(want), dir, "--dry-run")
			if n := len(s.documents(t)); n != 0 {
				t.Fatalf("a dry run has stored %d documents", n)
			}
			wantOutcomes(t, s, "created", len(want), dir)
			same(t, want, s.documents(t), from.statuses)
			wantOutcomes(t, s, "unchanged", len(want), dir)
			for form := range files {
				again := t.TempDir()
				exportDump(form)(t, s, again)
				wantOutcomes(t, s, "unchanged", len(want), again)
			}
		})
	}
}

// wantOutcomes imports a folder, and wants so many documents to have an outcome, none another
// one, but for skipped ones.
func wantOutcomes(t *testing.T, s site, outcome string, n int, dir string, flags ...string) {
	t.Helper()
	out := s.run(t, append([]string{"import", dir, "--json"}, flags...)...)
	holdsSchema(t, out)
	var report struct {
		Documents []struct{ Outcome, ID string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, d := range report.Documents {
		got[d.Outcome]++
	}
	delete(got, "skipped")
	if diff := cmp.Diff(map[string]int{outcome: n}, got); diff != "" {
		t.Errorf("import %q (-want +got):\n%s\n%s", flags, diff, out)
	}
}

// holdsSchema holds what import printed against its schema.
func holdsSchema(t *testing.T, document string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(reelastictest.Root(), "docs", "schemas", "import.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal([]byte(document), &value); err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(value); err != nil {
		t.Errorf("%v in\n%s", err, document)
	}
}

// same wants the documents of two sites to be the same, by their ids.
func same(t *testing.T, want, got map[string]any, statuses bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d documents, want %d", len(got), len(want))
	}
	for key, document := range want {
		other, ok := got[key]
		if !ok {
			t.Errorf("there is no %s", key)
			continue
		}
		members, err := transcode.DifferingMembers(document, other)
		if err != nil {
			t.Fatal(err)
		}
		if !statuses {
			members = slices.DeleteFunc(members, func(member string) bool { return member == "Status" })
		}
		if len(members) > 0 {
			t.Errorf("%s differs in %v:\n%s", key, members, cmp.Diff(document, other))
		}
	}
}

func exportDump(form string) func(*testing.T, site, string) {
	return func(t *testing.T, s site, dir string) {
		t.Helper()
		write(t, filepath.Join(dir, files[form]), s.run(t, "export", "--form", form))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// aws runs the AWS command line against a site.
func (s site) aws(t *testing.T, args ...string) string {
	t.Helper()
	reelastictest.Need(t, "", "/usr/bin/aws", "--version")
	cmd := exec.CommandContext(t.Context(), "/usr/bin/aws",
		append([]string{"--endpoint-url", s.Endpoint(), "--region", "us-east-1", "elastictranscoder"}, args...)...)
	cmd.Env = append(os.Environ(), "AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.Data, "credentials"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %q: %v", args, err)
	}
	return string(out)
}

func awsDump(format string, lists ...string) func(*testing.T, site, string) {
	return func(t *testing.T, s site, dir string) {
		t.Helper()
		for _, list := range lists {
			write(t, filepath.Join(dir, list+"."+format), s.aws(t, list, "--output", format))
		}
	}
}

// awsReadDump reads pipelines one by one, and lists presets.
func awsReadDump(t *testing.T, s site, dir string) {
	t.Helper()
	for key := range s.documents(t) {
		if id, ok := strings.CutPrefix(key, "pipeline "); ok {
			write(t, filepath.Join(dir, id+".json"), s.aws(t, "read-pipeline", "--id", id))
		}
	}
	awsDump("json", "list-presets")(t, s, dir)
}

// stateDump writes the account as a state of Terraform has it.
func stateDump(t *testing.T, s site, dir string) {
	t.Helper()
	var resources []any
	for i, document := range slices.Collect(values(s.documents(t))) {
		kind, attributes := "aws_elastictranscoder_preset", map[string]any{}
		switch d := document.(type) {
		case *api.Pipeline:
			kind, attributes = "aws_elastictranscoder_pipeline", pipelineState(d)
		case *api.Preset:
			attributes = presetState(d)
		}
		instance := map[string]any{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []any{}}
		resources = append(resources, map[string]any{"mode": "managed", "type": kind, "name": fmt.Sprint("r", i),
			"provider": `provider["registry.terraform.io/hashicorp/aws"]`, "instances": []any{instance}})
	}
	text, err := json.MarshalIndent(map[string]any{"version": 4, "terraform_version": "1.5.7", "serial": 3,
		"lineage": "x", "outputs": map[string]any{}, "resources": resources}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "terraform.tfstate"), string(text))
}

// TestOthersAreRefused imports what differs from what is stored: all is refused, until it may
// be replaced.
func TestOthersAreRefused(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "presets.json")
	const preset = `{"Id": "1400000000000-aaaaaa", "Name": "a", "Container": "mp3",
		"Audio": {"Codec": "mp3", "SampleRate": "44100", "BitRate": "128", "Channels": "2"}}`
	write(t, file, preset)
	wantOutcomes(t, s, "created", 1, dir)
	write(t, file, strings.Replace(preset, `"128"`, `"96"`, 1)+strings.Replace(preset, "aaaaaa", "bbbbbb", 1))
	out, stderr, status := reelastictest.Run(t, nil, "import", file, "--endpoint-url", s.Endpoint(), "--data", s.Data)
	for _, want := range []string{"differs  preset  1400000000000-aaaaaa",
		"differs from the stored one in Audio:BitRate", "1 created, 1 differs"} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("exit status %d, %q is not in\n%s%s", status, want, out, stderr)
		}
	}
	if n := len(s.documents(t)); n != 1 {
		t.Errorf("a refused import has stored something: %d presets", n)
	}
	out = s.run(t, "import", file, "--replace")
	if !strings.HasSuffix(out, "\n1 created, 1 replaced\n") {
		t.Errorf("--replace:\n%s", out)
	}
	wantOutcomes(t, s, "unchanged", 2, dir)
}
