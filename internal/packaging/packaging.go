// Package packaging makes of the encoded results of a job the files that are published:
// media as players and playlists want it, segments, playlists, captions, and all of these
// encrypted where that is asked for. It reads and writes in the job's folder only, and
// knows nothing of where files are published.
package packaging

import (
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Job is what is packaged.
type Job struct {
	Spec   transcode.JobSpec
	Folder folder.Folder
	// Outputs has one element for each output of the job, in order.
	Outputs []Output
	// Threads is how many files may be encrypted at the same time.
	Threads int
}

// Output is one encoded output, which has been checked.
type Output struct {
	// Made reports that there is a result; without, the output and every playlist that
	// lists it are left out.
	Made bool
	// Plan is what was made.
	Plan plan.Output
	// Captions are the tracks on the output's own timeline; none without captions.
	Captions []caption.Track
	// Encryption is what its files are encrypted with.
	Encryption Encryption
}

// Package is all that a job publishes.
type Package struct {
	// Outputs has one element for each output of the job, empty for what was not made.
	Outputs []Files
	// DataKeys are the keys that players fetch, which are in no file.
	DataKeys []DataKey
	// Playlists has one element for each playlist of the job.
	Playlists []Playlist
}

// Files is what one output publishes: its media, thumbnails and captions first, then its
// own playlists, which name these.
type Files struct {
	Media, Playlists []Object
	// SizeBytes is that of the media, as it is published.
	SizeBytes int64
}

// All are the objects in the order in which they must be published.
func (f Files) All() []Object { return append(append([]Object(nil), f.Media...), f.Playlists...) }

// Playlist is what one playlist of the job publishes. Without files it was not made,
// since one of its outputs was not; Failure is set where its outputs don't fit together.
type Playlist struct {
	Objects []Object
	Failure *transcode.Failure
}

// DataKey is the key of a protected playlist of HLS, to be published as an object of
// its own before the playlists that name it.
type DataKey struct {
	Object Object
	// Outputs are the indexes of those that are encrypted with it.
	Outputs []int
}

// Object is a file of the folder, or content, that becomes an object.
type Object struct {
	Key string
	// File is the file's name in the folder; "" where Content is all there is.
	File    string
	Content []byte
	// Container decides on the content type of a key without extension.
	Container transcode.Container
	// Encryption is what was asked for; a store may have a part in it.
	Encryption transcode.EncryptionSpec
	// Thumbnail reports that the object is kept as the pipeline's ThumbnailConfig says.
	Thumbnail bool

	cipher *Cipher // nil for a file that is published as it is
}
