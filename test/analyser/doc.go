// Package analyser reads what jobs have published as strict players and analysers do, by
// the rules of the standards and with nothing of the code that wrote it: every playlist
// and manifest, every transport packet and fragment. It holds all renditions of a ladder
// against each other at every place where a player may change between them.
package analyser
