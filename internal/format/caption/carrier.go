package caption

import (
	"iter"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// carrierTriplets is how many triplets a frame of a carrier has: the bit rate
// of 9600 bits a second that CEA-708 gives to captions, at 30 frames.
const carrierTriplets = 20

// Carrier is the captions of a video as cc_data, a set of triplets for each of
// its frames: CEA-608 in the two fields of line 21, and CEA-708 beside it.
type Carrier struct {
	fields   [2][]sent
	services []sent // packets
}

// NewCarrier encodes up to four tracks for a video of 30000/1001 or 30 frames
// a second, as the services 1 to 4 and the channels of [ChannelName]. Errors are
// those of [CheckCEA]. Cues are shown from the frame nearest to their start, or
// later where more words come than line 21 can carry, 60 bytes a second.
func NewCarrier(tracks []Track, rate media.Rational) (*Carrier, error) {
	if err := CheckCEA(len(tracks), rate); err != nil {
		return nil, err
	}
	var line21 [2][]show
	c := &Carrier{}
	for i, t := range tracks {
		field := line21Channels[i].field
		line21[field] = append(line21[field], line21Shows(t.Cues, rate, i)...)
	}
	for i := range line21 {
		c.fields[i] = schedule(line21[i], 0, resumeLine21)
	}
	c.services = schedule(packetShows(tracks, rate), 0, func(int) run { return nil })
	return c, nil
}

// ChannelName is the channel of CEA-608 that carries the track number i, from 0
// to 3, as HLS names it in INSTREAM-ID: CC1, CC3, CC2, CC4. Two languages so have
// a field of line 21 each.
func ChannelName(i int) string { return line21Channels[i].name() }

// packetShows is the shows of all services, each unit a packet with one service
// block, so that the schedule may mix them.
func packetShows(tracks []Track, rate media.Rational) []show {
	var all []show
	for i, t := range tracks {
		for _, v := range serviceShows(t.Cues, rate, i+1) {
			for _, units := range append(v.load, v.flip, v.erase) {
				for k := range units {
					units[k] = dtvccWrap(i+1, units[k])
				}
			}
			all = append(all, v)
		}
	}
	return all
}

// Frames are the triplets of the frames 0 to n-1, in order.
func (c *Carrier) Frames(n int) iter.Seq[[]Triplet] {
	return func(yield func([]Triplet) bool) {
		fields := [2]cursor{{rest: c.fields[0]}, {rest: c.fields[1]}}
		services := cursor{rest: c.services}
		sequence := 0
		for i := range n {
			cc := make([]Triplet, 0, carrierTriplets)
			for k := range fields {
				pair := fields[k].at(i)
				if pair == nil {
					pair = []byte{0, 0}
				}
				cc = append(cc, Triplet{0xfc | byte(k), withParity(pair[0]), withParity(pair[1])})
			}
			if packet := services.at(i); packet != nil {
				cc = appendPacket(cc, sequence, packet)
				sequence++
			}
			for len(cc) < carrierTriplets {
				cc = append(cc, Triplet{0xfa, 0, 0})
			}
			if !yield(cc) {
				return
			}
		}
	}
}

// cursor walks units that are in order of their frames.
type cursor struct{ rest []sent }

// at is the unit of a frame; nil when it has none.
func (c *cursor) at(frame int) []byte {
	if len(c.rest) == 0 || c.rest[0].frame != frame {
		return nil
	}
	unit := c.rest[0].unit
	c.rest = c.rest[1:]
	return unit
}

// CheckCEA reports whether so many tracks can be embedded as CEA-708 in a video of
// this rate: at most four, at 29.97 or 30 frames per second (4106, 4105).
func CheckCEA(tracks int, rate media.Rational) error {
	if rate.Cmp(ntsc()) != 0 && rate.Cmp(media.Rational{Num: 30, Den: 1}) != 0 {
		return transcode.UnsupportedCaptionRate(rate)
	}
	return CheckFormat(CEA708, tracks)
}
