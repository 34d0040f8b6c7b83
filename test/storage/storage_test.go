package storage

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const keyARN = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"

// clip is a small input; the jobs are about storage.
var clip = reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 2}

// bench has a small input in the pipeline of a server, which keeps its buckets in some way.
func bench(t *testing.T, s *reelastictest.Server) *reelastictest.Fixture {
	t.Helper()
	f := reelastictest.On(t, s)
	f.PutClip(t, "clip.mp4", clip)
	return f
}

// ladder is a job of a segmented output with thumbnails, in a playlist.
func ladder(prefix string) *api.CreateJobRequest {
	output := reelastictest.Output("400k", reelastictest.HLS400k, "1")
	output.ThumbnailPattern = new("thumb-{count}")
	return &api.CreateJobRequest{
		OutputKeyPrefix: &prefix,
		Inputs:          []api.JobInput{{Key: new("clip.mp4")}},
		Outputs:         []api.CreateJobOutput{output},
		Playlists: []api.CreateJobPlaylist{{Name: new("index"), Format: new("HLSv3"),
			OutputKeys: []string{"400k"}}},
	}
}

// onBoth runs a test on folders and on S3.
func onBoth(t *testing.T, test func(*testing.T, *reelastictest.Fixture)) {
	t.Run("folders", func(t *testing.T) {
		t.Parallel()
		test(t, bench(t, reelastictest.Start(t, "--workers", "2")))
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		test(t, bench(t, reelastictest.StartS3(t, "--workers", "2")))
	})
}

// TestRaceForOneKey submits jobs that write the same key at the same time.
func TestRaceForOneKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, f *reelastictest.Fixture) {
		const rounds = 2
		for round := range rounds {
			key, ids := "same"+string(rune('0'+round))+".mp4", []string{}
			for range 2 {
				ids = append(ids, f.Submit(t, &api.CreateJobRequest{
					Inputs:  []api.JobInput{{Key: new("clip.mp4")}},
					Outputs: []api.CreateJobOutput{reelastictest.Output(key, reelastictest.Generic480p, "")},
				}))
			}
			var ends []string
			for _, id := range ids {
				job := f.Await(t, id)
				ends = append(ends, *job.Status+" "+strings.SplitN(reelastictest.Text(job.Outputs[0].StatusDetail),
					" ", 2)[0])
			}
			slices.Sort(ends)
			if !slices.Equal(ends, []string{"Complete ", "Error 3002"}) {
				t.Errorf("round %d: %q, want one Complete and one 3002", round, ends)
			}
			reelastictest.Decode(t, f.Output(key))
		}
	})
}

// TestFaultyServer runs a job on an S3 server that answers every third request with
// 503 and breaks connections in the middle.
func TestFaultyServer(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	f := bench(t, reelastictest.StartS3Behind(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		switch n := requests.Add(1); {
		case n%3 == 0:
			s3test.Answer(w, http.StatusServiceUnavailable, "SlowDown")
		case n%7 == 1 && r.Method == http.MethodPut:
			_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
			panic(http.ErrAbortHandler)
		case n%7 == 1 && r.Method == http.MethodGet:
			pass.ServeHTTP(&s3test.Cut{ResponseWriter: w, Left: 1000}, r)
		default:
			pass.ServeHTTP(w, r)
		}
	}))
	f.Complete(t, ladder("f/"))
	reelastictest.Decode(t, f.Output("f/index.m3u8"))
	if left := f.S3().Uploads(t, "out"); len(left) > 0 {
		t.Errorf("uploads of %q are left", left)
	}
}

// TestBucketsByName runs a job on an S3 server whose buckets are hosts.
func TestBucketsByName(t *testing.T) {
	t.Parallel()
	f := bench(t, reelastictest.StartS3Named(t))
	f.Complete(t, ladder("n/"))
	reelastictest.Decode(t, f.Output("n/index.m3u8"))
}

// TestBucketDisappears removes the output bucket when the first object is about to
// be written.
func TestBucketDisappears(t *testing.T) {
	t.Parallel()
	var bucket string
	var once sync.Once
	f := bench(t, reelastictest.StartS3Behind(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method == http.MethodPut {
			once.Do(func() {
				if err := os.RemoveAll(bucket); err != nil {
					t.Error(err)
				}
			})
		}
		pass.ServeHTTP(w, r)
	}))
	bucket = f.Bucket("out")
	job := f.Run(t, ladder("f/"))
	detail := reelastictest.Text(job.Outputs[0].StatusDetail)
	if *job.Status != "Error" || !strings.HasPrefix(detail, "3005 ") ||
		!strings.Contains(detail, "The specified S3 bucket does not exist: bucket=out.") {
		t.Errorf("%s: %s, want 3005", *job.Status, detail)
	}
}

// kept is what a store is told of an object.
type kept struct{ Class, Read, FullControl, Mode, Key string }

// wanted are the objects of the job of TestWhatS3IsTold. A master playlist has
// no Encryption of its own.
func wanted() map[string]kept {
	content := kept{Class: "ReducedRedundancy", Read: "AllUsers", Mode: "s3-aws-kms", Key: keyARN}
	thumb := kept{Class: "Standard", FullControl: "AuthenticatedUsers", Mode: "s3"}
	master := content
	master.Mode, master.Key = "", ""
	return map[string]kept{"p/400k00000.ts": content, "p/400k00001.ts": content, "p/400k.m3u8": content,
		"p/index.m3u8":      master,
		"p/thumb-00001.png": thumb}
}

func submitTold(t *testing.T, f *reelastictest.Fixture) {
	t.Helper()
	f.Bucket("thumbs")
	grants := func(access, group string) []api.Permission {
		return []api.Permission{{GranteeType: new("Group"), Grantee: &group, Access: []string{access}}}
	}
	_, err := f.Client.UpdatePipeline(t.Context(), &api.UpdatePipelineRequest{
		Id: &f.PipelineID, AwsKmsKeyArn: new(keyARN),
		ContentConfig: &api.PipelineOutputConfig{
			Bucket: new("out"), StorageClass: new("ReducedRedundancy"), Permissions: grants("Read", "AllUsers"),
		},
		ThumbnailConfig: &api.PipelineOutputConfig{
			Bucket: new("thumbs"), StorageClass: new("Standard"),
			Permissions: grants("FullControl", "AuthenticatedUsers"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	job := ladder("p/")
	job.Outputs[0].Encryption = &api.Encryption{Mode: new("s3-aws-kms")}
	job.Outputs[0].ThumbnailEncryption = &api.Encryption{Mode: new("s3")}
	f.Complete(t, job)
}

// TestWhatS3IsTold looks at the headers of every write.
func TestWhatS3IsTold(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := map[string]kept{}
	classes := map[string]string{"REDUCED_REDUNDANCY": "ReducedRedundancy", "STANDARD": "Standard"}
	modes := map[string]string{"aws:kms": "s3-aws-kms", "AES256": "s3"}
	group := func(header string) string {
		uri, _ := strings.CutPrefix(strings.TrimSuffix(header, `"`), `uri="http://acs.amazonaws.com/groups/global/`)
		return uri
	}
	f := bench(t, reelastictest.StartS3Behind(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if parts := strings.SplitN(r.URL.Path, "/", 3); r.Method == http.MethodPut {
			h := r.Header.Get
			mu.Lock()
			told[parts[2]] = kept{Class: classes[h("X-Amz-Storage-Class")], Read: group(h("X-Amz-Grant-Read")),
				FullControl: group(h("X-Amz-Grant-Full-Control")),
				Mode:        modes[h("X-Amz-Server-Side-Encryption")],
				Key:         h("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")}
			mu.Unlock()
		}
		pass.ServeHTTP(w, r)
	}))
	submitTold(t, f)
	if diff := cmp.Diff(wanted(), told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatFoldersRecord looks at the records beside the objects.
func TestWhatFoldersRecord(t *testing.T) {
	t.Parallel()
	f := bench(t, reelastictest.Start(t))
	submitTold(t, f)
	told := map[string]kept{}
	err := filepath.WalkDir(filepath.Join(f.Data, "buckets", ".reelastic", "objects"),
		func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			key, k, err := recorded(text)
			told[key] = k
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted(), told); diff != "" {
		t.Errorf("(-want +got):\n%s, of %q", diff, slices.Collect(maps.Keys(told)))
	}
}

// recorded reads a record.
func recorded(text []byte) (key string, k kept, err error) {
	var record struct {
		Key      string
		Versions []struct {
			Storage struct {
				Class  string
				Grants []struct {
					Grantee string
					Access  []string
				}
				Encryption struct{ Mode, Key string }
			}
		}
	}
	if err := json.Unmarshal(text, &record); err != nil {
		return "", k, err
	}
	s := record.Versions[0].Storage
	k = kept{Class: s.Class, Mode: s.Encryption.Mode, Key: s.Encryption.Key}
	for _, g := range s.Grants {
		if slices.Contains(g.Access, "Read") {
			k.Read = g.Grantee
		}
		if slices.Contains(g.Access, "FullControl") {
			k.FullControl = g.Grantee
		}
	}
	return record.Key, k, nil
}
