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

// audioTrack is the audio of an output with every choice made.
type audioTrack struct {
	audioForm
	encoder audioEncoder
	// tracks has the last stage of each track; one without a stage is the whole programme.
	tracks []string
}

// newAudioTrack decides the audio of an output; nil when it has none, because the
// preset or the input has none. A warning is for an output that is made all the same.
func newAudioTrack(req Request, preset transcode.PresetSpec) (*audioTrack, string, *transcode.Failure) {
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
	return &audioTrack{form, encoder, trackStages(spec.Packing, form.channels)}, warning, nil
}

// of is the chain of an input's audio, up to where all inputs are alike: the pads
// of input n, and the stages after them.
func (t *audioTrack) of(p media.Probe, n int, part excerpt) (source string, stages []string) {
	if ends := audioEnd(p); p.Measured && ends > 0 && part.start >= ends {
		return t.silent(p, part)
	}
	main, _ := p.MainAudio()
	programme := monoTracks(p, main)
	if t.channels <= 2 {
		programme = programme[:min(len(programme), 2)]
	}
	if len(programme) > 1 {
		return t.joined(p, n, programme, part), []string{mixed + "," + t.filter(), part.audio()}
	}
	source = channelSource(n, main)
	if t.channels == 2 && main.Channels == 1 {
		stages = append(stages, "pan=stereo|c0=c0|c1=c0") // the rule for layouts would take 3 dB from it
	}
	if part.duration > 0 && bare(p) {
		stages = append(stages, unjumping)
	}
	return source, append(stages, t.timed(main)+","+t.filter(), pause(p, main, part), part.audio())
}

// silent is the chain for a clip after the end of the audio. It reads none: encoders open
// with the first block of a stream, and fail where all there is comes from its end.
func (t *audioTrack) silent(p media.Probe, part excerpt) (source string, stages []string) {
	length := "atrim=end=" + secondsText(part.start-part.seek+part.length(p.VideoEnd()))
	return fmt.Sprintf("anullsrc=sample_rate=%d:channel_layout=%s", t.sampleRate, t.layout),
		[]string{t.filter() + "," + length, part.audio()}
}

// unjumping puts a block of a bare stream after the one before where it would lie further
// on: where the sample rate changes, ffmpeg gives the first block a time that is far off,
// which would end a clip before anything tells of the change.
const unjumping = "asetpts='if(gt(PTS-PREV_INPTS,3*NB_SAMPLES),PREV_OUTPTS+NB_SAMPLES,PTS)'"

// longPause is how far apart blocks of audio are at the least where nothing is heard between.
const longPause = 250 * time.Millisecond

// pause is the filter for a clip that may end in a pause of its audio, which nothing that is
// read then ends: it goes on for as long as pauses of the source do. "" for others.
func pause(p media.Probe, a media.AudioStream, clip excerpt) string {
	if clip.duration == 0 || a.LongestGap < longPause || clip.start+clip.duration > audioEnd(p) {
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
func (t *audioTrack) timed(a media.AudioStream) string {
	joints := ""
	if a.Joints {
		joints = ":min_hard_comp=0.01"
	}
	return fmt.Sprintf("aresample=%d:async=1%s:first_pts=0:rematrix_maxval=1", t.sampleRate, joints)
}

// joined is the start of the chain of tracks that have a channel each: each on its own
// timeline, and all as long as the longest.
func (t *audioTrack) joined(p media.Probe, n int, tracks []media.AudioStream, part excerpt) string {
	length := p.Duration
	if end := audioEnd(p); end > 0 {
		length = end
	}
	length -= part.seek
	if part.duration > 0 {
		length = min(length, part.start-part.seek+part.duration+readAhead)
	}
	chains, pads := "", ""
	whole := secondsText(max(0, length))
	for _, mono := range tracks {
		label := bracket(fmt.Sprintf("m%d_%d_%d_%d", n, mono.Index, len(tracks), t.sampleRate))
		chains += fmt.Sprintf("[%d:%d]%s,apad=whole_dur=%s%s;", n, mono.Index, t.timed(mono), whole, label)
		pads += label
	}
	return chains + pads + fmt.Sprintf("join=inputs=%d:channel_layout=%s", len(tracks), layouts[len(tracks)])
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

// expected is what others see of the audio.
func (t *audioTrack) expected(codec transcode.AudioCodec) *Audio {
	a := &Audio{Codec: codec, SampleRate: t.sampleRate, Channels: t.channels, Tracks: len(t.tracks)}
	if t.tracks[0] != "" {
		a.Channels = 1
	}
	t.encoder.expect(a)
	return a
}

// join adds the chains of output n to a graph, by the labels that maps names.
func (t *audioTrack) join(g *graph, all stream, n int) {
	for i, track := range t.tracks {
		g.add("asplit", all.audio, all.heard(track), t.label(n, i))
	}
}

func (t *audioTrack) label(n, track int) string {
	if len(t.tracks) == 1 {
		return fmt.Sprintf("a%d", n)
	}
	return fmt.Sprintf("a%d_%d", n, track+1)
}

// maps are the streams of output n. What an external encoder has made is an input.
func (t *audioTrack) maps(n, input int) (args []string) {
	if t.encoder.external() != nil {
		return []string{"-map", strconv.Itoa(input) + ":a"}
	}
	for i := range t.tracks {
		args = append(args, "-map", bracket(t.label(n, i)))
	}
	return args
}
