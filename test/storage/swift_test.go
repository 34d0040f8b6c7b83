package storage

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestGrantsAreKept runs a job on a server that keeps the grants of objects, and reads
// them back: those of the pipeline, and no others.
func TestGrantsAreKept(t *testing.T) {
	t.Parallel()
	swift := s3test.StartSwift(t)
	account := swift.Account()
	friend := account.Guest()
	for _, bucket := range []string{"films", "out", "thumbs"} {
		account.Bucket(t, bucket)
	}
	account.Put(t, "films", "clip.mp4", clip.Make(t))
	f := reelastictest.Bare(t, reelastictest.StartStore(t, s3test.Storage(swift.Endpoint), account.Environment()))
	f.PipelineID = f.CreatePipeline(t, &api.CreatePipelineRequest{
		InputBucket: new("films"),
		ContentConfig: &api.PipelineOutputConfig{Bucket: new("out"), StorageClass: new("Standard"),
			Permissions: []api.Permission{
				{GranteeType: new("Group"), Grantee: new("AllUsers"), Access: []string{"Read"}},
				{GranteeType: new("Canonical"), Grantee: &friend.AccessKeyID, Access: []string{"ReadAcp", "WriteAcp"}},
				{GranteeType: new("Canonical"), Grantee: &account.AccessKeyID, Access: []string{"FullControl"}},
			}},
		ThumbnailConfig: &api.PipelineOutputConfig{Bucket: new("thumbs")},
	})
	f.Complete(t, ladder("/p//"))
	content := []string{"AllUsers READ", friend.AccessKeyID + " READ_ACP", friend.AccessKeyID + " WRITE_ACP",
		account.AccessKeyID + " FULL_CONTROL"}
	want := map[string][]string{"out /p//400k00000.ts": content, "out /p//400k00001.ts": content,
		"out /p//400k.m3u8": content, "out /p//index.m3u8": content,
		"thumbs /p//thumb-00001.png": {account.AccessKeyID + " FULL_CONTROL"}}
	got := map[string][]string{}
	for _, bucket := range []string{"out", "thumbs"} {
		for _, key := range account.Keys(t, bucket) {
			got[bucket+" "+key] = slices.Sorted(slices.Values(account.Grants(t, bucket, key)))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants of %q (-want +got):\n%s", slices.Sorted(maps.Keys(got)), diff)
	}
}
