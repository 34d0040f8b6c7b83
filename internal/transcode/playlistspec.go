package transcode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// playlistSpecs reads the playlists of a job whose outputs have been read.
func playlistSpecs(r *reader, playlists []api.Playlist, outputs []OutputSpec) []PlaylistSpec {
	specs := make([]PlaylistSpec, 0, len(playlists))
	for i := range playlists {
		specs = append(specs, playlistSpec(r, &playlists[i], outputs))
	}
	for i, p := range specs {
		if slices.ContainsFunc(specs[:i], func(o PlaylistSpec) bool { return o.Name == p.Name }) {
			r.fail(invalid("Playlists:Name", p.Name, "each playlist has a Name of its own"))
		}
		if i > 0 && folder(p.Name) != folder(specs[0].Name) {
			r.fail(invalid("Playlists:Name", p.Name, "the section before the last / is identical for all playlists"))
		}
	}
	return specs
}

func playlistSpec(r *reader, p *api.Playlist, outputs []OutputSpec) PlaylistSpec {
	spec := PlaylistSpec{Name: text(p.Name), Format: PlaylistFormat(text(p.Format))}
	r.within("Playlist '"+spec.Name+"'", func(r *reader) {
		checkFormat(r, p)
		spec.Outputs = memberIndexes(r, p.OutputKeys, outputs)
	})
	if r.err == nil {
		checkMembers(r, spec, outputs)
	}
	return spec
}

func checkFormat(r *reader, p *api.Playlist) {
	if text(p.Name) == "" {
		r.fail(missing("Name"))
	}
	if text(p.Format) == "" {
		r.fail(missing("Format"))
	}
	if format := r.oneOf("Format", p.Format, string(HLSv3), string(HLSv4), string(Smooth), string(DASH)); format != string(HLSv3) {
		r.fail(unbuilt("Format", format, "the format is HLSv3"))
	}
	if p.HlsContentProtection != nil && *p.HlsContentProtection != (api.HlsContentProtection{}) {
		r.fail(unbuilt("HlsContentProtection:Method", text(p.HlsContentProtection.Method), "playlists are not protected"))
	}
	if p.PlayReadyDrm != nil && *p.PlayReadyDrm != (api.PlayReadyDrm{}) {
		r.fail(unbuilt("PlayReadyDrm:Format", text(p.PlayReadyDrm.Format), "playlists are not protected"))
	}
}

// memberIndexes finds the outputs that a playlist lists by their keys.
func memberIndexes(r *reader, keys []string, outputs []OutputSpec) []int {
	const member = "OutputKeys"
	if len(keys) == 0 {
		r.fail(invalidf("%s is not allowed to be empty.", member))
	}
	var indexes []int
	for _, key := range keys {
		index := slices.IndexFunc(outputs, func(o OutputSpec) bool { return o.Key == key })
		switch {
		case index < 0:
			r.fail(invalid(member, key, "it is the Key of an output of the job, without OutputKeyPrefix"))
		case slices.Contains(indexes, index):
			r.fail(invalid(member, key, "each output is listed once"))
		}
		indexes = append(indexes, index)
	}
	return indexes
}

// checkMembers holds the rules across a playlist's outputs (behaviour 4.10).
// The first three texts are the original's, misspelling included.
func checkMembers(r *reader, p PlaylistSpec, outputs []OutputSpec) {
	var unsegmented []string
	for _, i := range p.Outputs {
		if !outputs[i].Segmented() {
			unsegmented = append(unsegmented, fmt.Sprintf("Output '%s' must have a SegmentDuration since it is part of a playlist."+
				" SegmentDurtion is available only for 'ts' containers.", outputs[i].Key))
		}
	}
	if len(unsegmented) > 0 {
		r.fail(invalidf("%s", strings.Join(unsegmented, " ")))
		return
	}
	first := outputs[p.Outputs[0]]
	for _, i := range p.Outputs {
		o := outputs[i]
		switch {
		case o.Preset.Container != TS:
			r.fail(invalidf("All output keys in a %s playlist must have container type of ts.", p.Format))
		case !strings.HasPrefix(o.Key, folder(p.Name)):
			r.fail(invalidf("All outputs in a playlist must begin identically to the playlist name upto the last / character."))
		case o.SegmentDuration != first.SegmentDuration:
			r.fail(invalidf("All outputs in a playlist must have the same SegmentDuration: that of '%s' differs from that of '%s'.", o.Key, first.Key))
		case o.Clip != first.Clip:
			r.fail(invalidf("All outputs in a playlist must have the same Composition: that of '%s' differs from that of '%s'.", o.Key, first.Key))
		case !sameCaptions(o, first):
			r.fail(invalidf("All outputs in a playlist must have the same Captions: those of '%s' differ from those of '%s'.", o.Key, first.Key))
		case conversion(o) != conversion(first):
			r.fail(invalidf("All outputs in a playlist must have the same ColorSpaceConversionMode: that of '%s' differs from that of '%s'.", o.Key, first.Key))
		}
	}
}

// sameCaptions tells outputs whose captions are the same but for the names of files.
func sameCaptions(a, b OutputSpec) bool {
	sameFormat := func(a, b CaptionFormatSpec) bool {
		return a.Format == b.Format && a.Encryption.Mode == b.Encryption.Mode
	}
	return slices.EqualFunc(a.CaptionFormats, b.CaptionFormats, sameFormat) &&
		a.Captions.Policy == b.Captions.Policy && slices.Equal(a.Captions.Sources, b.Captions.Sources)
}

// conversion is the mode of an output's video; an output without video and one
// whose preset does not say go with None.
func conversion(o OutputSpec) ColorConversion {
	if o.Preset.Video == nil || o.Preset.Video.Conversion == "" {
		return ConvertNone
	}
	return o.Preset.Video.Conversion
}

// folder is a name up to and including its last slash, "" without one.
func folder(name string) string { return name[:strings.LastIndex(name, "/")+1] }
