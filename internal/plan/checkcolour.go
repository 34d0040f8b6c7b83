package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// checkColours compares what a stream says of its colours: players that are told
// wrong show wrong colours.
func checkColours(want Video, v media.VideoStream) *transcode.Failure {
	if want.colours == (colours{}) {
		return nil
	}
	for _, tag := range []struct{ name, got, want string }{
		{"colour matrix", v.Space, want.colours.matrix},
		{"primaries", v.Primaries, want.colours.primaries},
		{"transfer function", v.Transfer, want.colours.transfer},
		{"range", v.Range, "tv"},
	} {
		if tag.got != tag.want {
			return different("the "+tag.name+` "`+tag.got+`"`, `"`+tag.want+`"`)
		}
	}
	return nil
}
