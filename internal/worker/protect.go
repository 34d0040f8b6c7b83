package worker

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// hlsKeyBytes is the length of the keys of HLS (RFC 8216 section 4.3.2.4).
const hlsKeyBytes = 16

// protection is what the segments of some outputs are encrypted with.
type protection struct {
	seal *seal
	// url is where players get the key; "" when it is an object of the job.
	url string
	key object.Key
}

// openProtections opens and makes the keys of protected playlists: one for all that
// ask for the same.
func (a *attempt) openProtections(ctx context.Context) error {
	a.protections = make([]*protection, len(a.spec.Outputs))
	opened := map[transcode.HLSProtectionSpec]*protection{}
	made := map[transcode.HLSProtectionSpec]*api.HlsContentProtection{}
	for i := range a.spec.Outputs {
		playlist, ok := a.spec.ProtectionOf(i)
		if !ok {
			continue
		}
		spec := playlist.Protection
		if opened[spec] == nil {
			p, generated, err := a.openProtection(ctx, spec)
			if err != nil {
				if err := a.orFail(i, err); err != nil {
					return err
				}
				continue
			}
			opened[spec], made[spec] = p, generated
		}
		p := *opened[spec]
		if spec.StoreKey {
			p.key = object.Key{Bucket: a.contentBucket(), Key: a.spec.DataKeyKey(playlist)}
		}
		a.protections[i], a.seals[i].media = &p, p.seal
	}
	for i, playlist := range a.spec.Playlists {
		a.playlists[i].Protection = made[playlist.Protection]
	}
	return nil
}

// openProtection opens a key, or makes it. What is made is told as the API shows it.
func (a *attempt) openProtection(ctx context.Context, spec transcode.HLSProtectionSpec) (*protection, *api.HlsContentProtection, error) {
	s, made, err := a.newSeal(ctx, transcode.EncryptionSpec{Mode: string(filecrypt.CBC), Key: spec.Key, KeyMD5: spec.KeyMD5, Vector: spec.Vector},
		func(key []byte, md5 string) error {
			if len(key) != hlsKeyBytes {
				return transcode.HLSKeyLength(md5, 8*len(key))
			}
			return nil
		})
	if err != nil || made == nil {
		return &protection{seal: s, url: spec.LicenseURL}, nil, err
	}
	told := &api.HlsContentProtection{Method: &spec.Method, Key: made.Key, KeyMd5: made.KeyMd5, InitializationVector: made.InitializationVector}
	policy := "NoStore"
	if spec.StoreKey {
		policy = "WithVariantPlaylists"
	} else {
		told.LicenseAcquisitionUrl = &spec.LicenseURL
	}
	told.KeyStoragePolicy = &policy
	return &protection{seal: s, url: spec.LicenseURL}, told, nil
}

// tag is what a playlist with a key of its own says of the encryption; nil for none.
func (p *protection) tag(playlist string) *manifest.Key {
	if p == nil {
		return nil
	}
	k := &manifest.Key{URI: p.url, Vector: [16]byte(p.seal.vector)}
	if p.key.Key != "" {
		k.URI = manifest.RelativeURI(playlist, p.key.Key)
	}
	return k
}

// dataKeys are the keys that are published as objects, with the outputs that need
// each.
func (a *attempt) dataKeys() map[object.Key][]int {
	needed := map[object.Key][]int{}
	for i, p := range a.protections {
		if p != nil && p.key.Key != "" && a.outputs[i].Status == transcode.Progressing {
			needed[p.key] = append(needed[p.key], i)
		}
	}
	return needed
}

// publishKeys puts the keys before the first playlist that names them. They are in no
// file but the object.
func (a *attempt) publishKeys(ctx context.Context) error {
	for key, outputs := range a.dataKeys() {
		err := a.put(ctx, newObject{at: key, content: a.protections[outputs[0]].seal.key, encryption: transcode.EncryptionSpec{Mode: "s3"}})
		if err == nil {
			continue
		}
		err = fmt.Errorf("publish the key of a playlist: %w", err)
		for _, i := range outputs {
			if err := a.orFail(i, err); err != nil {
				return err
			}
		}
	}
	return nil
}
