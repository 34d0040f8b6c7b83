package job

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/format/caption"
)

// Limits of the captions of a job, in all languages, inputs and outputs. A film of three
// hours has 2000 captions and 100 KB of them in a language.
const (
	mostCaptionBytes = 32 << 20
	mostCaptions     = 300_000
	// mostMerged counts a caption once for each output that it is for.
	mostMerged = 1_000_000
)

// captionBudget counts what a job has read of captions. Each take is 4103 beyond a limit.
type captionBudget struct {
	bytes        int64
	cues, merged int
}

func (b *captionBudget) takeBytes(n int64) error {
	if b.bytes += n; b.bytes > mostCaptionBytes {
		return caption.TooMuch(fmt.Sprintf("%d MiB of captions", mostCaptionBytes>>20))
	}
	return nil
}

func (b *captionBudget) takeCues(n int) error {
	if b.cues += n; b.cues > mostCaptions {
		return caption.TooMuch(fmt.Sprintf("%d captions", mostCaptions))
	}
	return nil
}

func (b *captionBudget) takeMerged(sets []captionSet) error {
	for _, set := range sets {
		for _, t := range set.tracks {
			b.merged += len(t.Cues)
		}
	}
	if b.merged > mostMerged {
		return caption.TooMuch(fmt.Sprintf("%d captions in all outputs", mostMerged))
	}
	return nil
}
