package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/task"
)

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
	tasksDesc      = desc("tasks", "Tasks by state.", "state")
	oldestDesc     = desc("oldest_waiting_seconds", "Age of the task that waits longest.")
	deliveriesDesc = desc("deliveries", "Notifications that are not delivered, by state: pending, dead.", "state")
	slotsDesc      = desc("worker_slots", "Jobs a worker takes at once.", "worker")
	busyDesc       = desc("worker_running", "Jobs a worker has now.", "worker")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// stateTimeout bounds what one scrape may ask of store and queue.
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
		set(tasksDesc, float64(s.Waiting), "waiting")
		set(tasksDesc, float64(s.Admitted), "admitted")
		set(tasksDesc, float64(s.Running), "running")
		set(tasksDesc, float64(s.GivenUp), "dead")
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
