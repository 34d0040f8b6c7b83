// Package restarts ends the built program in the middle of its work and looks
// at what becomes of the job.
package restarts
