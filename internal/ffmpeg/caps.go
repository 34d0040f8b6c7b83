package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/parallel"
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
	caps, err := r.basicsLocked(ctx)
	if err != nil {
		return media.Caps{}, unready(ctx, err)
	}
	sets := map[string]*map[string]bool{"-decoders": &caps.Decoders, "-demuxers": &caps.Demuxers,
		"-muxers": &caps.Muxers, "-filters": &caps.Filters}
	errs := make(chan error, len(sets))
	for option, set := range sets {
		go func() {
			errs <- parallel.Guard(func() (err error) {
				*set, err = r.list(ctx, option)
				return err
			})
		}()
	}
	for range sets {
		err = errors.Join(err, <-errs)
	}
	if err != nil {
		return media.Caps{}, unready(ctx, err)
	}
	r.caps = &caps
	if r.cfg.Keep != "" && r.lists == nil {
		all := lists{encoderList: caps.Encoders}
		for option, set := range sets {
			all[option] = *set
		}
		if err := keepLists(r.cfg.Keep, r.tools.build, all); err != nil {
			r.log.WarnContext(ctx, "what ffmpeg has is asked again at the next start", "err", err)
		}
	}
	return caps, nil
}

// encoderList is the option that prints the encoders.
const encoderList = "-encoders"

// Basics are those of [Runner.Caps] that report whether an ffmpeg can be used at all:
// version, release, sandbox and encoders. They are known sooner.
func (r *Runner) Basics(ctx context.Context) (media.Caps, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.basicsLocked(ctx)
}

func (r *Runner) basicsLocked(ctx context.Context) (media.Caps, error) {
	if r.basics != nil {
		return *r.basics, nil
	}
	t, err := r.readyLocked(ctx)
	if err != nil {
		return media.Caps{}, err
	}
	encoders, err := r.list(ctx, encoderList)
	if err != nil {
		return media.Caps{}, err
	}
	r.basics = &media.Caps{Version: t.version, Release: t.release, Sandbox: t.box.kind, FDKAAC: t.fdkaac,
		Encoders: encoders}
	return *r.basics, nil
}

// list asks ffmpeg, which has been found, for one of its lists of names, unless it is kept.
func (r *Runner) list(ctx context.Context, option string) (map[string]bool, error) {
	if names := r.lists[option]; names != nil {
		return names, nil
	}
	out, err := r.output(ctx, r.tools, r.tools.ffmpeg, "-hide_banner", option)
	if err != nil {
		return nil, fmt.Errorf("detect ffmpeg: %w", err)
	}
	return parseNames(string(out)), nil
}

// parseVersion reads the third word of "ffmpeg version 5.1.9-0+deb12u1 Copyright ...",
// and the release by the version of the libraries further down.
func parseVersion(text string) (version string, release media.Release) {
	words := strings.Fields(text)
	if len(words) < 3 || words[1] != "version" {
		return "", release
	}
	for line := range strings.Lines(text) {
		var major, minor int
		if n, _ := fmt.Sscanf(strings.ReplaceAll(line, " ", ""), "libavcodec%d.%d.", &major, &minor); n == 2 {
			release = releaseOf(major, minor)
		}
	}
	return words[2], release
}

// releaseOf is the release that has a version of libavcodec, or the last one before it.
// A build from the source's history calls itself by a date or a commit, while the
// library's version is that of what it can do.
func releaseOf(major, minor int) media.Release {
	const apart = 54 // libavcodec counts 54 ahead of ffmpeg
	r := media.Release{Major: major - apart}
	if second, ok := map[int]int{59: 37, 60: 31, 61: 19, 62: 28}[major]; ok && minor >= second {
		r.Minor = 1
	}
	return r
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
