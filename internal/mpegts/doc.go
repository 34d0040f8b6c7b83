// Package mpegts finds pictures in MPEG transport streams (ISO/IEC 13818-1), and mends the
// times of transport and program streams. It is pure: it reads what it is given and touches
// no file.
package mpegts
