package transcode

import "slices"

// encrypted is what one Encryption of a request encrypts.
type encrypted struct {
	spec EncryptionSpec
	// member is the request's, output the key of the output that it is of.
	member, output string
	// several reports that it can be more than one object.
	several bool
}

// streamed reports whether the mode is one in which two texts under one key and vector
// reveal each other, and GCM its authentication. CBC shows where two begin alike, no more.
func (e EncryptionSpec) streamed() bool { return e.Mode == "aes-ctr" || e.Mode == "aes-gcm" }

// checkVectors refuses a vector that would be used twice under one key, in modes that do
// not bear it. It is for new jobs: those that were accepted before are done as they are.
func checkVectors(s JobSpec) error {
	type used struct{ mode, key, vector string }
	users := map[used]encrypted{}
	for _, e := range s.encrypted() {
		if !e.spec.streamed() || e.spec.Vector == "" {
			continue
		}
		if e.several {
			return invalidf("Output '%s': %s:InitializationVector must be left out in mode %s when there is more than "+
				"one object: objects that share key and vector can be read without the key. Each object then gets a "+
				"vector of its own. In mode aes-cbc-pkcs7 the vector may be given.", e.output, e.member, e.spec.Mode)
		}
		use := used{e.spec.Mode, e.spec.Key, e.spec.Vector}
		if other, again := users[use]; again && e.spec.Key != "" {
			return invalidf("Output '%s': %s must not have the Key and InitializationVector of output '%s': in mode "+
				"%s, objects that share both can be read without the key. Give each a vector of its own, or none.",
				e.output, e.member, other.output, e.spec.Mode)
		}
		users[use] = e
	}
	return nil
}

// encrypted is all that the job encrypts as files.
func (s JobSpec) encrypted() (all []encrypted) {
	for _, o := range s.Outputs {
		all = append(all, encrypted{o.Encryption, "Encryption", o.Key, o.For(HLSv3)},
			encrypted{o.ThumbnailEncryption, "ThumbnailEncryption", o.Key, true})
		for _, f := range o.CaptionFormats {
			several := s.severalTexts(o, f.Format)
			all = append(all, encrypted{f.Encryption, "Captions:CaptionFormats:Encryption", o.Key, several})
		}
	}
	return all
}

// severalTexts reports whether the captions of an output in a format can be more than one
// file: of several languages, or of several segments. MPEG-DASH has one file for a track,
// and Smooth Streaming for one in DFXP.
func (s JobSpec) severalTexts(o OutputSpec, format CaptionFormat) bool {
	if whole := o.For(DASH) || o.For(Smooth) && format == DFXP; o.Segmented() && !whole {
		return true
	}
	var languages []string
	for i := range s.Inputs {
		choice := s.CaptionsOf(o, i)
		if choice.Policy != "Override" {
			return true // those inside the input are not known
		}
		for _, source := range choice.Sources {
			languages = append(languages, source.Language)
		}
	}
	slices.Sort(languages)
	return len(slices.Compact(languages)) > 1
}
