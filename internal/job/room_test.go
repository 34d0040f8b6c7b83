package job_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/disk/disktest"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/transcode"
)

func TestMain(m *testing.M) { disktest.Main(m) }

// room notes what a job says of its disk, and refuses on cue.
type room struct {
	refuses  error
	reserved int64
	fetched  bool
	full     []job.Made
}

func (r *room) Reserve(_ context.Context, bytes int64) error {
	r.reserved = bytes
	return r.refuses
}

func (r *room) Fetched() { r.fetched = true }

func (r *room) Full(made job.Made) *transcode.Failure {
	r.full = append(r.full, made)
	return transcode.NoRoom("Make room.")
}

// remote is a store of which copies are fetched.
type remote struct{ objects }

func (remote) Links(string) bool { return false }

// openKeys is a key service whose keys are as they are written.
type openKeys struct{ job.Keys }

func (openKeys) DecryptKey(_ context.Context, _ string, ciphertext []byte) ([]byte, error) {
	return ciphertext, nil
}

// encryption is of a new key.
func encryption() *api.Encryption {
	key, vector := make([]byte, 16), make([]byte, 16)
	rand.Read(key)
	rand.Read(vector)
	return &api.Encryption{
		Mode: new("aes-cbc-pkcs7"), Key: new(base64.StdEncoding.EncodeToString(key)),
		KeyMd5: new(transcode.KeyMD5(key)), InitializationVector: new(base64.StdEncoding.EncodeToString(vector)),
	}
}

// TestRoomIsReserved wants room for what is fetched before anything is: nothing for an
// input that is linked, and as much again for one that is decrypted.
func TestRoomIsReserved(t *testing.T) {
	t.Parallel()
	content := []byte("0123456789")
	for _, c := range []struct {
		store     job.Objects
		encrypted bool
		want      int64
	}{
		{objects{"film.mp4": content}, false, 0},
		{objects{"film.mp4": content}, true, 10},
		{remote{objects{"film.mp4": content}}, false, 10},
		{remote{objects{"film.mp4": content}}, true, 20},
	} {
		doc := document("film.mp4", generic240)
		if c.encrypted {
			doc.Inputs[0].Encryption = encryption()
		}
		s := newStudio(t, doc, c.store)
		s.room.refuses = transcode.NoRoom("There is none.")
		if s.run(t); s.room.reserved != c.want || s.room.fetched {
			t.Errorf("%T, encrypted %t: %d bytes were reserved, want %d", c.store, c.encrypted, s.room.reserved, c.want)
		}
		if _, err := s.request.Folder.Size("in0"); err == nil {
			t.Error("the input was fetched")
		}
		wantNoRoom(t, s, "There is none.")
	}
}

// wantNoRoom wants all outputs to have failed for want of room.
func wantNoRoom(t *testing.T, s *studio, advice string) {
	t.Helper()
	for _, o := range s.outcome.Result().Outputs {
		if o.Status != transcode.Errored || !strings.HasPrefix(o.Detail, "9000 ") ||
			!strings.Contains(o.Detail, advice) {
			t.Errorf("the output is %s: %s", o.Status, o.Detail)
		}
	}
}

// TestDiskIsFull gives jobs disks on which the input does not fit, or half of the results,
// or those but not what encryption makes of them.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	store := remote{objects{"film.mp4": film(t)}}
	whole := newStudio(t, document("film.mp4", generic240, generic240), store)
	made := whole.run(t)
	input, result := int64(len(store.objects["film.mp4"])), made.Outputs[0].SizeBytes
	if whole.room.reserved != input || !whole.room.fetched || len(whole.room.full) > 0 {
		t.Fatalf("where there is room: %+v", whole.room)
	}
	if m := whole.job.Made(); m.Bytes < 2*result || m.Percent != 100 || m.Missing() != 0 {
		t.Errorf("%d bytes twice: %+v", result, m)
	}
	for name, bytes := range map[string]int64{
		"staging": input / 2, "encoding": input + result, "packaging": input + 2*result + result/2,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := document("film.mp4", generic240, generic240)
			for i := range doc.Outputs {
				doc.Outputs[i].Encryption = encryption()
			}
			s := newStudio(t, doc, store)
			s.request.Keys, s.request.Folder = openKeys{}, folder.New(disktest.Mount(t, bytes))
			s.job = job.New(s.cfg, s.request, s.outcome)
			if made := s.run(t); made != nil || len(s.room.full) != 1 {
				t.Errorf("%+v was made, and the disk full %+v", made, s.room.full)
			}
			wantNoRoom(t, s, "Make room.")
		})
	}
}
