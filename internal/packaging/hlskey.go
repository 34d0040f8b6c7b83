package packaging

import (
	"slices"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// HLSKey is where players get the key of the segments of an output: at an address of
// the client's, or in an object of the job.
type HLSKey struct {
	// URL is absolute, "" with an ObjectKey.
	URL string
	// ObjectKey is "" where the key is no object.
	ObjectKey string
}

// keyTag is what one of the output's playlists says of the encryption; nil for none.
func (o *output) keyTag(playlist string) *manifest.Key {
	key := o.Encryption.HLS
	if key == nil {
		return nil
	}
	tag := &manifest.Key{URI: key.URL, Vector: [16]byte(o.Encryption.Media.Vector)}
	if key.ObjectKey != "" {
		tag.URI = manifest.RelativeURI(playlist, key.ObjectKey)
	}
	return tag
}

// dataKeys are the keys that are published as objects.
func (p *packer) dataKeys() (all []DataKey) {
	for i, o := range p.outputs {
		if o == nil || o.Encryption.HLS == nil || o.Encryption.HLS.ObjectKey == "" {
			continue
		}
		key := o.Encryption.HLS.ObjectKey
		at := slices.IndexFunc(all, func(k DataKey) bool { return k.Object.Key == key })
		if at < 0 {
			at = len(all)
			all = append(all, DataKey{Object: Object{
				Key: key, Content: o.Encryption.Media.Key, Encryption: transcode.EncryptionSpec{Mode: "s3"},
			}})
		}
		all[at].Outputs = append(all[at].Outputs, i)
	}
	return all
}
