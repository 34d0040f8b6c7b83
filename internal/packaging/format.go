package packaging

import (
	"context"

	"github.com/reelastic/reelastic/internal/transcode"
)

// playlistFormat packages for one format of playlists, in one container.
type playlistFormat interface {
	// pack makes of an encoded output what the format's players load, and lists it.
	pack(ctx context.Context, p *packer, o *output) error
	// master makes the files of a playlist whose outputs are all packed, in the order in
	// which they must be published. A [*transcode.Failure] says why these don't fit together.
	master(p *packer, spec transcode.PlaylistSpec) ([]masterFile, error)
}

// masterFile is one file of a playlist.
type masterFile struct {
	key  string
	text []byte
}
