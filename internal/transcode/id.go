package transcode

import (
	"encoding/binary"
	"fmt"
)

const idDigits = "0123456789abcdefghijklmnopqrstuvwxyz"

// NewID makes the id of a pipeline, preset or job: the time in milliseconds
// since 1970 in 13 digits, a hyphen, and 6 of [0-9a-z] drawn from random. The
// time is from 0 to 9999999999999.
func NewID(millis int64, random [8]byte) string {
	var tail [6]byte
	n := binary.LittleEndian.Uint64(random[:])
	for i := range tail {
		tail[i] = idDigits[n%uint64(len(idDigits))]
		n /= uint64(len(idDigits))
	}
	return fmt.Sprintf("%013d-%s", millis, tail)
}

// ARN is the Amazon resource name of a resource; kind is "pipeline", "preset" or "job".
func ARN(region, account, kind, id string) string {
	return "arn:aws:elastictranscoder:" + region + ":" + account + ":" + kind + "/" + id
}
