package plan

import (
	"slices"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// checkColours compares what a stream says of its colours: players that are told
// wrong show wrong colours.
func checkColours(want Video, v media.VideoStream) *transcode.Failure {
	if want.colours == (colours{}) {
		return nil
	}
	named := videoCodecs[want.Codec].matrices
	nameless := named != nil && v.Space == "" && !slices.Contains(named, want.colours.matrix)
	for _, tag := range []struct {
		name, got, want string
		right           bool
	}{
		{"colour matrix", v.Space, want.colours.matrix, nameless || same(v.Space, want.colours.matrix, equalMatrices)},
		{"primaries", v.Primaries, want.colours.primaries, v.Primaries == want.colours.primaries},
		{"transfer function", v.Transfer, want.colours.transfer, same(v.Transfer, want.colours.transfer, equalTransfers)},
		{"range", v.Range, "tv", v.Range == "tv"},
	} {
		if !tag.right {
			return different("the "+tag.name+` "`+tag.got+`"`, `"`+tag.want+`"`)
		}
	}
	return nil
}

// Names of one and the same (ITU-T H.273, tables 3 and 4). MXF has one for each only, and
// which of the names ffprobe gives it depends on its version.
var (
	equalMatrices  = []string{"smpte170m", "bt470bg"}
	equalTransfers = []string{"bt709", "smpte170m", "bt2020-10", "bt2020-12"}
)

func same(a, b string, equal []string) bool {
	return a == b || slices.Contains(equal, a) && slices.Contains(equal, b)
}
