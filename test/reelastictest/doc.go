// Package reelastictest runs the built program for tests: its server in a
// folder of the test's own, with buckets, clients and a look at the results.
package reelastictest
