package job

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// inputFile is the name of an input in the folder.
func inputFile(i int) string { return "in" + strconv.Itoa(i) }

// stage brings the inputs into the folder.
func (j *Job) stage(ctx context.Context) error {
	for _, in := range j.inputs {
		if _, err := j.fetch(ctx, in.spec.Key, in.spec.Encryption, in.name); err != nil {
			return err
		}
	}
	return nil
}

// fetch brings an object into the folder, decrypted. What the client has to mend is
// a [*transcode.Failure] or a [*object.Error].
func (j *Job) fetch(ctx context.Context, key string, encryption transcode.EncryptionSpec,
	name string) (object.Info, error) {
	j.fetched = append(j.fetched, name)
	cipher, err := j.keys.open(ctx, encryption, aesKey)
	if err != nil {
		return object.Info{}, err
	}
	if cipher == nil {
		return j.Objects.Fetch(ctx, j.InputBucket, key, j.Folder.Path(name))
	}
	info, err := j.Objects.Fetch(ctx, j.InputBucket, key, j.Folder.Path(name))
	if err != nil {
		return info, err
	}
	err = j.Folder.Replace(ctx, name, func(dst *os.File, encrypted *folder.File) error {
		return filecrypt.Decrypt(dst, encrypted, cipher.Mode, cipher.Key, cipher.Vector)
	})
	if errors.Is(err, filecrypt.ErrCorrupt) {
		source := object.Key{Bucket: j.InputBucket, Key: key}
		return info, transcode.UndecryptedInput(source, encryption.Mode)
	}
	return info, err
}
