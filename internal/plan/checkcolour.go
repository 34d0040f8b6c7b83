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
	named := want.colours
	for _, tag := range []struct {
		name, got, want string
		right           bool
	}{
		{"colour matrix", v.Space, named.matrix, unnamed(want, v) || same(v.Space, named.matrix, equalMatrices)},
		{"primaries", v.Primaries, named.primaries, v.Primaries == named.primaries},
		{"transfer function", v.Transfer, named.transfer, same(v.Transfer, named.transfer, equalTransfers)},
		{"range", v.Range, "tv", v.Range == "tv"},
	} {
		if !tag.right {
			return different("the "+tag.name+` "`+tag.got+`"`, `"`+tag.want+`"`)
		}
	}
	return nil
}

// unnamed reports whether a matrix is one that the headers of the codec can't name, of which
// nothing is said. Which versions of ffmpeg go by the container then differs.
func unnamed(want Video, v media.VideoStream) bool {
	nameable := videoCodecs[want.Codec].matrices
	return v.Space == "" && nameable != nil && !slices.Contains(nameable, want.colours.matrix)
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
