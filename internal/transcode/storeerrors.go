package transcode

import (
	"errors"
	"fmt"
)

// ErrUnavailable wraps what a store says when the database can't be reached;
// the caller may try again.
var ErrUnavailable = errors.New("the database is not available")

// ErrNotFound reports that no row has the id. The caller says what was looked for.
var ErrNotFound = errors.New("not found")

// ErrInUse reports that the state of the row forbids the change: a pipeline has
// active jobs, a job is no longer Submitted.
var ErrInUse = errors.New("in use")

// ErrLimit reports that a configured quota is used up.
var ErrLimit = errors.New("limit reached")

// ErrDuplicateID reports that the id is taken; the caller draws another one.
var ErrDuplicateID = errors.New("the id is taken")

// ErrTooManyPipelines and ErrTooManyPresets are [ErrLimit], and say whose.
var (
	ErrTooManyPipelines = fmt.Errorf("pipelines: %w", ErrLimit)
	ErrTooManyPresets   = fmt.Errorf("presets: %w", ErrLimit)
)
