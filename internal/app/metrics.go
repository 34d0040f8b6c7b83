package app

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// hdHeight is the smallest height that was billed as HD (price list of the
// original: below 720 lines is SD).
const hdHeight = 720

// metrics counts what the original counted (original.md 4.17), and the state
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
	sandbox    *prometheus.GaugeVec // by kind

	mu        sync.Mutex
	pipelines *recent.Map[string, struct{}] // that have labels
}

// mostPipelines have labels: those whose jobs ended last. Clients make and delete pipelines.
const mostPipelines = 2000

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(), pipelines: recent.New[string, struct{}](mostPipelines),
		billed: counter("output_seconds_total",
			"Seconds of output made, by kind: hd (720 lines and more), sd, audio.", "kind"),
		jobs: counter("jobs_total", "Jobs finished, by pipeline and status.", "pipeline", "status"),
		outputs: histogram("outputs_per_job", "Outputs of a finished job.",
			[]float64{1, 2, 3, 5, 8, 13, 20, 30}, "pipeline"),
		standby: histogram("standby_seconds", "Seconds between a job's submission and its start.",
			[]float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 1800, 7200}, "pipeline"),
		requests: counter("requests_total", "Requests answered, by operation and error code.", "operation", "code"),
		latency: histogram("request_seconds", "Time to answer a request.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .5, 1, 5}, "operation"),
		errors:   counter("errors_total", "Requests answered with an error, by operation.", "operation"),
		throttle: counter("throttles_total", "Requests refused because of a quota, by operation.", "operation"),
		deliveries: counter("deliveries_total",
			"Tries to deliver a notification, by transport and result: delivered, failed, dead (given up).",
			"transport", "result"),
		speed:   gauge("encode_speed", "Seconds of media encoded in a second of time, by the step that ended last."),
		running: gauge("worker_jobs", "Jobs that the workers of this process have now."),
		sandbox: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "sandbox",
			Help: "1 for what confines ffmpeg here, by kind: bubblewrap, landlock, none."}, []string{"kind"}),
	}
	m.registry.MustRegister(m.billed, m.jobs, m.outputs, m.standby, m.requests, m.latency, m.errors, m.throttle,
		m.deliveries, m.speed, m.running, m.sandbox)
	m.registry.MustRegister(collectors.NewGoCollector())
	m.registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// namespace begins the names of all metrics.
const namespace = "reelastic"

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	opts := prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}
	return prometheus.NewHistogramVec(opts, labels)
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Answered counts a request.
func (m *metrics) Answered(operation string, status int, code api.ErrorCode, took time.Duration) {
	m.requests.WithLabelValues(operation, string(code)).Inc()
	if operation != "v1:ReadJobEvents" { // a stream lasts as long as its job
		m.latency.WithLabelValues(operation).Observe(took.Seconds())
	}
	if status >= http.StatusBadRequest {
		m.errors.WithLabelValues(operation).Inc()
	}
	if status == http.StatusTooManyRequests {
		m.throttle.WithLabelValues(operation).Inc()
	}
}

// Confined tells what confines ffmpeg.
func (m *metrics) Confined(sandbox string) {
	m.sandbox.Reset()
	if sandbox != "" {
		m.sandbox.WithLabelValues(sandbox).Set(1)
	}
}

// JobFinished counts a job and what it made.
func (m *metrics) JobFinished(pipelineID string, r task.Result, standby time.Duration) {
	m.countFor(pipelineID, r, standby)
	for _, o := range r.Outputs {
		if o.Status == transcode.Complete {
			m.billed.WithLabelValues(billedAs(o)).Add(o.Duration.Seconds())
		}
	}
}

// countFor counts a job for its pipeline, and forgets the one of which no job has ended for
// longest where there are too many.
func (m *metrics) countFor(pipelineID string, r task.Result, standby time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if gone, _, full := m.pipelines.Put(pipelineID, struct{}{}); full {
		for _, status := range []transcode.Status{transcode.Complete, transcode.Errored} {
			m.jobs.DeleteLabelValues(gone, string(status))
		}
		m.outputs.DeleteLabelValues(gone)
		m.standby.DeleteLabelValues(gone)
	}
	m.jobs.WithLabelValues(pipelineID, string(r.Status())).Inc()
	m.outputs.WithLabelValues(pipelineID).Observe(float64(len(r.Outputs)))
	m.standby.WithLabelValues(pipelineID).Observe(standby.Seconds())
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
