package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// hdHeight is the smallest height that was billed as HD (price list of the
// original: below 720 lines is SD).
const hdHeight = 720

// metrics counts what the original counted (behaviour: metrics), and the state
// of queue and workers.
type metrics struct {
	registry *prometheus.Registry

	billed     *prometheus.CounterVec // seconds of output, by kind: hd, sd, audio
	jobs       *prometheus.CounterVec // by pipeline and status
	outputs    *prometheus.HistogramVec
	standby    *prometheus.HistogramVec
	requests   *prometheus.CounterVec // by operation and code
	latency    *prometheus.HistogramVec
	errors     *prometheus.CounterVec // by operation
	throttle   *prometheus.CounterVec // by operation
	deliveries *prometheus.CounterVec // by transport and result
	speed      prometheus.Gauge
	running    prometheus.Gauge
}

func newMetrics() *metrics {
	pipeline, operation := []string{"pipeline"}, []string{"operation"}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		billed: counter("output_seconds_total", "Seconds of output made, by kind: hd (720 lines and more), sd, audio.",
			"kind"),
		jobs: counter("jobs_total", "Jobs finished, by pipeline and status.", "pipeline", "status"),
		outputs: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "reelastic", Name: "outputs_per_job",
			Help: "Outputs of a finished job.", Buckets: []float64{1, 2, 3, 5, 8, 13, 20, 30}}, pipeline),
		standby: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "reelastic", Name: "standby_seconds",
			Help:    "Seconds between a job's submission and its start.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 1800, 7200}}, pipeline),
		requests: counter("requests_total", "Requests answered, by operation and error code.", "operation", "code"),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "reelastic", Name: "request_seconds",
			Help: "Time to answer a request.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .5, 1, 5}}, operation),
		errors:   counter("errors_total", "Requests answered with an error, by operation.", "operation"),
		throttle: counter("throttles_total", "Requests refused because of a quota, by operation.", "operation"),
		deliveries: counter("deliveries_total", "Tries to deliver a notification, by transport and result: delivered, failed, dead (given up).",
			"transport", "result"),
		speed:   gauge("encode_speed", "Seconds of media encoded in a second of time, by the step that ended last."),
		running: gauge("worker_jobs", "Jobs that the workers of this process have now."),
	}
	m.registry.MustRegister(m.billed, m.jobs, m.outputs, m.standby, m.requests, m.latency, m.errors, m.throttle,
		m.deliveries, m.speed, m.running, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "reelastic", Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "reelastic", Name: name, Help: help})
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Answered counts a request.
func (m *metrics) Answered(operation string, status int, code api.ErrorCode, took time.Duration) {
	m.requests.WithLabelValues(operation, string(code)).Inc()
	if operation != "v1:events" { // a stream lasts as long as its job
		m.latency.WithLabelValues(operation).Observe(took.Seconds())
	}
	if status >= http.StatusBadRequest {
		m.errors.WithLabelValues(operation).Inc()
	}
	if status == http.StatusTooManyRequests {
		m.throttle.WithLabelValues(operation).Inc()
	}
}

// JobFinished counts a job and what it made.
func (m *metrics) JobFinished(pipelineID string, r task.Result, standby time.Duration) {
	m.jobs.WithLabelValues(pipelineID, string(r.Status())).Inc()
	m.outputs.WithLabelValues(pipelineID).Observe(float64(len(r.Outputs)))
	m.standby.WithLabelValues(pipelineID).Observe(standby.Seconds())
	for _, o := range r.Outputs {
		if o.Status == transcode.Complete {
			m.billed.WithLabelValues(billedAs(o)).Add(o.Duration.Seconds())
		}
	}
}

func billedAs(o task.OutputResult) string {
	switch {
	case o.Size.IsZero():
		return "audio"
	case min(o.Size.Width, o.Size.Height) >= hdHeight:
		return "hd"
	}
	return "sd"
}

// Delivery counts a try to deliver a notification.
func (m *metrics) Delivery(transport, result string) {
	m.deliveries.WithLabelValues(transport, result).Inc()
}

// EncodeSpeed notes the speed of a step.
func (m *metrics) EncodeSpeed(speed float64) { m.speed.Set(speed) }

// Running notes how many jobs the workers have.
func (m *metrics) Running(jobs int) { m.running.Set(float64(jobs)) }

// queueState is what the gauges of queue and workers are read from.
type queueState interface {
	QueueStats(context.Context) (task.QueueStats, error)
	DeliveryStats(context.Context) (notify.Stats, error)
}

type workerState interface {
	Workers(context.Context) ([]task.WorkerStatus, error)
}

// watch adds the gauges that are read when they are asked for.
func (m *metrics) watch(store queueState, queue workerState) {
	m.registry.MustRegister(&stateCollector{store: store, queue: queue})
}

var (
	tasksDesc      = prometheus.NewDesc("reelastic_tasks", "Tasks by state.", []string{"state"}, nil)
	oldestDesc     = prometheus.NewDesc("reelastic_oldest_waiting_seconds", "Age of the task that waits longest.", nil, nil)
	deliveriesDesc = prometheus.NewDesc("reelastic_deliveries", "Notifications that are not delivered, by state: pending, dead.", []string{"state"}, nil)
	slotsDesc      = prometheus.NewDesc("reelastic_worker_slots", "Jobs a worker takes at once.", []string{"worker"}, nil)
	busyDesc       = prometheus.NewDesc("reelastic_worker_running", "Jobs a worker has now.", []string{"worker"}, nil)
)

// stateTimeout bounds what one scrape may ask of store and engine.
const stateTimeout = 2 * time.Second

type stateCollector struct {
	store queueState
	queue workerState
}

// Describe names the gauges.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{tasksDesc, oldestDesc, deliveriesDesc, slotsDesc, busyDesc} {
		ch <- d
	}
}

// Collect reads the gauges; what can't be read is left out of the scrape.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), stateTimeout)
	defer cancel()
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if s, err := c.store.QueueStats(ctx); err == nil {
		for state, n := range map[string]int{"waiting": s.Waiting, "admitted": s.Admitted, "running": s.Running, "dead": s.Dead} {
			set(tasksDesc, float64(n), state)
		}
		set(oldestDesc, s.OldestWaiting.Seconds())
	}
	if d, err := c.store.DeliveryStats(ctx); err == nil {
		set(deliveriesDesc, float64(d.Pending), notify.Pending)
		set(deliveriesDesc, float64(d.Dead), notify.Dead)
	}
	if workers, err := c.queue.Workers(ctx); err == nil {
		for _, w := range workers {
			set(slotsDesc, float64(w.Slots), w.ID)
			set(busyDesc, float64(w.Running), w.ID)
		}
	}
}
