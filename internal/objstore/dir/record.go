package dir

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/reelastic/reelastic/internal/object"
	"golang.org/x/sys/unix"
)

// record is what is known of an object beside its bytes. It is written before
// the object becomes visible, so that no crash leaves an object of ours without
// an owner; therefore it may name a version that never came to be, next to the
// one that it should have replaced.
type record struct {
	Key      string    `json:"key"`
	Versions []version `json:"versions"` // newest first, two at the most
}

// version belongs to the file that has its size and time, and to no other: a
// stale record says nothing about a file that someone else puts in the place.
type version struct {
	SizeBytes   int64        `json:"size"`
	Modified    time.Time    `json:"modified"`
	ContentType string       `json:"contentType,omitempty"`
	Owner       object.Owner `json:"owner,omitzero"`
	// Vector is what the object has been encrypted with, in base64.
	Vector string `json:"initializationVector,omitempty"`
	// Storage is what S3 would have been told.
	Storage object.Storage `json:"storage,omitzero"`
}

// of returns the version that belongs to a file; the zero version for none.
func (r record) of(info fs.FileInfo) version {
	for _, v := range r.Versions {
		if v.SizeBytes == info.Size() && v.Modified.Equal(info.ModTime()) {
			return v
		}
	}
	return version{}
}

// recordPath returns the folder and the name of a key's record.
func recordPath(bucket, key string) (dir, name string) {
	sum := sha256.Sum256([]byte(key))
	hash := hex.EncodeToString(sum[:])
	return path.Join(recordDir, bucket, hash[:2]), hash + ".json"
}

// lockPath returns the lock that guards writes to a key; keys share 256 of them.
func lockPath(bucket, key string) string {
	sum := sha256.Sum256([]byte(bucket + "/" + key))
	return path.Join(lockDir, hex.EncodeToString(sum[:1]))
}

// readRecord returns a key's record; an empty one where there is none, or where
// it cannot be understood.
func (s *Store) readRecord(bucket, key string) (record, error) {
	dir, name := recordPath(bucket, key)
	text, err := s.root.ReadFile(path.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	if err != nil {
		return record{}, fmt.Errorf("read record: %w", err)
	}
	var r record
	if json.Unmarshal(text, &r) != nil || r.Key != key {
		//nolint:nilerr // a damaged record leaves an object of unknown owner: never replaced
		return record{}, nil
	}
	return r, nil
}

func (s *Store) writeRecord(bucket string, r record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	dir, name := recordPath(bucket, r.Key)
	f, err := ensureFolder(s.root, dir)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	defer f.Close()
	tmp := tmpName()
	defer s.tmp.discard(tmp)
	if err := writeSynced(s.tmp.Root, tmp, text); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	if err := unix.Renameat(s.tmp.fd(), tmp, f.fd(), name); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return f.sync()
}

func (s *Store) removeRecord(bucket, key string) error {
	dir, name := recordPath(bucket, key)
	if err := s.root.Remove(path.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove record: %w", err)
	}
	return nil
}

func writeSynced(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
