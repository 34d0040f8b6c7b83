// Package cenc encrypts the samples of fragmented MP4 files with AES-CTR: in the
// scheme "cenc" of Common Encryption (ISO/IEC 23001-7) for MPEG-DASH, and in that of
// the Protected Interoperable File Format (PIFF 1.1) for Smooth Streaming. Both
// encrypt the same bytes in the same way and differ in the boxes that say so. It is
// pure.
package cenc
