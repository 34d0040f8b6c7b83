// Package mp4box reads the boxes of ISO base media files (ISO/IEC 14496-12) that
// packaging needs, and writes new ones: the movie header with the codecs'
// configurations, segment indexes, fragments with the place of every sample, and
// the boxes of Smooth Streaming (MS-SSTR). It is pure. A file is read through an
// [io.ReaderAt] a box at a time, so that its length costs no memory; what it
// claims is checked against what is there before anything is made of it.
package mp4box
