package worker

import "sync"

// isolation lets jobs run side by side, or one alone. A job is alone when the process died
// while it and others ran: if it dies again, it is known whose fault it is.
type isolation struct {
	running sync.RWMutex // held for writing by who is alone
}

// enter reports whether another job may begin; then the caller calls leave.
func (i *isolation) enter() (leave func(), ok bool) {
	return i.running.RUnlock, i.running.TryRLock()
}

// isolate waits until all others have left, and keeps new ones away until the returned
// function is called. The caller has entered, and does not call the leave of that any more.
func (i *isolation) isolate() (leave func()) {
	i.running.RUnlock()
	i.running.Lock()
	return i.running.Unlock
}
