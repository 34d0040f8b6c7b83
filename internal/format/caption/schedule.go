package caption

import (
	"cmp"
	"slices"
)

// run is units that go out one behind the other, one with each frame: a code and
// its repetition, or a unit alone.
type run [][]byte

// show is one caption on its way to a screen: what is sent ahead, what makes it
// visible, what takes it away.
type show struct {
	channel    int
	load       []run
	flip       run
	erase      run // nil where the next show takes this one's place
	start, end int // frames of the flip and the erase
}

// length is how many frames it takes to send the load.
func (v show) length() int {
	n := 0
	for _, r := range v.load {
		n += len(r)
	}
	return n
}

// sent is a unit with its frame; last marks the end of a flip or an erase.
type sent struct {
	frame int
	unit  []byte
	last  bool
}

// due is a flip or an erase that waits for its frame.
type due struct {
	frame   int
	show    *show
	isErase bool
}

// sender sends shows over one line, which carries one unit a frame.
type sender struct {
	resume func(channel int) run
	frame  int // the next free one
	due    []due
	out    []sent
}

// schedule gives every unit its frame, first being the earliest. Words are sent
// just in time, so that flips and erases happen at their frames; what does not
// fit goes out late, in order. resume are the units that lead back to a
// channel's words after another channel's flip or erase. Shows of one channel
// must not overlap.
func schedule(shows []show, first int, resume func(channel int) run) []sent {
	slices.SortStableFunc(shows, func(a, b show) int { return cmp.Compare(a.start, b.start) })
	begins := beginFrames(shows)
	s := sender{resume: resume, frame: first}
	for i := range shows {
		s.waitUntil(begins[i])
		s.load(&shows[i])
	}
	s.drain(func() bool { return len(s.due) > 0 })
	return s.out
}

// beginFrames is when to begin sending, so that each show is loaded before its
// flip and before the next one begins, with room for another flip or erase.
func beginFrames(shows []show) []int {
	const room = 4
	begins := make([]int, len(shows))
	for i := len(shows) - 1; i >= 0; i-- {
		ready := shows[i].start
		if i+1 < len(shows) {
			ready = min(ready, begins[i+1])
		}
		begins[i] = ready - shows[i].length() - room
	}
	return begins
}

func (s *sender) send(units run, isEvent bool) {
	for i, unit := range units {
		s.out = append(s.out, sent{s.frame, unit, isEvent && i == len(units)-1})
		s.frame++
	}
}

// load sends the words of a show once its channel's last flip is done, and
// books its own flip. Flips and erases that fall due go first.
func (s *sender) load(v *show) {
	s.drain(func() bool {
		return slices.ContainsFunc(s.due, func(d due) bool { return d.show.channel == v.channel && !d.isErase })
	})
	for i, words := range v.load {
		interrupted := false
		for len(s.due) > 0 && s.due[0].frame <= s.frame {
			interrupted = s.event() != v.channel || interrupted
		}
		if interrupted && i > 0 {
			s.send(s.resume(v.channel), false)
		}
		s.send(words, false)
	}
	s.book(due{max(v.start, s.frame), v, false})
}

// book keeps the list in order of frames; of equals, flips come first: a caption
// that leaves late is noticed less than one that comes late.
func (s *sender) book(d due) {
	at := len(s.due)
	for at > 0 && (s.due[at-1].frame > d.frame || s.due[at-1].frame == d.frame && s.due[at-1].isErase && !d.isErase) {
		at--
	}
	s.due = slices.Insert(s.due, at, d)
}

// event sends the first flip or erase and tells its channel. A flip takes the
// place of the erase before it, and books its own.
func (s *sender) event() (channel int) {
	d := s.due[0]
	s.due = s.due[1:]
	s.frame = max(s.frame, d.frame)
	if d.isErase {
		s.send(d.show.erase, true)
		return d.show.channel
	}
	s.due = slices.DeleteFunc(s.due, func(o due) bool { return o.isErase && o.show.channel == d.show.channel })
	s.send(d.show.flip, true)
	if d.show.erase != nil {
		s.book(due{max(d.show.end, s.frame), d.show, true})
	}
	return d.show.channel
}

// drain sends flips and erases as long as a condition holds.
func (s *sender) drain(while func() bool) {
	for while() {
		s.event()
	}
}

// waitUntil sends what is due before a frame and goes there.
func (s *sender) waitUntil(frame int) {
	s.drain(func() bool { return len(s.due) > 0 && s.due[0].frame < frame })
	s.frame = max(s.frame, frame)
}
