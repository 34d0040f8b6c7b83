// Package mpegts writes MPEG transport streams (ISO/IEC 13818-1) again as segments: it
// takes the packets of the elementary streams out of one and divides, packs and times
// them as players and analysers want. It also mends the times of transport and program
// streams whose clock does not go on. It is pure: it reads and writes what it is given
// and touches no file.
package mpegts
