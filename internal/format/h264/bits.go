package h264

// bits reads numbers of a bit and more. After the first one that is not there it gives
// zeros only, and short tells.
type bits struct {
	b     []byte
	at    int // in bits
	short bool
}

func (r *bits) bit() uint32 {
	if r.at/8 >= len(r.b) {
		r.short = true
		return 0
	}
	v := r.b[r.at/8] >> (7 - r.at%8) & 1
	r.at++
	return uint32(v)
}

func (r *bits) flag() bool { return r.bit() == 1 }

func (r *bits) u(n int) (v uint32) {
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

// ue is an unsigned number of an Exp-Golomb code (9.1).
func (r *bits) ue() uint32 {
	zeros := 0
	for !r.flag() {
		if zeros++; zeros > 31 || r.short {
			r.short = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.u(zeros)
}

// se is a signed one.
func (r *bits) se() int32 {
	v := r.ue()
	if v%2 == 1 {
		return int32(v/2 + 1)
	}
	return -int32(v / 2)
}

// unescape drops the bytes that keep start codes out of a NAL unit (7.3.1).
func unescape(nal []byte) []byte {
	plain, zeros := make([]byte, 0, len(nal)), 0
	for _, b := range nal {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
		plain = append(plain, b)
	}
	return plain
}
