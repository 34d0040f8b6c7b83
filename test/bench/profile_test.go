package bench

import (
	"fmt"
	"strings"
	"testing"
)

// part is a part of a job and its processor time.
type part struct {
	name    string
	seconds float64
}

// BenchmarkProfile takes the ladder apart: the processor time of each of its parts by itself,
// found by leaving out one after the other, in seconds and as a share of the job's.
func BenchmarkProfile(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := makeClip(b, clipSeconds)
	s, id := serve(b, source)
	request := ladder(id, true)
	p := planned(b, request, source)
	job := runJob(b, s, request, "profile/", func() {}).cpu.Seconds()
	own := byHand(b, source, p.Steps[0].Args).cpu.Seconds()

	measure := func(args string) float64 {
		return byHand(b, source, strings.Fields("-y -i in0 "+args)).cpu.Seconds()
	}
	const nowhere = " -an -c:v wrapped_avframe -f null -"
	decode := measure("-map 0:v" + nowhere)
	parts := []part{{"decoding", decode},
		{"sound, one encoder of AAC", measure("-vn -c:a aac -b:a 128k -ar 44100 -ac 2 -f null -")}}
	var scaling float64
	for i, r := range renditions {
		scaled := measure("-vf " + r.filter() + nowhere)
		scaling += scaled - decode
		whole := measure("-an -vf " + r.filter() + " " + r.encoder(i))
		parts = append(parts, part{fmt.Sprintf("H.264, %dx%d", r.width, r.height), whole - scaled})
	}
	mp4 := measure("-an -vf "+plainRate+plainMP4) - decode
	parts = append(parts, part{"scaling, five sizes", scaling}, part{"H.264, 1280x720", mp4},
		part{"beside the command: inspection, checks, packaging, publishing", job - own})
	results.note(b, "the job", number(job, "s"))
	for _, part := range parts {
		results.note(b, part.name, fmt.Sprintf("%s, %.1f %%", number(part.seconds, "s"), 100*part.seconds/job))
	}
}
