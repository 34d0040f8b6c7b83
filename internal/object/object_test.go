package object

import "testing"

func TestErrorText(t *testing.T) {
	t.Parallel()
	e := &Error{Problem: NoObject, Object: Key{Bucket: "b", Key: "k"}}
	if got := e.Error(); got != "the object does not exist: bucket=b, key=k" {
		t.Error(got)
	}
	e.Why = "gone"
	if got := e.Error(); got != "the object does not exist: bucket=b, key=k: gone" {
		t.Error(got)
	}
}
