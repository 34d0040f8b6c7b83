// Package taskqueue is the queue: it carries admitted tasks to workers, with
// leases, on NATS JetStream, either inside this process or on remote servers.
// The two differ in how the connection is made and where streams are stored,
// and in nothing else.
//
// A task stands as one message on subject task.<id>.<admission> in a stream of
// work-queue retention. A message in a worker's hands is a lease: it comes back
// when it is not extended within the ack wait. Who runs next is decided in SQL;
// nothing here is the only copy of a fact, and everything here can be lost.
package taskqueue
