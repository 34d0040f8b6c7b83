// Package bench measures the built program against its targets: a ladder
// against the same ffmpeg command by hand, twelve presets of all families against
// a command for each, a clip from the end of a long film, the memory of joining
// many, the time from submission to the first process, durable jobs per second,
// reads among 100,000 jobs, what an idle server costs, and what a call of the Go
// client costs against one of the SDK. Ratios come from runs side by side. A
// missed target is told and is no failure.
//
//	go test -run '^$' -bench . ./bench              everything, some 20 minutes
//	go test -run '^$' -bench 'Ladder|Jobs' ./bench  some of it
package bench
