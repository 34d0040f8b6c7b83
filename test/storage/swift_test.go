package storage

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder/types"
	"github.com/google/go-cmp/cmp"

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
	account.Put(t, "films", "clip.mp4", clip(t))
	server := reelastictest.StartStore(t, s3test.Storage(swift.Endpoint), account.Environment())
	client := server.Client()
	made, err := client.CreatePipeline(t.Context(), &elastictranscoder.CreatePipelineInput{Name: aws.String("p"), InputBucket: aws.String("films"),
		Role: aws.String("arn:aws:iam::000000000000:role/r"),
		ContentConfig: &types.PipelineOutputConfig{Bucket: aws.String("out"), StorageClass: aws.String("Standard"), Permissions: []types.Permission{
			{GranteeType: aws.String("Group"), Grantee: aws.String("AllUsers"), Access: []string{"Read"}},
			{GranteeType: aws.String("Canonical"), Grantee: &friend.AccessKeyID, Access: []string{"ReadAcp", "WriteAcp"}},
			{GranteeType: aws.String("Canonical"), Grantee: &account.AccessKeyID, Access: []string{"FullControl"}}}},
		ThumbnailConfig: &types.PipelineOutputConfig{Bucket: aws.String("thumbs")}})
	if err != nil {
		t.Fatal(err)
	}
	completes(t, client, ladder(*made.Pipeline.Id, "/p//"))
	content := []string{"AllUsers READ", friend.AccessKeyID + " READ_ACP", friend.AccessKeyID + " WRITE_ACP", account.AccessKeyID + " FULL_CONTROL"}
	want := map[string][]string{"out /p//400k00000.ts": content, "out /p//400k00001.ts": content, "out /p//400k.m3u8": content, "out /p//index.m3u8": content,
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
