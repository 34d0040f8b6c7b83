package worker

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/reelastic/reelastic/internal/format/cenc"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/format/playready"
	"github.com/reelastic/reelastic/internal/transcode"
)

// drm is what the samples of an output are encrypted with; it stays in memory.
type drm struct {
	key    []byte
	vector uint64 // of the output's first sample
	header playready.Header
}

// openDRM opens the keys of playlists with PlayReady. The outputs of a playlist have
// one key, and vectors that no two of them share: two samples under the same key and
// vector would lay each other open.
func (a *attempt) openDRM(ctx context.Context) error {
	a.drm = make([]*drm, len(a.spec.Outputs))
	for _, playlist := range a.spec.Playlists {
		if playlist.PlayReady.Format == "" {
			continue
		}
		opened, err := a.openPlayReady(ctx, playlist.PlayReady)
		for _, i := range playlist.Outputs {
			if err != nil {
				if err := a.orFail(i, err); err != nil {
					return err
				}
				continue
			}
			own := opened
			own.vector += uint64(i) * cenc.FileVectors
			a.drm[i] = &own
		}
	}
	return nil
}

// openPlayReady opens a key, and makes the vector that is not given. What the client
// has to mend is a [*transcode.Failure].
func (a *attempt) openPlayReady(ctx context.Context, spec transcode.PlayReadySpec) (d drm, err error) {
	s, err := a.openSeal(ctx, transcode.EncryptionSpec{Mode: string(filecrypt.CTR), Key: spec.Key, KeyMD5: spec.KeyMD5, Vector: spec.Vector},
		func(key []byte, md5 string) error {
			if len(key) != playready.KeyBytes {
				return transcode.DRMKeyLength(md5, 8*len(key))
			}
			return nil
		})
	if err != nil {
		return d, err
	}
	if len(s.vector) == 0 {
		s.vector = make([]byte, cenc.VectorBytes)
		rand.Read(s.vector) // never fails
	}
	d.key, d.vector = s.key, binary.BigEndian.Uint64(s.vector)
	d.header, err = playready.NewHeader(spec.KeyID, s.key, spec.LicenseURL)
	return d, err
}

// protectMedia encrypts the samples of output i, in place of its clear file.
func (a *attempt) protectMedia(ctx context.Context, i int) error {
	d := a.drm[i]
	if d == nil {
		return nil
	}
	name := a.plan.Outputs[i].File
	p := cenc.Protection{Scheme: cenc.Common, Key: d.key, KeyID: d.header.KeyID, Vector: d.vector, Systems: []cenc.System{
		{ID: mp4box.UUID(playready.SystemBytes), Data: d.header.Object()},
	}}
	if a.spec.Outputs[i].For(transcode.Smooth) {
		p.Scheme = cenc.PIFF
	} else {
		p.Systems = append(p.Systems, cenc.System{ID: cenc.CommonSystem, KeyIDs: [][cenc.KeyBytes]byte{d.header.KeyID}})
	}
	err := a.replace(name, func(dst, clear *os.File, size int64) error {
		_, err := cenc.Encrypt(dst, interruptibleAt{ctx, clear}, size, p)
		return err
	})
	if err != nil {
		return fmt.Errorf("protect output %s: %w", a.spec.Outputs[i].ID, err)
	}
	return nil
}

// dash is what a manifest of MPEG-DASH says of the protection; nil for none.
func (d *drm) dash() *manifest.DASHProtection {
	if d == nil {
		return nil
	}
	return &manifest.DASHProtection{KeyID: d.header.KeyID, SystemID: playready.SystemID, Object: d.header.Object(),
		Box: cenc.System{ID: mp4box.UUID(playready.SystemBytes), Data: d.header.Object()}.AppendBox(nil, cenc.Common)}
}

// smooth is what a manifest of Smooth Streaming says of the protection.
func (d *drm) smooth() *manifest.SmoothProtection {
	return &manifest.SmoothProtection{SystemID: playready.SystemID, Header: d.header.Object()}
}
