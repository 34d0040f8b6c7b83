// Package notify is the domain of telling: the events of jobs, who subscribed to
// them, their deliveries, and the texts of their messages in the original's form.
package notify
