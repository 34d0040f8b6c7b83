package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/reelastic/reelastic/internal/media"
)

// Caps tells what the installed ffmpeg can do. It is detected by the first call
// that succeeds and kept. Decoders holds, besides the names of decoders, those
// of the codecs that they decode ("av1" for libdav1d). The sets are shared:
// they must not be changed.
func (r *Runner) Caps(ctx context.Context) (media.Caps, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.caps != nil {
		return *r.caps, nil
	}
	t, err := r.readyLocked(ctx)
	if err != nil {
		return media.Caps{}, err
	}
	caps := media.Caps{Version: t.version, Sandbox: t.box.kind, FDKAAC: t.fdkaac}
	lists := []struct {
		option string
		set    *map[string]bool
	}{
		{"-encoders", &caps.Encoders}, {"-decoders", &caps.Decoders}, {"-demuxers", &caps.Demuxers},
		{"-muxers", &caps.Muxers}, {"-filters", &caps.Filters},
	}
	errs := make([]error, len(lists))
	var group sync.WaitGroup
	for i, list := range lists {
		group.Go(func() {
			var out []byte
			out, errs[i] = r.output(ctx, t, t.ffmpeg, "-hide_banner", list.option)
			*list.set = parseNames(string(out))
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return media.Caps{}, fmt.Errorf("detect ffmpeg: %w", err)
	}
	r.caps = &caps
	return caps, nil
}

// Version is the installed ffmpeg's version text ("5.1.9-0+deb12u1").
func (r *Runner) Version(ctx context.Context) (string, error) {
	caps, err := r.Caps(ctx)
	return caps.Version, err
}

// parseVersion reads the third word of "ffmpeg version 5.1.9-0+deb12u1 Copyright ...".
func parseVersion(text string) string {
	words := strings.Fields(text)
	if len(words) < 3 || words[1] != "version" {
		return ""
	}
	return words[2]
}

// parseNames reads one of ffmpeg's lists: flags, a name or several joined by
// commas, a description that may end in "(codec NAME)". Lines of the legend
// have "=" where the name would be.
func parseNames(text string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if !strings.HasPrefix(line, " ") || len(words) < 2 || words[1] == "=" {
			continue
		}
		for name := range strings.SplitSeq(words[1], ",") {
			names[name] = true
		}
		if _, codec, ok := strings.Cut(line, "(codec "); ok {
			codec, _, _ = strings.Cut(codec, ")")
			names[codec] = true
		}
	}
	return names
}
