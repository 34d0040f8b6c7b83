// Package recent keeps values by names that others choose, and no more of them than it is told.
package recent

import "container/list"

// Map keeps the values that were used last, up to a number of them. It is for one goroutine at
// a time: whoever shares one has a lock.
type Map[K comparable, V any] struct {
	most   int
	places map[K]*list.Element // of pairs
	order  list.List           // the one used last is first
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

// New returns an empty map of at most so many values, at least one.
func New[K comparable, V any](most int) *Map[K, V] {
	return &Map[K, V]{most: max(most, 1), places: map[K]*list.Element{}}
}

// Get returns a value, which is then the one used last.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	place, ok := m.places[key]
	if !ok {
		return value, false
	}
	m.order.MoveToFront(place)
	return place.Value.(pair[K, V]).value, true
}

// Put keeps a value, in place of the one that the key had. Where there are too many then, it
// returns the value that was not used for longest, which is gone.
func (m *Map[K, V]) Put(key K, value V) (goneKey K, gone V, full bool) {
	if place, ok := m.places[key]; ok {
		place.Value = pair[K, V]{key, value}
		m.order.MoveToFront(place)
		return goneKey, gone, false
	}
	m.places[key] = m.order.PushFront(pair[K, V]{key, value})
	if m.order.Len() <= m.most {
		return goneKey, gone, false
	}
	last := m.order.Remove(m.order.Back()).(pair[K, V])
	delete(m.places, last.key)
	return last.key, last.value, true
}

// Delete forgets a value.
func (m *Map[K, V]) Delete(key K) {
	if place, ok := m.places[key]; ok {
		m.order.Remove(place)
		delete(m.places, key)
	}
}

// Len is how many values there are.
func (m *Map[K, V]) Len() int { return m.order.Len() }

// All calls yield for the values, the one used last first.
func (m *Map[K, V]) All(yield func(K, V) bool) {
	for place := m.order.Front(); place != nil; place = place.Next() {
		if p := place.Value.(pair[K, V]); !yield(p.key, p.value) {
			return
		}
	}
}
