// Package caption holds captions as data: it reads, shifts, merges and writes
// them. It is pure: it touches no file and no clock, and text from strangers
// costs it time and memory in proportion to its length, up to fixed limits.
//
// [Read] takes the sidecar formats (SRT, WebVTT, SCC, and DFXP, TTML, SMPTE-TT
// or EBU-TT); [DecodeCEA] takes CEA-608 and CEA-708 from the cc_data that a
// video carries; mov-text reaches the package as SRT. [Write] and
// [Segments] make sidecars; [NewCarrier] makes cc_data.
//
// Only words and times are kept. The original had no text formatting either
// (original.md 4.7): tags, colours, places and fonts are dropped.
package caption
