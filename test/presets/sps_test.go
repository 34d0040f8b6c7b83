package presets

import (
	"bytes"
	"errors"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// parameters are what an H.264 sequence parameter set says (ITU-T H.264,
// section 7.3.2.1.1).
type parameters struct {
	profile, constraints, level int // profile_idc, the byte of constraint flags, level_idc
	references                  int // max_num_ref_frames
	progressive                 bool
}

// readParameters takes the first sequence parameter set out of a file.
func readParameters(t *testing.T, path string) parameters {
	t.Helper()
	stream := reelastictest.Pipe(t, nil, "ffmpeg", "-nostdin", "-v", "error", "-i", path,
		"-map", "0:v:0", "-c", "copy", "-frames:v", "1", "-f", "h264", "pipe:1")
	for _, unit := range bytes.Split(stream, []byte{0, 0, 1}) {
		if len(unit) > 4 && unit[0]&0x1f == 7 {
			p, err := parseParameters(unit[1:])
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			return p
		}
	}
	t.Fatalf("%s has no sequence parameter set", path)
	return parameters{}
}

func parseParameters(unit []byte) (parameters, error) {
	r := bits{data: bytes.ReplaceAll(unit, []byte{0, 0, 3}, []byte{0, 0})} // emulation prevention
	p := parameters{profile: r.take(8), constraints: r.take(8), level: r.take(8)}
	r.exponential() // seq_parameter_set_id
	if p.profile == 100 {
		r.exponential() // chroma_format_idc, 1 for 4:2:0
		r.exponential() // bit_depth_luma_minus8
		r.exponential() // bit_depth_chroma_minus8
		r.take(1)       // qpprime_y_zero_transform_bypass_flag
		if r.take(1) == 1 {
			return p, errors.New("the sequence parameter set has scaling lists, which x264 does not write by itself")
		}
	}
	r.exponential() // log2_max_frame_num_minus4
	switch r.exponential() {
	case 0:
		r.exponential() // log2_max_pic_order_cnt_lsb_minus4
	case 1:
		return p, errors.New("the sequence parameter set has order counts of type 1")
	}
	p.references = r.exponential()
	r.take(1)       // gaps_in_frame_num_value_allowed_flag
	r.exponential() // pic_width_in_mbs_minus1
	r.exponential() // pic_height_in_map_units_minus1
	p.progressive = r.take(1) == 1
	if r.at > 8*len(r.data) {
		return p, errors.New("the sequence parameter set is cut off")
	}
	return p, nil
}

// bits reads a bit string, the highest bit of a byte first; zeros follow its end.
type bits struct {
	data []byte
	at   int
}

func (r *bits) take(n int) int {
	value := 0
	for range n {
		value <<= 1
		if r.at < 8*len(r.data) {
			value |= int(r.data[r.at/8]>>(7-r.at%8)) & 1
		}
		r.at++
	}
	return value
}

// exponential reads an Exp-Golomb number, ue(v).
func (r *bits) exponential() int {
	zeros := 0
	for r.take(1) == 0 && zeros < 31 {
		zeros++
	}
	return 1<<zeros - 1 + r.take(zeros)
}
