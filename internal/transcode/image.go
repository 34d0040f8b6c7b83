package transcode

import "slices"

// GraphicSpec is a picture in the pipeline's input bucket that outputs use.
type GraphicSpec struct {
	Key string
	// Artwork tells album art from watermarks: failures have codes of their own.
	Artwork    bool
	Encryption EncryptionSpec
}

// gallery gathers the pictures that the outputs of a job use.
type gallery struct{ graphics []GraphicSpec }

// index is the place of a picture, which is added at its first use.
func (g *gallery) index(spec GraphicSpec) int {
	if at := slices.Index(g.graphics, spec); at >= 0 {
		return at
	}
	g.graphics = append(g.graphics, spec)
	return len(g.graphics) - 1
}
