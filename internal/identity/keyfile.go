package identity

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// keyFile is the document in the file of a keyring, the key that seals first. A file of
// [KeyBytes] bytes, as the first start makes it, is one installation key.
type keyFile struct {
	// Kind says what the keys are.
	Kind keyKind  `json:"kind"`
	Keys []keyRow `json:"keys"`
}

type keyKind string

const (
	installationKeys keyKind = "reelastic installation keys"
	workerKeys       keyKind = "reelastic worker keys"
)

type keyRow struct {
	ID     string    `json:"id"` // of the installation key
	Secret []byte    `json:"secret"`
	Made   time.Time `json:"made,omitzero"`
}

// LoadKeyring reads the installation keys at path, and makes one at the first start
// (created). Of several processes that start at once, all get the same key. A file that
// others may read is refused.
func LoadKeyring(path string) (ring *Keyring, created bool, err error) {
	secret := make([]byte, KeyBytes)
	rand.Read(secret) // never fails
	switch err = createFile(path, secret); {
	case err == nil:
		created = true
	case !errors.Is(err, fs.ErrExist):
		return nil, false, fmt.Errorf("installation key: %w", err)
	}
	ring, err = ReadKeyring(path)
	return ring, created, err
}

// ReadKeyring reads the installation keys at path, or what a worker has of them.
func ReadKeyring(path string) (*Keyring, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("installation key: %w", err)
	}
	ring, err := parseKeyFile(text, modified(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	ring.path = path
	return ring, nil
}

// parseKeyFile reads what is in a file that was written at a time.
func parseKeyFile(text []byte, written time.Time) (*Keyring, error) {
	if len(text) == KeyBytes || len(text) == 0 || text[0] != '{' {
		key, err := NewKey(text)
		if err != nil {
			return nil, err
		}
		key.files.made = written
		return NewKeyring(key), nil
	}
	var file keyFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, errors.New("it is no file of keys")
	}
	ring := NewKeyring()
	for _, row := range file.Keys {
		if err := ring.addRow(file.Kind, row); err != nil {
			return nil, err
		}
	}
	if len(ring.files) == 0 {
		return nil, errors.New("it has no key")
	}
	return ring, nil
}

// addRow adds a key of a file.
func (r *Keyring) addRow(kind keyKind, row keyRow) error {
	switch kind {
	case installationKeys:
		key, err := NewKey(row.Secret)
		if err != nil {
			return err
		}
		key.files.made = row.Made
		r.add(key)
	case workerKeys:
		id, err := parseKeyID(row.ID)
		if err != nil || len(row.Secret) != KeyBytes {
			return fmt.Errorf("the key %q of a worker is damaged", row.ID)
		}
		files, err := newFileKeys(id, row.Secret)
		if err != nil {
			return err
		}
		files.made = row.Made
		r.addFiles(files)
	default:
		return fmt.Errorf("keys of the kind %q are not known", kind)
	}
	return nil
}

// text is the document of the keyring.
func (r *Keyring) text() ([]byte, error) {
	file := keyFile{Kind: workerKeys}
	for _, k := range r.files {
		file.Keys = append(file.Keys, keyRow{ID: k.name(), Secret: k.secret, Made: k.made})
	}
	if len(r.keys) > 0 {
		file = keyFile{Kind: installationKeys}
		for _, k := range r.keys {
			file.Keys = append(file.Keys, keyRow{ID: k.ID(), Secret: k.secret, Made: k.files.made})
		}
	}
	text, err := json.MarshalIndent(file, "", "  ")
	return append(text, '\n'), err
}

// WorkerFile is the text of a file with what a worker needs of the installation keys.
func (r *Keyring) WorkerFile() ([]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	worker := &Keyring{files: r.files}
	return worker.text()
}

// modified is when a file was changed last; zero when that can't be told.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
