package transcode

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/reelastic/reelastic/api"
)

// drmVectorBytes is the length of the initialization vector of PlayReadyDrm (API model).
const drmVectorBytes = 8

// hlsProtection reads HlsContentProtection (original.md 4.11). One without any member
// is none.
func hlsProtection(r *reader, format PlaylistFormat, p *api.HlsContentProtection) (spec HLSProtectionSpec) {
	if p == nil || *p == (api.HlsContentProtection{}) || r.err != nil {
		return spec
	}
	const member = "HlsContentProtection"
	if !format.HLS() {
		r.fail(invalidf("%s requires a playlist of the format HLSv3 or HLSv4, not %s.", member, format))
	}
	spec.Method = r.oneOf(member+":Method", p.Method, "aes-128")
	if spec.Method == "" {
		r.fail(missing(member + ":Method"))
	}
	spec.Key, spec.KeyMD5, spec.Vector = text(p.Key), text(p.KeyMd5), text(p.InitializationVector)
	checkDataKey(r, member, spec.Key, spec.KeyMD5)
	checkTogether(r, member, spec.Key, spec.KeyMD5)
	checkBytes(r, member+":InitializationVector", spec.Vector, vectorBytes)
	spec.StoreKey = r.oneOf(member+":KeyStoragePolicy", p.KeyStoragePolicy, "NoStore",
		"WithVariantPlaylists") == "WithVariantPlaylists"
	spec.LicenseURL = licenseURL(r, member, p.LicenseAcquisitionUrl)
	switch given := spec.LicenseURL != ""; {
	case spec.StoreKey && given:
		r.fail(invalidf("%s:LicenseAcquisitionUrl is not allowed with the KeyStoragePolicy WithVariantPlaylists: "+
			"players get the key from the object beside the playlists.", member))
	case !spec.StoreKey && !given:
		r.fail(invalidf("%s:LicenseAcquisitionUrl is not allowed to be null, unless the KeyStoragePolicy is "+
			"WithVariantPlaylists: players would not know where the key is.", member))
	}
	return spec
}

// licenseURL reads an absolute address; "" is not given. Playlists hold it between
// quotation marks.
func licenseURL(r *reader, member string, value *string) string {
	s := text(value)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || u.Opaque == "" && u.Host == "" ||
		strings.ContainsFunc(s, func(c rune) bool { return c == '"' || unicode.IsControl(c) }) {
		r.fail(invalid(member+":LicenseAcquisitionUrl", s, "it must be an absolute address, such as "+
			"https://example.com/key"))
	}
	return s
}

// playReady reads PlayReadyDrm (original.md 4.12). One without any member is none.
func playReady(r *reader, format PlaylistFormat, p *api.PlayReadyDrm) (spec PlayReadySpec) {
	if p == nil || *p == (api.PlayReadyDrm{}) || r.err != nil {
		return spec
	}
	const member = "PlayReadyDrm"
	spec.Format = text(p.Format)
	switch spec.Format {
	case "":
		r.fail(missing(member + ":Format"))
	case "discretix-3.0":
		r.fail(invalid(member+":Format", spec.Format,
			"its scheme was never published, and no current player supports it; "+
				"protect HLS with HlsContentProtection, or use the Format microsoft"))
	}
	r.oneOf(member+":Format", p.Format, "microsoft")
	if r.err == nil && !slices.Contains(playReadyFormats, format) {
		r.fail(invalidf("%s requires a playlist of the format %s, not %s.", member, orList(playReadyFormats),
			format))
	}
	for _, part := range []struct {
		name  string
		value *string
	}{{"Key", p.Key}, {"KeyMd5", p.KeyMd5}, {"KeyId", p.KeyId}, {"LicenseAcquisitionUrl", p.LicenseAcquisitionUrl}} {
		if text(part.value) == "" {
			r.fail(missing(member + ":" + part.name))
		}
	}
	spec.Key, spec.KeyMD5, spec.Vector = text(p.Key), text(p.KeyMd5), text(p.InitializationVector)
	checkDataKey(r, member, spec.Key, spec.KeyMD5)
	spec.KeyID = guid(r, member+":KeyId", p.KeyId)
	checkBytes(r, member+":InitializationVector", spec.Vector, drmVectorBytes)
	spec.LicenseURL = licenseURL(r, member, p.LicenseAcquisitionUrl)
	return spec
}

// guid reads 32 hexadecimal digits, with or without the hyphens of a GUID.
func guid(r *reader, member string, value *string) (id [16]byte) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text(value), "-", ""))
	if err != nil || len(raw) != len(id) {
		r.fail(invalid(member, text(value), "it must be a GUID such as 96e2f0d4-2a4b-4d5c-9d0b-6b2d3c0f9a11"))
		return id
	}
	copy(id[:], raw)
	return id
}

// checkShared holds what the playlists of one output must have in common: its files
// are written once.
func checkShared(r *reader, s JobSpec) {
	for i, o := range s.Outputs {
		if o.For(DASH) && o.For(Smooth) || o.For(HLSv4) && o.For(Smooth) {
			r.fail(invalidf("Output '%s' must not be in a Smooth playlist and in one of another format. Make an "+
				"output for each.", o.Key))
		}
		first := -1
		for n, p := range s.Playlists {
			switch {
			case !slices.Contains(p.Outputs, i):
			case first < 0:
				first = n
			case p.Protection != s.Playlists[first].Protection:
				r.fail(invalidf("Output '%s' is in the playlists '%s' and '%s', whose HlsContentProtection differ.",
					o.Key,
					s.Playlists[first].Name, p.Name))
			case p.PlayReady != s.Playlists[first].PlayReady:
				r.fail(invalidf("Output '%s' is in the playlists '%s' and '%s', whose PlayReadyDrm differ.", o.Key,
					s.Playlists[first].Name, p.Name))
			}
		}
		if first < 0 || !o.Encryption.ByService() {
			continue
		}
		if s.Playlists[first].Protection.Method != "" {
			r.fail(exclusive(o, "HlsContentProtection", s.Playlists[first]))
		}
		if s.Playlists[first].PlayReady.Format != "" {
			r.fail(exclusive(o, "PlayReadyDrm", s.Playlists[first]))
		}
	}
}

func exclusive(o OutputSpec, member string, p PlaylistSpec) *Error {
	return invalidf("Output '%s' has Encryption, and the playlist '%s' has %s: these are mutually exclusive.", o.Key,
		p.Name, member)
}

// ProtectionOf is the HLS protection of an output, with the first playlist that
// has it; false when it is not protected.
func (s JobSpec) ProtectionOf(output int) (PlaylistSpec, bool) {
	for _, p := range s.Playlists {
		if p.Protection.Method != "" && slices.Contains(p.Outputs, output) {
			return p, true
		}
	}
	return PlaylistSpec{}, false
}

// HLSKeyLength is 4020: a data key that HLS can't use.
func HLSKeyLength(md5 string, bits int) *Failure {
	return &Failure{CodeHLSKeyLength,
		fmt.Sprintf("Your key must be 128 bits for AES-128 encryption. MD5=%s, %d bits.", md5, bits),
		"Encrypt a key of that length."}
}

// DRMKeyLength is 4021: a data key that PlayReady can't use.
func DRMKeyLength(md5 string, bits int) *Failure {
	return &Failure{CodeDRMKeyLength,
		fmt.Sprintf("Your key must be 128 bits for PlayReady DRM. MD5=%s, strength=%d bits.", md5, bits),
		"Encrypt a key of that length."}
}

// SegmentsDiffer is 4015: the segments of two outputs of a playlist do not begin at
// the same instants. What is where they part.
func SegmentsDiffer(what string) *Failure {
	return &Failure{CodeSegmentsDiffer,
		"Amazon Elastic Transcoder could not generate the playlist because the generated segments did not match.", what}
}
