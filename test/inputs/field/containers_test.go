package field

import (
	"fmt"
	"math"
	"strings"
)

// program makes a program stream of parts whose clocks begin each at 0, as those of discs do.
func (s *source) program() {
	var files []string
	for i, p := range s.parts {
		file := fmt.Sprintf("part%d.mpg", i)
		s.encode(p, p.from(), file, "-f", "vob")
		files = append(files, file)
		part := measure(s.t, s.path(file), p, 1/float64(p.rate))
		if i > 0 {
			part = part.moved(s.truth.goesOn(part))
			s.slack += 0.08
		}
		s.truth = s.truth.with(part)
	}
	s.truth = s.truth.fromStart()
	s.concatenate(s.file, files)
}

// straight encodes the whole file.
func (s *source) straight() {
	var args []string
	if s.kind.extension == "mp4" && s.chance(0.5) {
		args = []string{"-movflags", "frag_keyframe+default_base_moof+delay_moov"}
	}
	p := s.parts[0]
	s.encode(p, 0, s.file, args...)
	s.truth = measure(s.t, s.path(s.file), p, 1/float64(p.rate))
	if s.truth.all().from < 0 { // the priming, which the edit list leaves out
		s.truth = s.truth.after(0)
	}
	s.truth = s.truth.fromStart()
}

// stream makes a transport stream of parts that were encoded apart.
func (s *source) stream() {
	base := pick(s, 1.4, 5000, 95443.7-1) // the last one comes to the end of 33 bits
	for _, p := range s.parts {
		base = max(base, base-p.clock+2) // no time before 0
	}
	var files []string
	late := 0.0 // than the film, since parts are longer than they were meant
	for i, p := range s.parts {
		file := fmt.Sprintf("part%d.ts", i)
		args := []string{"-muxdelay", "0", "-muxpreload", "0",
			"-output_ts_offset", fmt.Sprintf("%.3f", base+p.clock+p.from())}
		if s.chance(0.3) {
			args = append(args, "-mpegts_flags", "+initial_discontinuity")
		}
		s.encode(p, p.from(), file, args...)
		files = append(files, file)
		part := measure(s.t, s.path(file), p, 1/float64(p.rate)).moved(late - base - p.clock)
		if p.anew {
			by := s.truth.goesOn(part)
			part, late = part.moved(by), late+by
			s.slack += 0.08
		}
		s.truth = s.truth.with(part)
	}
	s.truth = s.truth.fromStart()
	s.concatenate(s.file, files)
}

// remuxed makes a transport stream and puts it into another container.
func (s *source) remuxed() {
	file := s.file
	s.file = "joined.ts"
	s.stream()
	s.file = file
	args := []string{"-dts_delta_threshold", "1000000", "-i", "joined.ts", "-map", "0", "-c", "copy"} // pauses stay
	if s.audioCodec == "aac" {
		args = append(args, "-bsf:a", "aac_adtstoasc")
	}
	switch {
	case s.kind.name == "fragmented mp4":
		s.ffmpeg(append(args, "whole.mp4")...)
		args = []string{"-i", "whole.mp4", "-map", "0", "-c", "copy", "-movflags", "frag_keyframe+default_base_moof+" +
			s.header()}
	case s.kind.name == "cut mp4":
		s.ffmpeg(append(args, "uncut.mp4")...)
		from := s.cutAt()
		args = []string{"-ss", fmt.Sprintf("%.3f", from), "-i", "uncut.mp4", "-map", "0", "-c", "copy"}
		s.truth = s.truth.after(from)
		s.slack += 0.02 // ffmpeg shows the first frame from the begin on
	}
	s.ffmpeg(append(args, s.file)...)
}

// listed makes a file by ffmpeg's concatenation of others.
func (s *source) listed() {
	var list strings.Builder
	for i, p := range s.parts {
		file := fmt.Sprintf("part%d.%s", i, s.kind.extension)
		s.encode(p, p.from(), file)
		part := measure(s.t, s.path(file), p, 1/float64(p.rate))
		s.truth = s.truth.with(part.moved(p.from() - part.all().from))
		next := p.whole().to
		if i+1 < len(s.parts) {
			next = s.parts[i+1].from()
		}
		fmt.Fprintf(&list, "file '%s'\nduration %.3f\n", file, next-p.from())
	}
	s.truth = s.truth.fromStart()
	s.recipe = append(s.recipe, "cat > list.txt <<'.'\n"+list.String()+".")
	s.write("list.txt", []byte(list.String()))
	s.ffmpeg("-f", "concat", "-i", "list.txt", "-map", "0", "-c", "copy", s.file)
}

// bare makes a stream without times of parts behind each other.
func (s *source) bare() {
	var files []string
	for i, p := range s.parts {
		file := fmt.Sprintf("part%d.%s", i, s.kind.extension)
		var args []string
		if s.kind.name == "mp3" {
			args = []string{"-write_xing", "0", "-id3v2_version", pick(s, "0", "3")}
			if i == 0 && s.chance(0.4) {
				args[1] = "1"
			}
		}
		s.encode(p, p.from(), file, args...)
		files = append(files, file)
		if i > 0 && s.kind.name != "ogg" {
			s.slack += 0.055 // a block may be lost where what is before it is not its own
		}
		part := measure(s.t, s.path(file), p, 0)
		s.truth = s.truth.with(part.moved(s.truth.audio.to - part.audio.from))
	}
	s.truth = s.truth.fromStart()
	s.concatenate(s.file, files)
}

// cutAt is a time at which all streams go on.
func (s *source) cutAt() float64 {
	first := s.parts[0]
	begin := max(first.shown.from, first.heard.from)
	end := min(first.shown.to, first.heard.to, 1.5)
	for _, hole := range []interval{first.unseen, first.unheard} {
		if !hole.none() {
			end = min(end, hole.from)
		}
	}
	return s.between(begin, end)
}

// header is when the header of a fragmented file is written. An early one can't tell that a
// stream begins late or with frames to reorder, nor of AC-3.
func (s *source) header() string {
	if s.audioCodec == "ac3" || s.reordered || math.Abs(s.truth.video.from-s.truth.audio.from) > 0.03 {
		return "delay_moov"
	}
	return pick(s, "empty_moov", "delay_moov")
}
