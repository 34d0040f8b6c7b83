package worker

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
)

// packSmoothText lists a track of captions of output i, the nth format's kth, as
// Smooth Streaming has it: one file, in which each of the output's fragments has a
// document, whose times count from the fragment's. Clients can't decrypt one that is
// encrypted as a file, and no manifest names it.
func (a *attempt) packSmoothText(i, n, k int, p *parcel, t caption.Track) error {
	out := a.spec.Outputs[i]
	f := out.CaptionFormats[n]
	text := smoothTrack{kind: "text", name: "text_" + languageName(t), language: languageName(t), chunks: p.smooth[0].chunks,
		key:   a.spec.CaptionKey(out, f, languageName(t), 0),
		level: manifest.SmoothLevel{TrackID: 1, FourCC: "DFXP"}}
	var fragments []mp4box.TextFragment
	for _, c := range text.chunks {
		part := t
		part.Cues = caption.Clip(t.Cues, smoothTime(c.Start), smoothTime(c.Duration))
		document := caption.Write(caption.DFXP, part)
		text.sizeBytes += int64(len(document))
		fragments = append(fragments, mp4box.TextFragment{FragmentTime: mp4box.FragmentTime{Start: c.Start, Duration: c.Duration}, Document: document})
	}
	if err := text.measure(); err != nil {
		return err
	}
	if !f.Encryption.ByService() {
		p.smooth = append(p.smooth, text)
	}
	if a.captions.written[text.key] {
		return nil
	}
	a.captions.written[text.key] = true
	name := fmt.Sprintf("s%d_%d_%d.ismt", i+1, n, k)
	if err := a.write(name, mp4box.SmoothText(media.Alpha3(languageName(t)), fragments)); err != nil {
		return err
	}
	p.media = append(p.media, newObject{at: object.Key{Bucket: a.contentBucket(), Key: text.key},
		path: filepath.Join(a.dir, name), seal: a.seals[i].captions[n], encryption: f.Encryption})
	return nil
}

// smoothTime is a number of units of Smooth Streaming.
func smoothTime(units uint64) time.Duration {
	return time.Duration(units) * (time.Second / manifest.SmoothTimescale)
}
