package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/transcode"
)

const importAction = extensions + "ImportResources"

// importResources stores pipelines and presets with the ids that they have. It takes the
// action on each of them, and for pipelines what CreatePipeline takes.
func (s *Server) importResources(ctx context.Context, _ *http.Request, from signed) (any, error) {
	var in v1.ImportResourcesRequest
	if err := decodeExtension(from.body, &in); err != nil {
		return nil, err
	}
	pipelines, err := documents[api.Pipeline]("pipelines", in.Pipelines)
	if err != nil {
		return nil, err
	}
	presets, err := documents[api.Preset]("presets", in.Presets)
	if err != nil {
		return nil, err
	}
	if err := s.judgeImport(from.caller, pipelines, presets); err != nil {
		return nil, err
	}
	brought, warnings, err := s.brought(pipelines, presets)
	if err != nil {
		return nil, err
	}
	brought.Replace, brought.DryRun = in.Replace, in.DryRun
	results, err := s.store.Import(ctx, brought)
	if err != nil {
		return nil, s.importError(err, results)
	}
	if !in.DryRun {
		s.cfg.Log.InfoContext(ctx, "imported", "pipelines", len(pipelines), "presets", len(presets),
			"by", from.caller.Name)
		s.wake(ctx)
	}
	return showImport(results, warnings), nil
}

// documents reads documents of the API, each with an id of its own.
func documents[T any](list string, texts []json.RawMessage) ([]*T, error) {
	all := make([]*T, len(texts))
	for i, text := range texts {
		all[i] = new(T)
		if err := decodeExtension(text, all[i]); err != nil {
			var refused *api.Error
			if errors.As(err, &refused) {
				return nil, serializationError(fmt.Sprintf("%s.%d", list, i+1), "%s", refused.Message)
			}
			return nil, err
		}
	}
	return all, nil
}

// judgeImport asks the caller's policy for all that an import takes.
func (s *Server) judgeImport(caller policy.Caller, pipelines []*api.Pipeline, presets []*api.Preset) error {
	var all needs
	for _, p := range pipelines {
		all.add(importAction, s.arn("pipeline", text(p.Id)))
		all.reaches(s, &api.CreatePipelineRequest{
			Role: p.Role, InputBucket: p.InputBucket, OutputBucket: p.OutputBucket, ContentConfig: p.ContentConfig,
			ThumbnailConfig: p.ThumbnailConfig, Notifications: p.Notifications, AwsKmsKeyArn: p.AwsKmsKeyArn,
		})
	}
	for _, p := range presets {
		all.add(importAction, s.arn("preset", text(p.Id)))
	}
	return s.judge(caller, all...)
}

// brought are the documents as they are stored, with the warnings about presets. All that is
// wrong is told together.
func (s *Server) brought(pipelines []*api.Pipeline, presets []*api.Preset) (in transcode.Import,
	warnings map[string]string, err error) {
	in = transcode.Import{MaxPipelines: s.cfg.Quotas.Pipelines, MaxPresets: s.cfg.Quotas.Presets}
	warnings = map[string]string{}
	found := &importFaults{ids: map[string]bool{}}
	for i, doc := range pipelines {
		p, err := transcode.ImportPipeline(doc, s.cfg.Region, s.cfg.Account)
		if err := found.add("pipelines", i, doc.Id, err); err != nil {
			return in, nil, err
		}
		in.Pipelines = append(in.Pipelines, p)
	}
	for i, doc := range presets {
		p, warning, err := transcode.ImportPreset(doc, s.cfg.Region, s.cfg.Account)
		if err := found.add("presets", i, doc.Id, err); err != nil {
			return in, nil, err
		}
		in.Presets = append(in.Presets, p)
		warnings[text(doc.Id)] = warning
	}
	return in, warnings, found.err()
}

// importFaults are what is wrong with the documents of an import.
type importFaults struct {
	texts []string
	ids   map[string]bool
}

// add takes the fault of a document, nil for none. What is no fault of the client is
// returned.
func (f *importFaults) add(list string, i int, id *string, fault error) error {
	place := fmt.Sprintf("%s.%d", list, i+1)
	refused, ok := errors.AsType[*transcode.Error](fault)
	switch {
	case fault != nil && !ok:
		return fault
	case fault != nil:
		f.texts = append(f.texts, fmt.Sprintf("%s (%s): %s", place, clip(text(id)), refused.Message))
	case f.ids[list+*id]:
		f.texts = append(f.texts, fmt.Sprintf("%s (%s): The id is given twice.", place, *id))
	default:
		f.ids[list+*id] = true
	}
	return nil
}

func (f *importFaults) err() error {
	if len(f.texts) == 0 {
		return nil
	}
	return transcode.Errorf(api.ValidationException, "%s", clip(strings.Join(f.texts, " ")))
}

// importError says why nothing was stored.
func (s *Server) importError(err error, results []transcode.ImportResult) error {
	switch {
	case errors.Is(err, transcode.ErrTooManyPipelines):
		return transcode.PipelineLimit(s.cfg.Account, s.cfg.Quotas.Pipelines)
	case errors.Is(err, transcode.ErrTooManyPresets):
		return transcode.PresetLimit(s.cfg.Account, s.cfg.Quotas.Presets)
	case !errors.Is(err, transcode.ErrDuplicateID):
		return err
	}
	if len(results) == 0 {
		return transcode.Errorf(api.ResourceInUseException, "Somebody else has just stored one of the ids.")
	}
	var texts []string
	for _, r := range results {
		switch r.Outcome {
		case transcode.ImportDiffers:
			texts = append(texts, fmt.Sprintf("The %s %s exists and differs in %s.", r.Kind, r.ID,
				strings.Join(r.Members, ", ")))
		case transcode.ImportInUse:
			texts = append(texts, fmt.Sprintf("The %s %s can not be replaced: jobs that have not ended use it.",
				r.Kind, r.ID))
		}
	}
	return transcode.Errorf(api.ResourceInUseException, "%s", clip(strings.Join(texts, " ")))
}

func showImport(results []transcode.ImportResult, warnings map[string]string) v1.ImportResourcesResponse {
	shown := v1.ImportResourcesResponse{Results: []v1.ImportedResource{}}
	for _, r := range results {
		one := v1.ImportedResource{Kind: r.Kind, ID: r.ID, Outcome: string(r.Outcome), Members: r.Members}
		if one.Members == nil {
			one.Members = []string{}
		}
		if r.Kind == "preset" {
			one.Warning = warnings[r.ID]
		}
		shown.Results = append(shown.Results, one)
	}
	return shown
}
