// Package storetest is the contract of the store: what every implementation
// promises to the server, the workers and the services of dispatch and delivery.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Store is all that services ask of a store.
type Store interface {
	Ping(ctx context.Context) error
	Close() error

	CreatePipeline(ctx context.Context, p *api.Pipeline, limit int) error
	Pipeline(ctx context.Context, id string) (*api.Pipeline, error)
	UpdatePipeline(ctx context.Context, id string, change func(*api.Pipeline) error) (*api.Pipeline, error)
	DeletePipeline(ctx context.Context, id string) error
	Pipelines(ctx context.Context, page transcode.Page) ([]*api.Pipeline, string, error)
	PipelineIDs(ctx context.Context) ([]string, error)
	CreatePreset(ctx context.Context, p *api.Preset, limit int) error
	Preset(ctx context.Context, id string) (*api.Preset, error)
	DeletePreset(ctx context.Context, id string) error
	Presets(ctx context.Context, page transcode.Page) ([]*api.Preset, string, error)
	PresetsByID(ctx context.Context, ids []string) (map[string]*api.Preset, error)
	Import(ctx context.Context, in transcode.Import) ([]transcode.ImportResult, error)
	CreateJob(ctx context.Context, d *transcode.JobDraft, maxQueued int) (*api.Job, error)
	Job(ctx context.Context, id string) (*api.Job, error)
	JobPipeline(ctx context.Context, id string) (string, error)
	JobsByPipeline(ctx context.Context, pipelineID string, page transcode.Page) ([]*api.Job, string, error)
	JobsByStatus(ctx context.Context, status transcode.Status, page transcode.Page) ([]*api.Job, string, error)
	CancelJob(ctx context.Context, id string) error
	Progress(ctx context.Context, jobID string) (*task.Progress, error)
	PutCredential(context.Context, transcode.SealedCredential) error
	AddCaller(context.Context, transcode.SealedCredential) error
	RotateCredential(ctx context.Context, old, fresh transcode.SealedCredential) error
	RevokeCredential(ctx context.Context, accessKeyID string) error
	Credential(ctx context.Context, accessKeyID string) (transcode.SealedCredential, error)
	Credentials(context.Context) ([]transcode.SealedCredential, error)
	InstallationKey(context.Context) (transcode.InstallationKey, error)
	BeginKeyRotation(ctx context.Context, from string, k transcode.InstallationKey) error
	EndKeyRotation(ctx context.Context, id string, after time.Duration) error
	SealedByOthers(ctx context.Context, id string) ([]transcode.Sealed, error)
	Reseal(ctx context.Context, old, fresh transcode.Sealed) error
	QueueStats(ctx context.Context) (task.QueueStats, error)
	GivenUpJobs(ctx context.Context, before int64, pipelines []string, limit int) ([]task.GivenUp, error)

	JobLog(ctx context.Context, id string) (task.Log, error)
	Record(ctx context.Context, id string) (task.Record, error)
	SearchJobs(ctx context.Context, f task.JobFilter, before int64, limit int) ([]task.Record, int64, error)
	WaitingTasks(ctx context.Context, pipelines []string, after task.WaitingCursor, limit int) ([]task.Waiting, error)
	CreateBulkAction(ctx context.Context, a task.BulkAction) (task.BulkAction, error)
	BulkAction(ctx context.Context, id string) (task.BulkAction, error)
	BulkActions(ctx context.Context, before int64, limit int) ([]task.BulkAction, error)
	RunningBulkActions(ctx context.Context) ([]task.BulkAction, error)
	EndBulkAction(ctx context.Context, id string, state task.BulkState) error
	AdvanceBulkAction(ctx context.Context, id string, before int64) error
	ActOn(ctx context.Context, a task.BulkAction, r task.Record,
		retry func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error)) (started bool, err error)
	StopJob(ctx context.Context, id string) (started bool, err error)
	RetryJob(ctx context.Context, id string,
		draft func(doc *api.Job, presets map[string]*api.Preset) (*transcode.JobDraft, error), maxQueued int,
	) (*api.Job, error)
	PrioritizeJob(ctx context.Context, id string, priority int) error
	Leftovers(ctx context.Context, age time.Duration) ([]task.Leftover, error)
	ForgetLeftover(ctx context.Context, jobID string) error

	Claim(ctx context.Context, r task.ClaimRequest) (*task.Claim, task.ClaimOutcome, error)
	Confirm(ctx context.Context, c *task.Claim) error
	UpdateJob(ctx context.Context, c *task.Claim, outputs []task.OutputResult, detected []api.DetectedProperties) error
	SetPublishing(ctx context.Context, c *task.Claim, keys []object.Key) error
	Finish(ctx context.Context, c *task.Claim, r task.Result) error
	SaveFault(ctx context.Context, c *task.Claim, f task.Fault) error
	Release(ctx context.Context, c *task.Claim) error
	CountAttempt(ctx context.Context, c *task.Claim) error
	SaveProgress(ctx context.Context, all []task.Report) error

	BeginUpload(ctx context.Context, u object.Upload) error
	EndUpload(ctx context.Context, id string) error
	AbandonedUploads(ctx context.Context) ([]object.Upload, error)

	Admit(ctx context.Context, room int) ([]task.Admission, error)
	Outstanding(ctx context.Context) ([]task.Admission, error)
	ReviveAll(ctx context.Context) (int, error)
	Events(ctx context.Context, limit int) ([]notify.Event, error)
	FanOut(ctx context.Context, events []notify.Event, sns bool) (int, error)
	Announce(ctx context.Context, e notify.Event) (int, error)
	DueSubscribers(ctx context.Context, failing bool, limit int) ([]notify.Due, error)
	DueDeliveries(ctx context.Context, subscriber string, limit int) ([]notify.Delivery, error)
	DeliverySucceeded(ctx context.Context, id int64) error
	DeliveryFailed(ctx context.Context, id int64, f notify.Failure) (bool, error)

	CreateSubscription(ctx context.Context, sub *notify.Subscription) error
	Subscription(ctx context.Context, id string) (notify.Subscription, error)
	Subscriptions(ctx context.Context, topic string) ([]notify.Subscription, error)
	ConfirmSubscription(ctx context.Context, topic, token string) (notify.Subscription, error)
	DeleteSubscription(ctx context.Context, id string) error
	SigningKey(ctx context.Context, name string) (certificate, sealed []byte, err error)
	AddSigningKey(ctx context.Context, name string, certificate, sealed []byte) ([]byte, []byte, error)
	Deliveries(ctx context.Context, f notify.Filter, after int64, limit int) ([]notify.Record, error)
	Resend(ctx context.Context, f notify.Filter) (int, error)
	Discard(ctx context.Context, f notify.Filter) (int, error)
	DeliveryStats(ctx context.Context) (notify.Stats, error)
}

// Database is an empty database of a test.
type Database struct {
	// Open opens it; the test closes what it opens. It may be open several times
	// if Shared.
	Open   func(t *testing.T, maxJobsPerPipeline int) Store
	Shared bool
	// Exec runs a statement beside the store, to make rows older.
	Exec func(t *testing.T, query string, args ...any)
}

// Run tests the contract, each part on a database of its own.
func Run(t *testing.T, create func(t *testing.T) Database) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Database)
	}{
		{"Pipelines", testPipelines},
		{"UpdatePipeline", testUpdatePipeline},
		{"DeletePipeline", testDeletePipeline},
		{"Presets", testPresets},
		{"Import", testImport},
		{"ImportOfUsedPresets", testImportOfUsedPresets},
		{"Credentials", testCredentials},
		{"InstallationKey", testInstallationKey},
		{"CreateJob", testCreateJob},
		{"Echo", testEcho},
		{"MaxQueued", testMaxQueued},
		{"CanceledContext", testCanceledContext},
		{"Paging", testPaging},
		{"JobLists", testJobLists},
		{"SixMonths", testSixMonths},
		{"States", testStates},
		{"Claim", testClaim},
		{"Outputs", testOutputs},
		{"Finish", testFinish},
		{"Cancel", testCancel},
		{"Search", testSearch},
		{"Waiting", testWaiting},
		{"Bulk", testBulk},
		{"Stop", testStop},
		{"Retry", testRetry},
		{"Prioritize", testPrioritize},
		{"Fencing", testFencing},
		{"Attempts", testAttempts},
		{"GivenUpJobs", testGivenUpJobs},
		{"CrashesBesideOthers", testCrashesBesideOthers},
		{"WorkerDiesBesideOthers", testWorkerDiesBesideOthers},
		{"ListsOfPipelines", testListsOfPipelines},
		{"SeveralTasks", testSeveralTasks},
		{"Release", testRelease},
		{"Pause", testPause},
		{"Publishing", testPublishing},
		{"Uploads", testUploads},
		{"Progress", testProgress},
		{"Events", testEvents},
		{"Warning", testWarning},
		{"Subscriptions", testSubscriptions},
		{"SigningKey", testSigningKey},
		{"FanOut", testFanOut},
		{"Announce", testAnnounce},
		{"DeliveryOrder", testDeliveryOrder},
		{"DeadLetters", testDeliveryDeadLetters},
		{"Stats", testStats},
		{"Restart", testRestart},
		{"AdmissionOrder", testAdmissionOrder},
		{"AdmissionModel", testAdmissionModel},
		{"Limit", testLimit},
		{"RaceOfClaimers", testRaceOfClaimers},
		{"RaceOfCancelAndClaim", testRaceOfCancelAndClaim},
		{"RaceForRoom", testRaceForRoom},
		{"RaceOfCreators", testRaceOfCreators},
		{"Crowd", testCrowd},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, create(t))
		})
	}
}

// open opens the database for the length of the test.
func open(t *testing.T, d Database) Store {
	t.Helper()
	s := d.Open(t, 0)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func got[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

// create stores the n-th job in the first pipeline, which it adds when there is none.
func create(t *testing.T, s Store, n int) *api.Job {
	t.Helper()
	if err := s.CreatePipeline(t.Context(), Pipeline(1), 0); err != nil {
		refused(t, err, transcode.ErrDuplicateID)
	}
	return got(s.CreateJob(t.Context(), Draft(1, n, 0), 0))(t)
}

// admit admits exactly one task and returns its admission.
func admit(t *testing.T, s Store) task.Admission {
	t.Helper()
	all := got(s.Admit(t.Context(), 1))(t)
	if len(all) != 1 {
		t.Fatalf("admitted %v, want one task", all)
	}
	return all[0]
}

func request(a task.Admission, delivered int) task.ClaimRequest {
	return task.ClaimRequest{Admission: a, Delivered: delivered, Worker: "worker", MaxAttempts: 5}
}

// claim claims a task that can be claimed.
func claim(t *testing.T, s Store, r task.ClaimRequest) *task.Claim {
	t.Helper()
	c, outcome, err := s.Claim(t.Context(), r)
	must(t, err)
	if outcome != task.Claimed {
		t.Fatalf("outcome %d, want Claimed", outcome)
	}
	return c
}

// running creates, admits and claims the n-th job.
func running(t *testing.T, s Store, n int) *task.Claim {
	t.Helper()
	create(t, s, n)
	return claim(t, s, request(admit(t, s), 1))
}

// complete is a result in which all went well.
func complete(j *api.Job) task.Result {
	var r task.Result
	for i := range j.Outputs {
		r.Outputs = append(r.Outputs, task.OutputResult{Index: i, Status: transcode.Complete})
	}
	for i := range j.Playlists {
		r.Playlists = append(r.Playlists, task.PlaylistResult{Index: i, Status: transcode.Complete})
	}
	return r
}

func status(t *testing.T, s Store, id string) transcode.Status {
	t.Helper()
	return transcode.Status(*got(s.Job(t.Context(), id))(t).Status)
}

func wantStatus(t *testing.T, s Store, id string, want transcode.Status) {
	t.Helper()
	if is := status(t, s, id); is != want {
		t.Fatalf("job is %s, want %s", is, want)
	}
}

// states lists the states of the events in the outbox.
func states(t *testing.T, s Store) []string {
	t.Helper()
	var all []string
	for _, e := range got(s.Events(t.Context(), 1000))(t) {
		all = append(all, e.State)
	}
	return all
}
