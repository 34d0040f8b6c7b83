// Package fleet holds the third contract suite: what holds for a service as a
// whole, whichever database keeps its state and whichever queue carries its
// work. The store, the queue, the dispatcher, the worker and the folder of objects are
// the real ones; only ffmpeg is replaced, by an encoder that works on cue.
package fleet
