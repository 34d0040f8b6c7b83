package transcode

import "slices"

// ImageSpec is an image in the pipeline's input bucket that outputs use.
type ImageSpec struct {
	Key string
	// Artwork tells album art from watermarks: failures have codes of their own.
	Artwork    bool
	Encryption EncryptionSpec
}

// imageList gathers the images that the outputs of a job use.
type imageList struct{ all []ImageSpec }

// index is the place of an image, which is added at its first use.
func (l *imageList) index(spec ImageSpec) int {
	if at := slices.Index(l.all, spec); at >= 0 {
		return at
	}
	l.all = append(l.all, spec)
	return len(l.all) - 1
}
