package migrate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ReadMediaConvert reads job templates and output presets of MediaConvert, as its command line
// prints them or its console saves them, and makes presets of their outputs as far as they go.
// What a preset can't hold is told in its notes. The error is [Faults].
func ReadMediaConvert(files []File) (Dump, error) {
	r := &reading{ids: map[string]string{}, config: newConfig(nil), seen: map[string]Document{}}
	for _, f := range files {
		documents, fault := readText(f)
		if fault != nil {
			r.fail(*fault)
			continue
		}
		known := false
		for _, n := range documents {
			known = r.mediaConvert(pascal(n)) || known
		}
		if !known {
			r.fail(Fault{File: f.Name, Text: "it holds no job templates or output presets of MediaConvert"})
		}
	}
	if len(r.faults) > 0 {
		return Dump{}, r.faults.sorted()
	}
	slices.SortStableFunc(r.dump.Documents, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })
	return r.dump, nil
}

// pascal is a copy whose members begin with a capital: some tools write them with a small one.
func pascal(n *node) *node {
	copied := &node{place: n.place, kind: n.kind, text: n.text}
	for _, element := range n.list {
		copied.list = append(copied.list, pascal(element))
	}
	for _, f := range n.fields {
		name := f.name
		if name != "" {
			name = strings.ToUpper(name[:1]) + name[1:]
		}
		copied.fields = append(copied.fields, field{name, pascal(f.value)})
	}
	return copied
}

// mediaConvert reads a document, and reports whether it is known.
func (r *reading) mediaConvert(n *node) bool {
	all := n.list
	for _, name := range []string{"Presets", "JobTemplates"} {
		all = append(all, n.elements(name)...)
	}
	for _, name := range []string{"Preset", "JobTemplate"} {
		if one := n.get(name); one.isObject() {
			all = append(all, one)
		}
	}
	if len(all) > 0 {
		known := false
		for _, one := range all {
			known = r.mediaConvert(one) || known
		}
		return known
	}
	settings := n.get("Settings")
	switch {
	case !settings.isObject():
		return false
	case settings.get("OutputGroups") != nil:
		r.jobTemplate(n, settings)
	default:
		r.output(n.string("Name"), n.string("Description"), settings)
	}
	return true
}

// jobTemplate makes a preset of each output of a template.
func (r *reading) jobTemplate(template, settings *node) {
	name := template.string("Name")
	for _, f := range settings.fields {
		if f.name != "OutputGroups" && f.name != "TimecodeConfig" && f.value.kind != nullKind {
			r.leaveOut(f.name, f.value, "jobs say it themselves")
		}
	}
	for _, group := range settings.elements("OutputGroups") {
		if about := group.get("OutputGroupSettings"); about != nil && about.string("Type") != "FILE_GROUP_SETTINGS" {
			r.leaveOut(about.string("Type"), about, "jobs say it themselves, with Playlists and SegmentDuration")
		}
		for i, output := range group.elements("Outputs") {
			title := name + output.string("NameModifier")
			if title == name {
				title = fmt.Sprintf("%s %d", name, i+1)
			}
			if used := output.string("Preset"); used != "" {
				r.leaveOut(title, output, fmt.Sprintf("it is made with the output preset %q: import that one", used))
				continue
			}
			r.output(title, template.string("Description"), output)
		}
	}
}

func (r *reading) leaveOut(name string, at *node, why string) {
	r.dump.Skipped = append(r.dump.Skipped,
		Skipped{Kind: "setting", Name: name, File: at.file, Line: at.line, Why: why})
}

// longestName is how many characters the name of a preset has at most.
const longestName = 40

// output makes a preset of the settings of an output.
func (r *reading) output(name, description string, settings *node) {
	c := &conversion{taken: map[*node]bool{}}
	preset := object(settings.place)
	title := []rune(name)
	if len(title) > longestName {
		title = title[:longestName]
		c.lose("the end of the name %q", name)
	}
	preset.set("Name", textAt(settings.place, string(title)))
	if runes := []rune(description); len(runes) > 0 {
		preset.set("Description", textAt(settings.place, string(runes[:min(len(runes), 255)])))
	}
	why := c.convert(preset, settings)
	if why != "" {
		r.leaveOut(name, settings, why)
		return
	}
	c.loseRest(settings)
	f := identify(found{kind: PresetKind, address: "mediaconvert " + name, node: preset, notes: c.lost})
	d, faults := judged(f)
	if len(faults) > 0 {
		var texts []string
		for _, fault := range faults {
			texts = append(texts, fault.Text)
		}
		r.leaveOut(name, settings, "no preset can be made of it: "+strings.Join(texts, "; "))
		return
	}
	r.add(f, *d)
}

// conversion makes a preset and keeps account of what is lost.
type conversion struct {
	// taken are the settings that the preset holds.
	taken map[*node]bool
	lost  []string
}

func (c *conversion) lose(format string, args ...any) {
	c.lost = append(c.lost, "lost: "+fmt.Sprintf(format, args...))
}

// take is the text of a setting, which is not lost; "" for none.
func (c *conversion) take(n *node, name string) string {
	value := n.get(name)
	if value == nil {
		return ""
	}
	c.taken[value] = true
	return value.text
}

// convert fills a preset, or says why there can't be one.
func (c *conversion) convert(preset, settings *node) (why string) {
	video := settings.get("VideoDescription")
	audios := settings.elements("AudioDescriptions")
	var audio *node
	if len(audios) > 0 {
		audio = audios[0]
	}
	if video.get("CodecSettings").string("Codec") == "FRAME_CAPTURE" {
		return "it is stills, which presets with video have as Thumbnails"
	}
	container := c.take(settings.get("ContainerSettings"), "Container")
	named := containers[container]
	if container == "RAW" {
		named = rawContainers[audio.at("CodecSettings").string("Codec")]
	}
	if named == "" {
		return fmt.Sprintf("the container %s has no counterpart", container)
	}
	preset.set("Container", textAt(settings.place, named))
	if codec := audio.at("CodecSettings"); codec != nil {
		made, why := c.audio(codec)
		if why != "" {
			return why
		}
		preset.set("Audio", made)
	}
	if video != nil {
		made, why := c.video(video)
		if why != "" {
			return why
		}
		preset.set("Video", made)
	}
	return ""
}

// containers are those of presets by MediaConvert's.
var containers = map[string]string{"MP4": "mp4", "M3U8": "ts", "M2TS": "ts", "MPD": "fmp4", "CMFC": "fmp4",
	"ISMV": "fmp4", "WEBM": "webm", "MXF": "mxf", "GIF": "gif", "OGG": "ogg"}

// rawContainers are those of files without a container, by their audio codec.
var rawContainers = map[string]string{"WAV": "wav", "FLAC": "flac", "MP2": "mp2", "MP3": "mp3"}

// meaningless are settings whose values say nothing, or say what presets do anyway; "" for any
// value.
var meaningless = map[string][]string{
	"AfdSignaling": {"NONE"}, "AntiAlias": {""}, "AudioDescriptionBroadcasterMix": {"NORMAL"},
	"AudioTypeControl": {"FOLLOW_INPUT"}, "ColorMetadata": {"INSERT"}, "CslgAtom": {""}, "DropFrameTimecode": {""},
	"DynamicSubGop": {""}, "EntropyEncoding": {"CABAC"}, "Extension": {""}, "FieldEncoding": {""},
	"FramerateConversionAlgorithm": {"DUPLICATE_DROP"}, "FreeSpaceBox": {""}, "GopBReference": {""},
	"GopClosedCadence": {"1"}, "LanguageCodeControl": {"FOLLOW_INPUT"}, "MinIInterval": {"0"}, "MoovPlacement": {""},
	"NameModifier": {""}, "ParControl": {"INITIALIZE_FROM_SOURCE"}, "RawFormat": {"NONE"}, "RepeatPps": {""},
	"RespondToAfd": {"NONE"}, "Sharpness": {""}, "Slices": {""}, "SlowPal": {"DISABLED"}, "Softness": {"0"},
	"Specification": {""}, "Syntax": {"DEFAULT"}, "Telecine": {"NONE"}, "TimecodeInsertion": {"DISABLED"},
	"UnregisteredSeiTimecode": {"DISABLED"},
}

// loseRest notes the settings that nothing has taken.
func (c *conversion) loseRest(n *node) {
	for _, f := range n.fields {
		c.loseOne(f.name, f.value)
	}
}

func (c *conversion) loseOne(name string, n *node) {
	if values, ok := meaningless[name]; ok && (values[0] == "" || slices.Contains(values, n.text)) {
		return
	}
	switch {
	case n.kind == objectKind:
		c.loseRest(n)
	case n.kind == listKind:
		for _, element := range n.list {
			c.loseOne("", element)
		}
	case n.kind != nullKind && !c.taken[n]:
		c.lose("%s %s", inOutput(n.member), n.text)
	}
}

// outputPart begins the paths of settings of an output.
var outputPart = regexp.MustCompile(`\b([Vv]ideoD|[Aa]udioD|[Cc]aptionD)escriptions?\b|\b[Cc]ontainerSettings\b`)

// inOutput is a path from the output on.
func inOutput(member string) string {
	if i := outputPart.FindStringIndex(member); i != nil {
		return member[i[0]:]
	}
	return member
}
