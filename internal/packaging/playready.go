package packaging

import (
	"context"
	"fmt"
	"os"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/cenc"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/format/playready"
	"github.com/reelastic/reelastic/internal/transcode"
)

// PlayReady is what the samples of an output are encrypted with.
type PlayReady struct {
	// Key has [playready.KeyBytes] bytes.
	Key []byte
	// Vector is that of the output's first sample. No two outputs of a key may share any.
	Vector uint64
	Header playready.Header
}

// protect encrypts the samples of an output, in place of its clear file.
func (p *packer) protect(ctx context.Context, o *output) error {
	drm := o.Encryption.PlayReady
	if drm == nil {
		return nil
	}
	protection := cenc.Protection{
		Scheme: cenc.Common, Key: drm.Key, KeyID: drm.Header.KeyID, Vector: drm.Vector,
		Systems: []cenc.System{drm.system()},
	}
	if o.spec.For(transcode.Smooth) {
		protection.Scheme = cenc.PIFF
	} else {
		common := cenc.System{ID: cenc.CommonSystem, KeyIDs: [][cenc.KeyBytes]byte{drm.Header.KeyID}}
		protection.Systems = append(protection.Systems, common)
	}
	err := p.Folder.Replace(ctx, o.Plan.File, func(dst *os.File, clear *folder.File) error {
		_, err := cenc.Encrypt(dst, clear, clear.Size(), protection)
		return err
	})
	if err != nil {
		return fmt.Errorf("protect: %w", err)
	}
	return nil
}

func (d *PlayReady) system() cenc.System {
	return cenc.System{ID: mp4box.UUID(playready.SystemBytes), Data: d.Header.Object()}
}

// dash is what a manifest of MPEG-DASH says of the protection; nil for none.
func (d *PlayReady) dash() *manifest.DASHProtection {
	if d == nil {
		return nil
	}
	return &manifest.DASHProtection{
		KeyID: d.Header.KeyID, SystemID: playready.SystemID, Object: d.Header.Object(),
		Box: d.system().AppendBox(nil, cenc.Common),
	}
}

// smooth is what a manifest of Smooth Streaming says of the protection; nil for none.
func (d *PlayReady) smooth() *manifest.SmoothProtection {
	if d == nil {
		return nil
	}
	return &manifest.SmoothProtection{SystemID: playready.SystemID, Header: d.Header.Object()}
}
