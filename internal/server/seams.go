package server

import (
	"context"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Store is the state that the operations read and change. Its errors wrap those
// of package transcode (ErrNotFound, ErrInUse, ErrLimit, ErrDuplicateID); any
// other one is answered as an internal error.
type Store interface {
	Ping(ctx context.Context) error

	CreatePipeline(ctx context.Context, p *api.Pipeline, limit int) error
	Pipeline(ctx context.Context, id string) (*api.Pipeline, error)
	UpdatePipeline(ctx context.Context, id string, change func(*api.Pipeline) error) (*api.Pipeline, error)
	DeletePipeline(ctx context.Context, id string) error
	Pipelines(ctx context.Context, page transcode.Page) (pipelines []*api.Pipeline, next string, err error)
	// PipelineIDs are those of all pipelines.
	PipelineIDs(ctx context.Context) ([]string, error)

	CreatePreset(ctx context.Context, p *api.Preset, limit int) error
	Preset(ctx context.Context, id string) (*api.Preset, error)
	DeletePreset(ctx context.Context, id string) error
	Presets(ctx context.Context, page transcode.Page) (presets []*api.Preset, next string, err error)
	PresetsByID(ctx context.Context, ids []string) (map[string]*api.Preset, error)

	// Import stores pipelines and presets, all of them or none. With results that are refused
	// it stores none, and is [transcode.ErrDuplicateID] unless it is a dry run.
	Import(ctx context.Context, in transcode.Import) ([]transcode.ImportResult, error)

	CreateJob(ctx context.Context, draft *transcode.JobDraft, maxQueued int) (*api.Job, error)
	Job(ctx context.Context, id string) (*api.Job, error)
	// JobPipeline is the id of a job's pipeline, which may be deleted.
	JobPipeline(ctx context.Context, id string) (string, error)
	CancelJob(ctx context.Context, id string) error
	JobsByPipeline(ctx context.Context, pipelineID string, page transcode.Page) (jobs []*api.Job, next string,
		err error)
	JobsByStatus(ctx context.Context, status transcode.Status, page transcode.Page) (jobs []*api.Job, next string,
		err error)
	Progress(ctx context.Context, jobID string) (*task.Progress, error)
	// GivenUpJobs lists the newest first, those before the one of that number, all for 0,
	// and those of these pipelines, all for nil.
	GivenUpJobs(ctx context.Context, before int64, pipelines []string, limit int) ([]task.GivenUp, error)
}

// Queue tells the dispatcher about new work and carries news of running jobs.
type Queue interface {
	Ping(ctx context.Context) error
	// Wake asks the dispatcher to look for waiting tasks now. Losing it costs time, not work.
	Wake(ctx context.Context) error
	// WatchJob delivers news of a job, lossy, the latest wins. A value without
	// Status says that the job's state has changed and the store knows how. The
	// channel is closed when ctx or the queue ends.
	WatchJob(ctx context.Context, jobID string) (<-chan task.Progress, error)
}

// Buckets knows about buckets what a role may learn. A role that can't be assumed is
// a [*transcode.Failure].
type Buckets interface {
	// BucketReadable reports whether a bucket exists and the role may read it.
	BucketReadable(ctx context.Context, role, bucket string) (bool, error)
	// BucketRegion is "" where the store has no regions, or does not know.
	BucketRegion(ctx context.Context, role, bucket string) (string, error)
}

// Topics publishes to topics as a role may.
type Topics interface {
	// SendTest sends a test notification, or puts it on its way. A role that can't be
	// assumed is a [*transcode.Failure]; any other error says that the topic took none.
	SendTest(ctx context.Context, role, topic string) error
}

// Callers knows who signs requests, and what they may do.
type Callers interface {
	// Caller returns the credentials of an access key and whose it is. The error
	// wraps [transcode.ErrNotFound] for an access key that is not known, and
	// [transcode.ErrExpired] for one that has ended, which is returned, too.
	Caller(ctx context.Context, accessKeyID string) (sigv4.Credentials, policy.Caller, error)

	// What the client has to mend is a [*transcode.Error]. A name or id is that of a
	// caller or of one of their access keys.
	CreateCaller(ctx context.Context, caller policy.Caller, until time.Time) (sigv4.Credentials, error)
	ListKeys(ctx context.Context) ([]policy.Key, error)
	RotateKey(ctx context.Context, nameOrID string, grace time.Duration, until time.Time) (made sigv4.Credentials,
		fresh, old policy.Key, err error)
	RevokeKeys(ctx context.Context, nameOrID string) ([]policy.Key, error)
}

// Keys is the key service of the installation. Its refusals are [*transcode.KeyError].
type Keys interface {
	// KeyARN resolves a key's id or ARN, or the name or ARN of an alias.
	KeyARN(name string) (string, error)
	// CiphertextARN is the ARN of the key that made a ciphertext.
	CiphertextARN(ciphertext []byte) (string, error)
	Encrypt(arn string, plain []byte, context map[string]string) ([]byte, error)
	Decrypt(ciphertext []byte, context map[string]string) ([]byte, error)
	// Made is when the keys were made; zero when that is not known.
	Made() time.Time
}

// Observer is told about every request that was answered. Operation is a name of
// the API model, "v1:" or "kms:" and an operation of ours or of KMS, or "" for a request that reached
// none; code is "" on success. A stream is reported when it ends.
type Observer interface {
	Answered(operation string, status int, code api.ErrorCode, took time.Duration)
}
