package media

import "fmt"

// Size is a picture's width and height in pixels. The zero value means
// "not known" or "auto".
type Size struct {
	Width, Height int
}

// IsZero reports whether a size is not known.
func (s Size) IsZero() bool { return s.Width == 0 || s.Height == 0 }

// Turned is the size after a turn of a quarter: width and height exchanged.
func (s Size) Turned() Size { return Size{s.Height, s.Width} }

// String is "WIDTHxHEIGHT", the form of ffmpeg and of the API.
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// BitRate is a rate in kilobits per second (1 kb = 1000 bits), the unit of the
// API's BitRate, MaxBitRate and BufferSize members. The zero value means
// "auto" or "not given".
type BitRate int
