package server

import (
	"net"
	"net/netip"
	"sync"
)

// quota bounds how many of something there are at once, in all and for each holder. It
// may be used from several goroutines at once.
type quota struct {
	total, each int

	mu   sync.Mutex
	held map[string]int // by holder; none has 0
	used int
}

func newQuota(total, each int) *quota {
	return &quota{total: total, each: each, held: map[string]int{}}
}

// take takes one for a holder, and reports whether there was one left.
func (q *quota) take(holder string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used >= q.total || q.held[holder] >= q.each {
		return false
	}
	q.used++
	q.held[holder]++
	return true
}

// give gives back what was taken.
func (q *quota) give(holder string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used--
	if q.held[holder]--; q.held[holder] == 0 {
		delete(q.held, holder)
	}
}

// source is who may be behind an address and port: the address, or the network of 64 bits
// that IPv6 gives to one customer.
func source(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}

// boundListener closes connections beyond a quota, by source, as soon as they are there:
// those that wait in a queue would keep out everybody.
type boundListener struct {
	net.Listener
	quota *quota
}

// Accept waits for a connection within the quota.
func (l boundListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := source(c.RemoteAddr().String())
		if l.quota.take(from) {
			return &boundConn{Conn: c, give: sync.OnceFunc(func() { l.quota.give(from) })}, nil
		}
		_ = c.Close()
	}
}

type boundConn struct {
	net.Conn
	give func()
}

// Close gives the connection's place back.
func (c *boundConn) Close() error {
	defer c.give()
	return c.Conn.Close()
}
