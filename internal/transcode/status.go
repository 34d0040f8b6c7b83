package transcode

import "slices"

// Status is the state of a job, of an output or of a playlist, in the words of
// the API model.
type Status string

// The statuses of the API model. Complete, Canceled and Error are final.
const (
	Submitted   Status = "Submitted"
	Progressing Status = "Progressing"
	Complete    Status = "Complete"
	Canceled    Status = "Canceled"
	Errored     Status = "Error"
)

// next lists the only legal moves; a status without an entry is final.
var next = map[Status][]Status{
	Submitted:   {Progressing, Canceled},
	Progressing: {Complete, Errored, Canceled}, // Canceled: by the extension API only
}

// CanBecome reports whether a job may move from s to to.
func (s Status) CanBecome(to Status) bool { return slices.Contains(next[s], to) }

// Final reports whether a status never changes again.
func (s Status) Final() bool { return len(next[s]) == 0 }
