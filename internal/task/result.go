package task

import (
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// OutputResult is what became of one output, or what is known so far.
type OutputResult struct {
	// Index is the output's place in the job, from 0.
	Index int
	// Status is Progressing, Complete or Errored.
	Status transcode.Status
	// Detail is the StatusDetail; "" is null.
	Detail string
	// Duration is the output's length; 0 is not known. Duration rounds up to
	// whole seconds in the API, DurationMillis to the nearest millisecond.
	Duration time.Duration
	// Size is zero for audio.
	Size media.Size
	// FrameRate is zero for audio.
	FrameRate media.Rational
	// FileSizeBytes is the sum of the output's media files, 0 when there are none.
	FileSizeBytes int64
	// ColorSpaceConversion is AppliedColorSpaceConversion, "" is null.
	ColorSpaceConversion string
	// Encryption, ThumbnailEncryption and CaptionEncryption, by caption format, are
	// in the place of the request's when a part of it was generated; nil otherwise.
	Encryption          *api.Encryption   `json:",omitempty"`
	ThumbnailEncryption *api.Encryption   `json:",omitempty"`
	CaptionEncryption   []*api.Encryption `json:",omitempty"`
}

// PlaylistResult is what became of one playlist.
type PlaylistResult struct {
	// Index is the playlist's place in the job, from 0.
	Index  int
	Status transcode.Status
	// Detail is the StatusDetail; "" is null.
	Detail string
	// Protection is in the place of the request's when a part of it was generated;
	// nil otherwise.
	Protection *api.HlsContentProtection `json:",omitempty"`
}

// Result is the end of an attempt.
type Result struct {
	// Outputs has one element for each output of the job, each final.
	Outputs []OutputResult
	// Playlists has one element for each playlist of the job, each final.
	Playlists []PlaylistResult
	// FailureCode and FailureDetail describe a failure of the job as a whole
	// (3001, 4000, 9999); 0 and "" otherwise. They appear in the notification.
	FailureCode   int
	FailureDetail string
}

// Status is the job's final status: Complete when every output is, else Errored.
func (r Result) Status() transcode.Status {
	for _, o := range r.Outputs {
		if o.Status != transcode.Complete {
			return transcode.Errored
		}
	}
	for _, p := range r.Playlists {
		if p.Status != transcode.Complete {
			return transcode.Errored
		}
	}
	return transcode.Complete
}
