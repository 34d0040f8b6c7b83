package s3_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	aws "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
)

// TestRanges reads an object in parts of one version: once it is another, that is an error.
func TestRanges(t *testing.T) {
	t.Parallel()
	server := serve(t)
	store := openAt(t, server.Endpoint, &uploads{})
	bucket, key, path := objtest.Out, "in.mp4", sized(t, 100_000)
	_, err := store.Ranges(t.Context(), bucket, key)
	wantProblem(t, err, object.NoObject)
	if err := store.Put(t.Context(), bucket, key, path, by("job/1")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ranges, err := store.Ranges(t.Context(), bucket, key)
	if err != nil || ranges.Info().SizeBytes != int64(len(content)) {
		t.Fatalf("%+v, %v", ranges, err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, offset := range []int64{60_000, 0, 99_999} {
		length := min(10_000, int64(len(content))-offset)
		if err := ranges.Read(t.Context(), file, offset, length); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, length)
		if _, err := file.ReadAt(got, offset); err != nil || !bytes.Equal(got, content[offset:offset+length]) {
			t.Errorf("%d bytes at %d are others: %v", length, offset, err)
		}
	}
	other := bytes.NewReader(bytes.Repeat([]byte("x"), len(content)))
	if _, err := server.Client().PutObject(t.Context(),
		&aws.PutObjectInput{Bucket: &bucket, Key: &key, Body: other}); err != nil {
		t.Fatal(err)
	}
	if err := ranges.Read(t.Context(), file, 0, 10); err == nil || !strings.Contains(err.Error(), "was replaced") {
		t.Errorf("a part of the other object was read: %v", err)
	}
}
