package s3

import (
	"context"

	"github.com/reelastic/reelastic/internal/parallel"
)

// piece is a part of a file; they are numbered from 1.
type piece struct {
	number         int32
	offset, length int64
}

// pieces calls do for the pieces of a file, some at the same time, as
// [parallel.Each] does.
func pieces(ctx context.Context, size, length int64, atOnce int, do func(context.Context, piece) error) error {
	count := int((size + length - 1) / length)
	return parallel.Each(ctx, atOnce, count, func(ctx context.Context, i int) error {
		offset := int64(i) * length
		return do(ctx, piece{number: int32(i + 1), offset: offset, length: min(length, size-offset)})
	})
}
