package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// fraunhofer is HE-AAC, which ffmpeg's own encoder can't write, by Fraunhofer's library.
type fraunhofer struct{ aac }

// newFraunhofer takes the library in ffmpeg where that has it, and else the program.
func newFraunhofer(a aac, caps media.Caps) audioEncoder {
	a.samples = "s16"
	if in := (fraunhofer{a}); caps.Encoders[in.name()] {
		return in
	}
	return fdkaac{a}
}

func (f fraunhofer) name() string { return "libfdk_aac" }

// fraunhoferProfiles are the library's names of the profiles in ffmpeg.
var fraunhoferProfiles = map[string]string{heAAC: "aac_he", heAACv2: "aac_he_v2"}

func (f fraunhofer) args() []string {
	args := f.rateArgs(f.name(), f.bitRate)
	return append([]string{args[0], args[1], "-profile:a", fraunhoferProfiles[f.profile]}, args[2:]...)
}

// fdkaac is HE-AAC by the program fdkaac: what ffmpeg writes is copied from its result.
type fdkaac struct{ aac }

// FDKAAC is the name of the external program for HE-AAC in [Step.Program].
const FDKAAC = "fdkaac"

func (f fdkaac) name() string { return "copy" }

// args: the muxer of fragments would not see to the form of the headers by itself.
func (f fdkaac) args() []string {
	args := []string{"-c:a", f.name()}
	if f.container == transcode.TS {
		return args
	}
	return append(args, "-bsf:a", "aac_adtstoasc")
}

// fdkaacDelays are how many samples at the output's rate the program's stream begins early.
var fdkaacDelays = map[string]int{heAAC: 5058, heAACv2: 7106}

// external reads a WAVE file of more than 4 GiB too, which states a wrong length. Timestamps
// begin at the first sample that the encoder wrote, which is earlier than the programme's.
func (f fdkaac) external() *externalEncoder {
	return &externalEncoder{
		program: FDKAAC,
		args: []string{"-S", "--ignorelength", "-p", strconv.Itoa(aacObjectTypes[f.profile]),
			"-b", strconv.Itoa(int(f.bitRate) * 1000), "-f", "2", "-o"},
		demuxer: "aac",
		suffix:  "aac",
		early:   float64(fdkaacDelays[f.profile]) / float64(f.sampleRate),
	}
}
