package caption

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Error is what is wrong with captions that can't be used. [SidecarFailure] and
// [EmbeddedFailure] turn it into what the client reads.
type Error struct {
	// Code is [CodeBadFile] or [CodeNotUTF8].
	Code int
	// Line is where in the file, from 1; 0 where there are no lines.
	Line int
	// Problem is half a sentence that quotes what was found.
	Problem string
}

// Error is the line and the problem.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Problem
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
}

// wrong makes the error of a file that can't be interpreted.
func wrong(line int, format string, args ...any) *Error {
	return &Error{Code: CodeBadFile, Line: line, Problem: fmt.Sprintf(format, args...)}
}

// quote shortens what a message repeats of a file.
func quote(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// decodeUTF8 is a file's text without its byte order mark. What is not UTF-8 is
// an [*Error] with [CodeNotUTF8] and the line of the first bad byte.
func decodeUTF8(file []byte) (string, error) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(file, []byte(mark)) {
			return "", &Error{CodeNotUTF8, 1, "the file begins with the byte order mark of UTF-16"}
		}
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	for at := 0; at < len(file); {
		r, size := utf8.DecodeRune(file[at:])
		if r == utf8.RuneError && size == 1 {
			line := 1 + bytes.Count(file[:at], []byte("\n"))
			return "", &Error{CodeNotUTF8, line, fmt.Sprintf("the byte 0x%02x is not part of UTF-8 text", file[at])}
		}
		at += size
	}
	return string(file), nil
}

// The numeric codes of captions (original.md 4.13).
const (
	CodeBadEmbedded   = 4100
	CodeBadFile       = 4101
	CodeNotUTF8       = 4102
	CodeTooManyTracks = 4103
	CodeFrameRate     = transcode.CodeCaptionRate
	CodeFormatTracks  = 4106
)

// TooMuch is 4103 for captions that are more than a job may have; most says how many.
func TooMuch(most string) *transcode.Failure {
	return &transcode.Failure{Code: CodeTooManyTracks,
		Text: "Amazon Elastic Transcoder was unable to process all of your caption tracks. You have reached " + most +
			", the maximum supported.",
		Advice: "Take fewer languages, formats or outputs with captions, or longer segments."}
}

// SidecarFailure is 4101 or 4102 for a caption file that [Read] refused with err.
func SidecarFailure(o object.Key, err error) *transcode.Failure {
	where := fmt.Sprintf("Amazon S3 bucket=%s, key=%s.", o.Bucket, o.Key)
	e, ok := errors.AsType[*Error](err)
	if ok && e.Code == CodeNotUTF8 {
		return &transcode.Failure{Code: CodeNotUTF8,
			Text: "Amazon Elastic Transcoder could not interpret the specified caption file since it was not " +
				"UTF-8 encoded: " + where,
			Advice: "Save the file as UTF-8: " + err.Error() + "."}
	}
	return &transcode.Failure{Code: CodeBadFile,
		Text:   "Amazon Elastic Transcoder could not interpret the specified caption file for " + where,
		Advice: "Correct the file: " + err.Error() + "."}
}

// EmbeddedFailure is 4100 for captions inside an input that could not be read.
func EmbeddedFailure(err error) *transcode.Failure {
	return &transcode.Failure{Code: CodeBadEmbedded,
		Text:   "Amazon Elastic Transcoder could not interpret the embedded caption track.",
		Advice: "Give the captions as files, with the MergePolicy Override: " + err.Error() + "."}
}
