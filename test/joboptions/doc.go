// Package joboptions tests what a job can say, end to end: a real server, real media,
// and a look at the pixels and lengths of what it made.
package joboptions
