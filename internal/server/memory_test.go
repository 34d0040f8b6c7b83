package server_test

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// memory is a store for tests, so that a store can fail on cue.
type memory struct {
	mu        sync.Mutex
	pipelines map[string]*api.Pipeline
	presets   map[string]*api.Preset
	jobs      map[string]*api.Job
	progress  map[string]task.Progress
	givenUp   []task.GivenUp  // newest first
	fail      error           // every call fails with it
	panics    bool            // every call panics
	duplicate int             // so many ids are "taken"
	reads     chan struct{}   // tells of every call of Progress, unless it is nil
	hold      <-chan struct{} // Pipeline waits for it, unless it is nil
	entered   chan struct{}   // tells that Pipeline waits
}

func newMemory() *memory {
	return &memory{pipelines: map[string]*api.Pipeline{}, presets: map[string]*api.Preset{},
		jobs: map[string]*api.Job{}, progress: map[string]task.Progress{}}
}

// enter begins a call.
func (m *memory) enter() error {
	m.mu.Lock()
	if m.panics {
		m.mu.Unlock()
		panic("the store panics")
	}
	if m.fail != nil {
		m.mu.Unlock()
		return m.fail
	}
	return nil
}

func clone[T any](v *T) *T {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	c := new(T)
	if err := json.Unmarshal(text, c); err != nil {
		panic(err)
	}
	return c
}

func (m *memory) Ping(context.Context) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.mu.Unlock()
	return nil
}

func create[T any](m *memory, rows map[string]*T, id string, row *T, limit int) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if m.duplicate > 0 {
		m.duplicate--
		return transcode.ErrDuplicateID
	}
	if limit > 0 && len(rows) >= limit {
		return transcode.ErrLimit
	}
	rows[id] = clone(row)
	return nil
}

func read[T any](m *memory, rows map[string]*T, id string) (*T, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	row, ok := rows[id]
	if !ok {
		return nil, transcode.ErrNotFound
	}
	return clone(row), nil
}

func list[T any](m *memory, rows map[string]*T, p transcode.Page, want func(*T) bool) ([]*T, string, error) {
	if err := m.enter(); err != nil {
		return nil, "", err
	}
	defer m.mu.Unlock()
	ids := slices.Sorted(maps.Keys(rows))
	if !p.Ascending {
		slices.Reverse(ids)
	}
	var found []*T
	for _, id := range ids {
		order := cmp.Compare(id, p.After)
		if !p.Ascending {
			order = -order
		}
		if p.After != "" && order <= 0 || !want(rows[id]) {
			continue
		}
		if len(found) == p.Limit {
			return found, lastID(found), nil
		}
		found = append(found, clone(rows[id]))
	}
	return found, "", nil
}

func lastID[T any](rows []*T) string {
	var row struct{ Id string }
	text, err := json.Marshal(rows[len(rows)-1])
	if err == nil {
		err = json.Unmarshal(text, &row)
	}
	if err != nil {
		panic(err)
	}
	return row.Id
}

func all[T any](*T) bool { return true }

func (m *memory) CreatePipeline(_ context.Context, p *api.Pipeline, limit int) error {
	return create(m, m.pipelines, *p.Id, p, limit)
}

func (m *memory) Pipeline(ctx context.Context, id string) (*api.Pipeline, error) {
	if m.hold != nil {
		m.entered <- struct{}{}
		select {
		case <-m.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return read(m, m.pipelines, id)
}

func (m *memory) UpdatePipeline(_ context.Context, id string, change func(*api.Pipeline) error) (*api.Pipeline, error) {
	p, err := read(m, m.pipelines, id)
	if err != nil {
		return nil, err
	}
	if err := change(p); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pipelines[id] = p
	return clone(p), nil
}

func (m *memory) DeletePipeline(_ context.Context, id string) error {
	if _, err := read(m, m.pipelines, id); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, j := range m.jobs {
		if *j.PipelineId == id && !transcode.Status(*j.Status).Final() {
			return transcode.ErrInUse
		}
	}
	delete(m.pipelines, id)
	return nil
}

func (m *memory) Pipelines(_ context.Context, p transcode.Page) ([]*api.Pipeline, string, error) {
	return list(m, m.pipelines, p, func(row *api.Pipeline) bool { return among(p.Pipelines, *row.Id) })
}

// among reports whether a page, or all for nil, has the pipeline.
func among(pipelines []string, id string) bool {
	return pipelines == nil || slices.Contains(pipelines, id)
}

func (m *memory) PipelineIDs(context.Context) ([]string, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.pipelines)), nil
}

// Import is that of a store without quotas in which no job uses a preset.
func (m *memory) Import(_ context.Context, in transcode.Import) ([]transcode.ImportResult, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var results []transcode.ImportResult
	for _, p := range in.Pipelines {
		results = append(results, judgeBrought(in, "pipeline", *p.Id, m.pipelines[*p.Id], p))
	}
	for _, p := range in.Presets {
		results = append(results, judgeBrought(in, "preset", *p.Id, m.presets[*p.Id], p))
	}
	refused := slices.ContainsFunc(results, func(r transcode.ImportResult) bool { return r.Outcome.Refused() })
	switch {
	case in.DryRun:
		return results, nil
	case refused:
		return results, transcode.ErrDuplicateID
	}
	for _, p := range in.Pipelines {
		m.pipelines[*p.Id] = clone(p)
	}
	for _, p := range in.Presets {
		m.presets[*p.Id] = clone(p)
	}
	return results, nil
}

func judgeBrought[T any](in transcode.Import, kind, id string, stored, brought *T) transcode.ImportResult {
	if stored == nil {
		return transcode.ImportResult{Kind: kind, ID: id, Outcome: transcode.ImportCreated}
	}
	result, err := in.JudgeImport(kind, id, stored, brought)
	if err != nil {
		panic(err)
	}
	return result
}

func (m *memory) JobPipeline(_ context.Context, id string) (string, error) {
	job, err := read(m, m.jobs, id)
	if err != nil {
		return "", err
	}
	return *job.PipelineId, nil
}

func (m *memory) CreatePreset(_ context.Context, p *api.Preset, limit int) error {
	return create(m, m.presets, *p.Id, p, limit)
}

func (m *memory) Preset(_ context.Context, id string) (*api.Preset, error) {
	return read(m, m.presets, id)
}

func (m *memory) DeletePreset(_ context.Context, id string) error {
	if _, err := read(m, m.presets, id); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.presets, id)
	return nil
}

func (m *memory) Presets(_ context.Context, p transcode.Page) ([]*api.Preset, string, error) {
	return list(m, m.presets, p, all)
}

func (m *memory) PresetsByID(_ context.Context, ids []string) (map[string]*api.Preset, error) {
	found := map[string]*api.Preset{}
	for _, id := range ids {
		if p, err := read(m, m.presets, id); err == nil {
			found[id] = p
		}
	}
	return found, nil
}

func (m *memory) CreateJob(_ context.Context, d *transcode.JobDraft, maxQueued int) (*api.Job, error) {
	job := clone(d.Doc)
	job.Timing = &api.Timing{SubmitTimeMillis: new(int64(1502631977942))}
	return job, create(m, m.jobs, *job.Id, job, maxQueued)
}

func (m *memory) Job(_ context.Context, id string) (*api.Job, error) { return read(m, m.jobs, id) }

func (m *memory) CancelJob(_ context.Context, id string) error {
	if _, err := read(m, m.jobs, id); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if *m.jobs[id].Status != "Submitted" {
		return transcode.ErrInUse
	}
	m.jobs[id].Status = new("Canceled")
	return nil
}

func (m *memory) JobsByPipeline(_ context.Context, pipelineID string, p transcode.Page) ([]*api.Job, string, error) {
	return list(m, m.jobs, p, func(j *api.Job) bool { return *j.PipelineId == pipelineID })
}

func (m *memory) JobsByStatus(_ context.Context, s transcode.Status, p transcode.Page) ([]*api.Job, string, error) {
	return list(m, m.jobs, p, func(j *api.Job) bool {
		return *j.Status == string(s) && among(p.Pipelines, *j.PipelineId)
	})
}

func (m *memory) Progress(_ context.Context, id string) (*task.Progress, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	p, ok := m.progress[id]
	if !ok {
		return nil, transcode.ErrNotFound
	}
	if m.reads != nil {
		defer func() { m.reads <- struct{}{} }()
	}
	return &p, nil
}

// setProgress stores where a job stands.
func (m *memory) setProgress(p task.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.progress[p.JobID] = p
}

// hand is a queue for tests: the test is the worker.
type hand struct {
	mu    sync.Mutex
	wakes int
	fail  error
	news  chan task.Progress
}

func (q *hand) Ping(context.Context) error { return q.fail }

func (q *hand) Wake(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wakes++
	return q.fail
}

func (q *hand) WatchJob(context.Context, string) (<-chan task.Progress, error) {
	return q.news, q.fail
}

func (q *hand) woken() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wakes
}

// folders are the buckets that exist.
type folders []string

// refusedRole is one that can't be assumed.
const refusedRole = "arn:aws:iam::123456789012:role/refused"

func (f folders) BucketReadable(_ context.Context, role, bucket string) (bool, error) {
	switch {
	case role == refusedRole:
		return false, transcode.RoleRefused(role, "STS says: AccessDenied.")
	case bucket == "broken":
		return false, errAway
	}
	return slices.Contains(f, bucket), nil
}

func (f folders) BucketRegion(_ context.Context, _, bucket string) (string, error) {
	if bucket == "broken" {
		return "", errAway
	}
	return map[string]string{"away": "eu-west-1"}[bucket], nil
}

// topics take messages for one topic.
type topics string

func (one topics) SendTest(_ context.Context, _, topic string) error {
	if topic != string(one) {
		return errAway
	}
	return nil
}

// keys are the access keys of one caller, and what was asked about others.
type keys struct {
	known  sigv4.Credentials
	policy policy.Policy
	fail   error
	// expired lets the key have ended.
	expired bool
	// later changes what is known before the look-up of that number.
	later *change
}

type change struct {
	mu      sync.Mutex
	lookups int
	at      int
	to      func(*keys)
}

// after changes what is known after so many look-ups.
func (k *keys) after(lookups int, to func(*keys)) { k.later = &change{at: lookups, to: to} }

func (k keys) changed() keys {
	if k.later == nil {
		return k
	}
	k.later.mu.Lock()
	defer k.later.mu.Unlock()
	if k.later.lookups++; k.later.lookups > k.later.at {
		k.later.to(&k)
	}
	return k
}

func (k keys) Caller(_ context.Context, id string) (sigv4.Credentials, policy.Caller, error) {
	k = k.changed()
	switch {
	case k.fail != nil:
		return sigv4.Credentials{}, policy.Caller{}, k.fail
	case id != k.known.AccessKeyID:
		return sigv4.Credentials{}, policy.Caller{}, transcode.ErrNotFound
	case k.expired:
		return k.known, policy.Caller{Name: "tester", Policy: k.policy}, transcode.ErrExpired
	}
	return k.known, policy.Caller{Name: "tester", Policy: k.policy}, nil
}

func (k keys) CreateCaller(context.Context, policy.Caller, time.Time) (sigv4.Credentials, error) {
	return sigv4.Credentials{AccessKeyID: "RLAFRESH", SecretAccessKey: "fresh secret"}, k.fail
}

func (k keys) ListKeys(context.Context) ([]policy.Key, error) {
	return []policy.Key{{AccessKeyID: k.known.AccessKeyID, Caller: policy.Caller{Name: "tester", Policy: k.policy},
		Until: time.UnixMilli(5)}}, k.fail
}

func (k keys) RotateKey(_ context.Context, nameOrID string, _ time.Duration, until time.Time) (sigv4.Credentials,
	policy.Key, policy.Key, error) {
	of := policy.Caller{Name: nameOrID, Policy: policy.Presets()}
	return sigv4.Credentials{AccessKeyID: "RLAFRESH", SecretAccessKey: "fresh secret"},
		policy.Key{AccessKeyID: "RLAFRESH", Caller: of, Created: now, Until: until},
		policy.Key{AccessKeyID: "RLAOLD", Caller: of}, k.fail
}

func (k keys) RevokeKeys(_ context.Context, nameOrID string) ([]policy.Key, error) {
	revoked := policy.Caller{Name: nameOrID, Policy: policy.Presets()}
	return []policy.Key{{AccessKeyID: "RLAOLD", Caller: revoked}}, k.fail
}

func (m *memory) GivenUpJobs(_ context.Context, before int64, pipelines []string, limit int) (
	all []task.GivenUp, err error,
) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	for _, g := range m.givenUp {
		if (before == 0 || g.Number < before) && len(all) < limit && among(pipelines, g.PipelineID) {
			all = append(all, g)
		}
	}
	return all, nil
}
