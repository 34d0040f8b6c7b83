package recent_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/internal/recent"
)

func TestMap(t *testing.T) {
	t.Parallel()
	m := recent.New[string, int](2)
	m.Put("a", 1)
	m.Put("b", 2)
	if v, ok := m.Get("a"); v != 1 || !ok { // b is the older one from here on
		t.Errorf("a is %d, %t", v, ok)
	}
	if _, _, full := m.Put("a", 3); full {
		t.Error("a value in another's place drops one")
	}
	if key, v, full := m.Put("c", 4); key != "b" || v != 2 || !full {
		t.Errorf("%q, %d, %t is gone, want b", key, v, full)
	}
	if _, ok := m.Get("b"); ok {
		t.Error("b is still there")
	}
	if got := maps.Collect(m.All); m.Len() != 2 || got["a"] != 3 || got["c"] != 4 {
		t.Errorf("%d values: %v", m.Len(), got)
	}
	m.Delete("c")
	m.Delete("c")
	var left []string
	for key := range m.All {
		left = append(left, key)
	}
	if !slices.Equal(left, []string{"a"}) {
		t.Errorf("%q are left, want a", left)
	}
}

func TestMapStaysSmall(t *testing.T) {
	t.Parallel()
	m := recent.New[int, int](0)
	for i := range 100_000 {
		m.Put(i, i)
	}
	if v, ok := m.Get(99_999); m.Len() != 1 || v != 99_999 || !ok {
		t.Errorf("%d values, the last is %d, %t", m.Len(), v, ok)
	}
}
