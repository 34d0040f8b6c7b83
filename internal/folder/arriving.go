package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/reelastic/reelastic/internal/parallel"
)

// Source gives ranges of one version of what a file is made of.
type Source interface {
	// Read writes a range to its place in a file. It goes on where a read breaks.
	Read(ctx context.Context, to io.WriterAt, offset, length int64) error
}

const (
	// arrivingPiece is how much is asked of a source at once, arrivingAtOnce how many such
	// pieces are on their way: together they fill a link, and one is soon there.
	arrivingPiece  = 4 << 20
	arrivingAtOnce = 4
)

// Arriving is a file of the folder that is read while it comes in. Every byte is asked of
// the source once: first what a reader waits for, then what follows it, and at last the
// rest. The file has its whole length from the first moment, with holes.
type Arriving struct {
	file   *os.File
	size   int64
	source Source
	cancel context.CancelFunc
	// workers are those that read from the source.
	workers sync.WaitGroup
	// done is closed when all is there, or nothing more comes.
	done chan struct{}

	mu      sync.Mutex
	pieces  []pieceState
	missing int
	// at is the piece that a reader was at last.
	at  int
	err error
	// changed is closed when a piece has come.
	changed chan struct{}
}

type pieceState byte

const (
	unasked pieceState = iota
	asked
	here
)

// Arrive makes a new file of so many bytes, above 0, which is filled from a source until
// [Arriving.Close]. Whole is called once, when all is there.
func (f Folder) Arrive(ctx context.Context, name string, size int64, source Source, whole func()) (*Arriving, error) {
	file, err := os.OpenFile(f.Path(name), os.O_CREATE|os.O_EXCL|os.O_RDWR|syscall.O_NOFOLLOW, private)
	if err != nil {
		return nil, fmt.Errorf("create a file: %w", err)
	}
	if err := file.Truncate(size); err != nil {
		return nil, errors.Join(fmt.Errorf("create a file: %w", err), file.Close())
	}
	count := int((size + arrivingPiece - 1) / arrivingPiece)
	ctx, cancel := context.WithCancel(ctx)
	a := &Arriving{file: file, size: size, source: source, cancel: cancel, done: make(chan struct{}),
		pieces: make([]pieceState, count), missing: count, changed: make(chan struct{})}
	for range min(arrivingAtOnce, count) {
		a.workers.Go(func() { a.bring(ctx, whole) })
	}
	return a, nil
}

// Size is the length of the file in bytes.
func (a *Arriving) Size() int64 { return a.size }

// Done is closed when all is there, or nothing more comes; then [Arriving.Err] tells which.
func (a *Arriving) Done() <-chan struct{} { return a.done }

// Err is why nothing more comes; nil as long as it does.
func (a *Arriving) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// Complete reports whether all is there.
func (a *Arriving) Complete() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.missing == 0
}

// Wait returns when all is there, or with the error that nothing more comes for.
func (a *Arriving) Wait(ctx context.Context) error {
	select {
	case <-a.done:
		return a.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close ends the filling. Nothing is read any more; the file stays.
func (a *Arriving) Close() error {
	a.cancel()
	a.workers.Wait()
	return a.file.Close()
}

// bring asks for one piece after the other.
func (a *Arriving) bring(ctx context.Context, whole func()) {
	for {
		i, ok := a.take()
		if !ok {
			return
		}
		offset := int64(i) * arrivingPiece
		err := parallel.Guard(func() error {
			return a.source.Read(ctx, a.file, offset, min(arrivingPiece, a.size-offset))
		})
		if a.came(i, err) {
			whole()
		}
	}
}

// take chooses the piece to ask for next: the first one from where a reader is.
func (a *Arriving) take() (piece int, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return 0, false
	}
	for n := range a.pieces {
		i := (a.at + n) % len(a.pieces)
		if a.pieces[i] == unasked {
			a.pieces[i] = asked
			return i, true
		}
	}
	return 0, false
}

// came notes that a piece is there, or why it will not be, and reports whether it was the last.
func (a *Arriving) came(i int, err error) (whole bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return false
	}
	if err != nil {
		a.err = err
	} else {
		a.pieces[i] = here
		a.missing--
	}
	close(a.changed)
	a.changed = make(chan struct{})
	if a.err != nil || a.missing == 0 {
		close(a.done)
	}
	return a.missing == 0
}

// Reader reads the file, and waits for what is not there yet until ctx ends. It may be shared.
func (a *Arriving) Reader(ctx context.Context) io.ReaderAt { return arrivingReader{a, ctx} }

type arrivingReader struct {
	*Arriving
	ctx context.Context
}

func (r arrivingReader) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 || offset >= r.size {
		return 0, io.EOF
	}
	last := min(offset+int64(len(b)), r.size) - 1
	for i := offset / arrivingPiece; i <= last/arrivingPiece; i++ {
		if err := r.await(r.ctx, int(i)); err != nil {
			return 0, err
		}
	}
	return r.file.ReadAt(b, offset)
}

// await returns when a piece is there.
func (a *Arriving) await(ctx context.Context, piece int) error {
	for {
		a.mu.Lock()
		a.at = piece
		state, err, changed := a.pieces[piece], a.err, a.changed
		a.mu.Unlock()
		if state == here || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
