package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// The profiles of AAC in the spelling of the API model.
const (
	autoProfile = "auto"
	lcAAC       = "AAC-LC"
	heAAC       = "HE-AAC"
	heAACv2     = "HE-AACv2"
)

// copied is the encoder of sound that a step before has encoded.
const copied = "copy"

// fdkProfiles are the profiles in which ffmpeg's own encoder can't write.
var fdkProfiles = map[string]struct {
	// name is that of ffmpeg's libfdk_aac, objectType fdkaac's number (ISO/IEC 14496-3).
	name       string
	objectType int
	// delay is how many samples at the output's rate fdkaac's stream begins early.
	delay int
}{
	heAAC:   {"aac_he", 5, 5058},
	heAACv2: {"aac_he_v2", 29, 7106},
}

// Automatic profiles change at these bit rates in kb/s (behaviour 3.6).
const (
	lowestHE media.BitRate = 48
	lowestLC media.BitRate = 65
)

// chooseProfile settles the profile of AAC and with it the encoder. An
// automatic one is AAC-LC where nothing installed can write HE-AAC.
func (s *sound) chooseProfile(spec transcode.AudioSpec, req Request) (warning string, failure *transcode.Failure) {
	s.profile = spec.Profile
	able := req.Caps.HEAAC()
	switch {
	case s.profile == autoProfile && able:
		s.profile = automaticProfile(spec.BitRate)
	case s.profile != heAAC && s.profile != heAACv2:
		s.profile = lcAAC
	case !able && req.AACFallback:
		s.profile = lcAAC
		warning = fmt.Sprintf("The audio was encoded with the profile AAC-LC, because no encoder for %s is installed.", spec.Profile)
	case !able:
		return "", transcode.Internal(fmt.Sprintf("Audio:CodecOptions:Profile %q of the preset needs the program fdkaac, "+
			"or an ffmpeg with libfdk_aac, and neither is installed.", spec.Profile))
	}
	if s.profile == heAACv2 && s.channels != 2 {
		s.profile = heAAC // parametric stereo makes two channels of one
	}
	switch {
	case s.profile == lcAAC:
		s.encoder = "aac"
	case req.Caps.Encoders["libfdk_aac"]:
		s.encoder = "libfdk_aac"
	default:
		s.encoder = copied
	}
	return warning, nil
}

// automaticProfile is the one for a bit rate. Without a rate it is AAC-LC.
func automaticProfile(r media.BitRate) string {
	switch {
	case r == 0 || r >= lowestLC:
		return lcAAC
	case r >= lowestHE:
		return heAAC
	}
	return heAACv2
}

// The parts of an output's work that its preparation with fdkaac does.
const (
	waveShare   = 0.1
	fdkaacShare = 0.2
)

// encodeOutside is the preparation of sound by fdkaac: a WAVE file, AAC made of
// it, and that read as an input. Its timestamps begin at the first sample that
// the encoder wrote, which is earlier than the programme's.
func (r *rendition) encodeOutside(step string, req Request) preparation {
	n, s := r.Index+1, r.sound
	wave, aac := fmt.Sprintf("s%d.wav", n), fmt.Sprintf("s%d.aac", n)
	g := new(graph)
	// Pictures decide where the next input begins.
	all := r.joined(g, len(r.pieces), r.Video != nil && len(r.pieces) > 1, true)
	if all.video != "" {
		g.also(all.video + "nullsink")
	}
	s.join(g, all, n)
	args := append(append(sourceArgs(1, r.pieces), r.markInputs()...), "-abort_on", "empty_output", "-filter_complex", g.String(),
		"-map", bracket(s.label(n, 0)), "-c:a", "pcm_s16le")
	args = append(append(args, bareArgs...), "-f", "wav", wave)
	first := Step{Name: fmt.Sprintf("%s-wave-%d", step, n), Outputs: []int{r.Index}, Args: args, Duration: r.Duration,
		Threads: 1, Share: waveShare, MemoryBytes: memory(req, nil)}
	second := first
	second.Name, second.Program, second.Needs, second.Share = fmt.Sprintf("%s-aac-%d", step, n), FDKAAC, []string{first.Name}, fdkaacShare
	profile := fdkProfiles[s.profile]
	// A WAVE file of more than 4 GiB states a wrong length.
	second.Args = []string{"-S", "--ignorelength", "-p", strconv.Itoa(profile.objectType),
		"-b", strconv.Itoa(int(s.bitRate) * 1000), "-f", "2", "-o", aac, wave}
	early := -float64(profile.delay) / float64(s.rate)
	return preparation{steps: []Step{first, second},
		input: []string{"-f", "aac", "-itsoffset", strconv.FormatFloat(early, 'f', 6, 64), "-i", "file:" + aac}}
}
