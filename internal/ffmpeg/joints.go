package ffmpeg

import "time"

const (
	// jointOff is how far a block of audio is from the end of the one before it, at the
	// least, where two recordings meet: blocks of encoders lie over each other there.
	jointOff = 10 * time.Millisecond
	// jointEvery is how much audio there is for each joint, at the least: where times are
	// off more often, they are those of an unsteady clock.
	jointEvery = 500 * time.Millisecond
)

// joints counts where the blocks of a stream do not follow each other.
type joints struct {
	count        int64
	due, covered time.Duration
	begun        bool
	// last is the time of the latest block; distances tells blocks whose lengths are not stated,
	// but for the times of those that follow.
	last      time.Duration
	distances bool
	// usual is the length that most blocks have, if there is one, with as many votes more
	// than other lengths; odd counts the blocks far from it. The latest block waits, since
	// the last one may be of any length.
	usual, latest time.Duration
	votes, odd    int64
}

// add takes the time of a block and its length, 0 where that is not stated.
func (j *joints) add(at, length time.Duration) {
	if j.begun && j.latest == 0 {
		j.latest, j.due, j.distances = at-j.last, at, true
		j.covered += j.latest
	}
	if j.begun {
		if off := at - j.due; off.Abs() > jointOff {
			j.count++
		}
		j.vote(j.latest)
	}
	j.begun, j.due, j.last, j.latest = true, at+length, at, length
	j.covered += length
}

func (j *joints) vote(length time.Duration) {
	off := length - j.usual
	switch {
	case j.votes == 0:
		j.usual, j.votes = length, 1
	case off.Abs() < time.Millisecond:
		j.votes++
	default:
		j.votes--
		if off.Abs() > jointOff {
			j.odd++
		}
	}
}

// seldom reports whether a stream has joints, and not an unsteady clock.
// Distances tells a format in which a length is that to the next block's time, so that
// all blocks seem to follow each other.
func (j *joints) seldom(distances bool) bool {
	count := j.count
	if distances || j.distances {
		count += j.odd
	}
	return count > 0 && time.Duration(count)*jointEvery <= j.covered
}
