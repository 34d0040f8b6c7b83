package server

import (
	"context"
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

func (s *Server) createPreset(ctx context.Context, in *api.CreatePresetRequest) (*api.CreatePresetResponse, error) {
	var p *api.Preset
	var warning string
	err := s.withNewID(func(id string) (err error) {
		if p, warning, err = transcode.NewPreset(in, id, s.cfg.Region, s.cfg.Account); err != nil {
			return err
		}
		return s.store.CreatePreset(ctx, p, s.cfg.Quotas.Presets)
	})
	if err != nil {
		return nil, s.presetError(err, "")
	}
	return &api.CreatePresetResponse{Preset: p, Warning: &warning}, nil
}

func (s *Server) readPreset(ctx context.Context, in *api.ReadPresetRequest) (*api.ReadPresetResponse, error) {
	if p, ok := s.systemPreset(*in.Id); ok {
		return &api.ReadPresetResponse{Preset: p}, nil
	}
	p, err := s.store.Preset(ctx, *in.Id)
	if err != nil {
		return nil, s.presetError(err, *in.Id)
	}
	return &api.ReadPresetResponse{Preset: p}, nil
}

func (s *Server) deletePreset(ctx context.Context, in *api.DeletePresetRequest) (*api.DeletePresetResponse, error) {
	if _, ok := s.systemPreset(*in.Id); ok {
		return nil, transcode.SystemPresetDelete(s.cfg.Account, *in.Id)
	}
	if err := s.store.DeletePreset(ctx, *in.Id); err != nil {
		return nil, s.presetError(err, *in.Id)
	}
	return &api.DeletePresetResponse{}, nil
}

// listPresets lists system and custom presets together, the oldest first, unless
// it is asked otherwise. Every system preset is older than every custom one.
func (s *Server) listPresets(ctx context.Context, in *api.ListPresetsRequest) (*api.ListPresetsResponse, error) {
	page := newPage(in.Ascending, in.PageToken, true)
	presets, next, err := s.presetPage(ctx, page)
	if err != nil {
		return nil, err
	}
	return &api.ListPresetsResponse{Presets: values(presets), NextPageToken: token(next)}, nil
}

// presetPage takes a page from the system presets followed by the custom ones,
// or from the reverse of both. The store is never asked to begin after an id
// that it does not have.
func (s *Server) presetPage(ctx context.Context, page transcode.Page) ([]*api.Preset, string, error) {
	system := transcode.SystemPresets()
	for _, p := range system {
		s.setPresetARN(p)
	}
	if !page.Ascending {
		slices.Reverse(system)
	}
	at := slices.IndexFunc(system, func(p *api.Preset) bool { return *p.Id == page.After })
	if page.Ascending {
		return s.systemThenCustom(ctx, page, system, at)
	}
	return s.customThenSystem(ctx, page, system, at)
}

// systemThenCustom continues behind system[at], or behind a custom preset when at is -1.
func (s *Server) systemThenCustom(
	ctx context.Context, page transcode.Page, system []*api.Preset, at int,
) ([]*api.Preset, string, error) {
	var list []*api.Preset
	if at >= 0 || page.After == "" {
		list = system[at+1:]
		page.After = ""
	}
	if len(list) > page.Limit {
		list = list[:page.Limit]
		return list, *list[len(list)-1].Id, nil
	}
	room := page.Limit - len(list)
	page.Limit = max(room, 1) // 1: whether there is a page after this one
	custom, next, err := s.store.Presets(ctx, page)
	switch {
	case err != nil:
		return nil, "", err
	case room == 0 && len(custom) > 0:
		return list, *list[len(list)-1].Id, nil
	}
	return append(list, custom...), next, nil
}

// customThenSystem continues behind system[at], or behind a custom preset when at is -1.
func (s *Server) customThenSystem(
	ctx context.Context, page transcode.Page, system []*api.Preset, at int,
) ([]*api.Preset, string, error) {
	var list []*api.Preset
	if at < 0 {
		custom, next, err := s.store.Presets(ctx, page)
		if err != nil || next != "" {
			return custom, next, err
		}
		list = custom
	}
	rest := system[at+1:]
	if room := page.Limit - len(list); len(rest) > room {
		list = append(list, rest[:room]...)
		return list, *list[len(list)-1].Id, nil
	}
	return append(list, rest...), "", nil
}

// systemPreset finds a preset that comes with the service, as the account sees it.
func (s *Server) systemPreset(id string) (*api.Preset, bool) {
	p, ok := transcode.SystemPreset(id)
	if ok {
		s.setPresetARN(p)
	}
	return p, ok
}

func (s *Server) setPresetARN(p *api.Preset) {
	p.Arn = new(transcode.ARN(s.cfg.Region, s.cfg.Account, "preset", *p.Id))
}
