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

// source is an object that becomes a file of the folder.
type source struct {
	object     object.Key
	encryption transcode.EncryptionSpec
	name       string // of the file
	// kind is what the object is for, mostBytes how large it may be; 0 is any size, that of
	// inputs, which are looked at before.
	kind      string
	mostBytes int64
}

// tooLarge is a [*transcode.Failure] for an object beyond its limit.
func (s source) tooLarge(info object.Info) error {
	if s.mostBytes == 0 || info.SizeBytes <= s.mostBytes {
		return nil
	}
	return transcode.LargeObject(s.kind, s.object, info.SizeBytes, s.mostBytes)
}

// stage brings the inputs into the folder.
func (j *Job) stage(ctx context.Context) error {
	j.arrivals.start(len(j.inputs), j.Room.Fetched)
	for i := range j.inputs {
		in := &j.inputs[i]
		arrives, err := j.arrive(ctx, in)
		if err != nil {
			return err
		}
		if arrives {
			continue
		}
		input := source{object: j.object(in.spec.Key), encryption: in.spec.Encryption, name: in.name}
		if _, err := j.fetch(ctx, input); err != nil {
			return err
		}
		j.arrivals.whole()
	}
	return nil
}

// object is one of the pipeline's input bucket.
func (j *Job) object(key string) object.Key { return object.Key{Bucket: j.InputBucket, Key: key} }

// fetch brings an object into the folder, decrypted; one that is too large is neither
// fetched nor decrypted. What the client has to mend is a [*transcode.Failure] or a
// [*object.Error].
func (j *Job) fetch(ctx context.Context, s source) (object.Info, error) {
	cipher, err := j.keys.open(ctx, s.encryption, aesKey)
	if err != nil {
		return object.Info{}, err
	}
	if s.mostBytes > 0 {
		info, err := j.Objects.Stat(ctx, s.object.Bucket, s.object.Key)
		if err := errors.Join(err, s.tooLarge(info)); err != nil {
			return info, err
		}
	}
	info, err := j.Objects.Fetch(ctx, s.object.Bucket, s.object.Key, j.Folder.Path(s.name))
	if err := errors.Join(err, s.tooLarge(info)); err != nil { // it may be another by now
		return info, err
	}
	if cipher == nil {
		return info, nil
	}
	err = j.Folder.Replace(ctx, s.name, func(dst *os.File, encrypted *folder.File) error {
		return filecrypt.Decrypt(dst, encrypted, cipher.Mode, cipher.Key, cipher.Vector)
	})
	if errors.Is(err, filecrypt.ErrCorrupt) {
		return info, transcode.UndecryptedInput(s.object, s.encryption.Mode)
	}
	return info, err
}
