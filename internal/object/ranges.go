package object

import (
	"context"
	"io"
)

// Ranges reads one version of an object in parts. It may be shared.
type Ranges interface {
	// Info is what the object is.
	Info() Info
	// Read writes a range to its place in a file, and goes on where a read breaks. It fails
	// once the object is another.
	Read(ctx context.Context, to io.WriterAt, offset, length int64) error
}
