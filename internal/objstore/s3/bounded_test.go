package s3

import (
	"fmt"
	"log/slog"
	"testing"
)

// TestNamesAreBounded floods what is kept by roles and buckets, which clients name.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{}, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100_000 {
		name := fmt.Sprint("name-", i)
		s.regions.Put(name, "us-west-2") // as the answer to a request does
		if i < 4*mostClients {           // each costs a tenth of a millisecond
			s.For(name).client(name)
		}
	}
	if n := s.clients.Len(); n > mostClients {
		t.Errorf("%d clients, more than %d", n, mostClients)
	}
	if n := s.regions.Len(); n > mostRegions {
		t.Errorf("%d regions, more than %d", n, mostRegions)
	}
	if one := s.For("one"); one.client("one") != one.client("one") {
		t.Error("a client is made for each request")
	}
}
