package plan

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// sound is the audio of an output with every choice made.
type sound struct {
	audioForm
	codec   transcode.AudioCodec
	encoder audioEncoder
	// tracks has the last stage of each track; one without a stage is the whole programme.
	tracks []string
	// prepared is which of the rendition's preparations an external encoder's is.
	prepared int
}

// newSound decides the sound of an output; nil when it has none, because the
// preset or the input has none. A warning is for an output that is made all the same.
func newSound(req Request, preset transcode.PresetSpec) (s *sound, warning string, failure *transcode.Failure) {
	p, spec := req.Probes[0], preset.Audio
	main, ok := p.MainAudio()
	if spec == nil || spec.Channels == 0 || !ok {
		return nil, "", nil
	}
	scene := audioScene{
		container:  preset.Container,
		asked:      spec.Channels,
		available:  main.Channels,
		sampleRate: cmp.Or(spec.SampleRate, main.SampleRate),
		caps:       req.Caps,
		fallback:   req.AACFallback,
	}
	if programme := monoTracks(p, main); len(programme) > 1 {
		scene.available = len(programme)
	}
	encoder, warning, failure := newAudioEncoder(*spec, scene)
	if failure != nil {
		return nil, "", failure
	}
	form := encoder.form()
	return &sound{audioForm: form, codec: spec.Codec, encoder: encoder, tracks: trackStages(spec.Packing, form.channels)}, warning, nil
}

// of is the chain of an input's sound, up to where all inputs are alike: the pads
// of input n, and the stages after them.
func (s *sound) of(p media.Probe, n int, part excerpt) (source string, stages []string) {
	main, _ := p.MainAudio()
	programme := monoTracks(p, main)
	if s.channels <= 2 {
		programme = programme[:min(len(programme), 2)]
	}
	if len(programme) > 1 {
		return s.joined(p, n, programme, part), []string{mixed + "," + s.filter(), part.sound()}
	}
	source = channelSource(n, main)
	if s.channels == 2 && main.Channels == 1 {
		stages = append(stages, "pan=stereo|c0=c0|c1=c0") // the rule for layouts would take 3 dB from it
	}
	return source, append(stages, s.timed(main)+","+s.filter(), pause(p, main, part), part.sound())
}

// longPause is how far apart blocks of audio are at the least where nothing is heard between.
const longPause = 250 * time.Millisecond

// pause is the filter for a clip that may end in a pause of its audio, which nothing that is
// read then ends: it goes on for as long as pauses of the source do. A clip after the end of
// the audio is silent. "" for others.
func pause(p media.Probe, a media.AudioStream, clip excerpt) string {
	ends := audioEnd(p)
	switch {
	case p.Measured && ends > 0 && clip.start >= ends:
		return "apad=whole_dur=" + secondsText(clip.start-clip.seek+clip.length(p.VideoEnd()))
	case clip.duration == 0 || a.LongestGap < longPause || clip.start+clip.duration > ends:
		return ""
	}
	return "apad=pad_dur=" + secondsText(a.LongestGap)
}

// mixed is the filter that mixes channels where the form has other ones: each is taken by
// its place (ITU-R BS.775: the centre and the surround channels at -3 dB, the low
// frequencies left out), and all by one factor, so that full scale in every channel comes
// to full scale: the same for every codec.
const mixed = "aresample=rematrix_maxval=1"

// timed is [mixed], and gives audio its rate and a timeline without gaps that begins at 0.
// Times that are off by less than a tenth of a second are passed over, since unsteady clocks
// are common; but not at joints, of which each would move what follows.
func (s *sound) timed(a media.AudioStream) string {
	joints := ""
	if a.Joints {
		joints = ":min_hard_comp=0.01"
	}
	return fmt.Sprintf("aresample=%d:async=1%s:first_pts=0:rematrix_maxval=1", s.sampleRate, joints)
}

// joined is the start of the chain of tracks that have a channel each: each on its own
// timeline, and all as long as the longest.
func (s *sound) joined(p media.Probe, n int, tracks []media.AudioStream, part excerpt) string {
	length := p.Duration
	if end := audioEnd(p); end > 0 {
		length = end
	}
	length -= part.seek
	if part.duration > 0 {
		length = min(length, part.start-part.seek+part.duration+readAhead)
	}
	chains, pads := "", ""
	for _, t := range tracks {
		label := bracket(fmt.Sprintf("m%d_%d_%d_%d", n, t.Index, len(tracks), s.sampleRate))
		chains += fmt.Sprintf("[%d:%d]%s,apad=whole_dur=%s%s;", n, t.Index, s.timed(t), secondsText(max(0, length)), label)
		pads += label
	}
	return chains + pads + fmt.Sprintf("join=inputs=%d:channel_layout=%s", len(tracks), layouts[len(tracks)])
}

// monoTracks are the one-channel tracks that together are the programme: all
// audio streams, at most eight, when each of them has one channel (API model,
// AudioPackingMode: two tracks with one channel each make one stereo track).
func monoTracks(p media.Probe, main media.AudioStream) []media.AudioStream {
	for _, a := range p.Audio {
		if a.Channels != 1 {
			return []media.AudioStream{main}
		}
	}
	return p.Audio[:min(len(p.Audio), maxChannels)]
}

// channelSource is the start of the chain of one track: the stream as it is; or, where the
// file does not say what its channels are or has more than eight of them, the channels
// taken in their order.
func channelSource(input int, main media.AudioStream) string {
	pad := bracket(fmt.Sprintf("%d:%d", input, main.Index))
	if main.Layout != "" && main.Channels <= maxChannels {
		return pad
	}
	n := min(main.Channels, maxChannels)
	assign := make([]string, n)
	for i := range assign {
		assign[i] = fmt.Sprintf("c%d=c%d", i, i)
	}
	return pad + "pan=" + layouts[n] + "|" + strings.Join(assign, "|")
}

// trackStages lay the channels into tracks: all into one, or each into its own,
// with silent ones up to eight where the packing wants them (API model,
// AudioPackingMode). The silence is the first channel at nothing, since a
// generated one has no end.
func trackStages(packing transcode.Packing, channels int) []string {
	if packing != transcode.OneChannelPerTrack && packing != transcode.MosTo8Tracks {
		return []string{""}
	}
	var stages []string
	for i := range channels {
		stages = append(stages, fmt.Sprintf("pan=mono|c0=c%d", i))
	}
	for packing == transcode.MosTo8Tracks && len(stages) < maxChannels {
		stages = append(stages, "pan=mono|c0=0*c0")
	}
	return stages
}

// audio is what others see of the sound.
func (s *sound) audio() *Audio {
	a := &Audio{Codec: s.codec, SampleRate: s.sampleRate, Channels: s.channels, Tracks: len(s.tracks)}
	if s.tracks[0] != "" {
		a.Channels = 1
	}
	s.encoder.expect(a)
	return a
}

// join adds the chains of output n, by the labels that args maps.
func (s *sound) join(g *graph, all stream, n int) {
	for i, track := range s.tracks {
		g.add("asplit", all.sound, all.sounds(track), s.label(n, i))
	}
}

func (s *sound) label(n, track int) string {
	if len(s.tracks) == 1 {
		return fmt.Sprintf("a%d", n)
	}
	return fmt.Sprintf("a%d_%d", n, track+1)
}

// maps are the streams of output n, whose first preparation is an input of
// that number.
func (s *sound) maps(n, extra int) (args []string) {
	if s.encoder.external() != nil {
		return []string{"-map", strconv.Itoa(extra+s.prepared) + ":a"}
	}
	for i := range s.tracks {
		args = append(args, "-map", bracket(s.label(n, i)))
	}
	return args
}
