// Package mpegts finds pictures in MPEG transport streams (ISO/IEC 13818-1). It is
// pure: it reads what it is given and touches no file.
package mpegts
