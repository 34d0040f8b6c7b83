package task

// WorkerStatus is what a worker announces of itself.
type WorkerStatus struct {
	// ID is unique for each start of a worker.
	ID string `json:"id"`
	// Slots is how many jobs it takes at once; Running how many it has.
	Slots   int `json:"slots"`
	Running int `json:"running"`
}
