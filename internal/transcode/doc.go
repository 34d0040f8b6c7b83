// Package transcode is the domain: what a pipeline, preset and job mean, which
// of them are valid, how they live, and how they fail. It derives typed specs
// from the accepted wire documents of package api, once, at its edge; it does
// no I/O, reads no clock and draws no random number.
package transcode
