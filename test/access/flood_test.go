package access

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	// mostMemory is what the server may take at most, in bytes, whoever asks for what.
	mostMemory = 250 << 20
	// promptly is how long ReadJob may take during a flood, but for one of a hundred.
	promptly = 50 * time.Millisecond
	// floodTime is how long the whole flood lasts (REELASTIC_SOAK).
	floodTime = 5 * time.Minute
)

// besieged is a server with a job that its owner reads, and a caller who may do nothing.
type besieged struct {
	*desk
	job, pipeline string
	nobody        who
}

func besiege(t *testing.T) *besieged {
	t.Helper()
	b := &besieged{desk: &desk{Server: reelastictest.Start(t, "--workers", "0",
		"--subscriber-networks", "127.0.0.0/8")}}
	owner := b.settle(t, "owner")
	b.job, b.pipeline = owner.job, owner.pipeline
	b.nobody = b.create(t, "nobody", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"elastictranscoder:ReadPreset","Resource":"*"}]}`)
	return b
}

// prepared are the bytes of a request as somebody; without a key it is not signed. They are
// good for a quarter of an hour.
func (b *besieged) prepared(t *testing.T, as who, method, path, body string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.Endpoint()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if as != (who{}) {
		key := sigv4.Credentials{AccessKeyID: as[0], SecretAccessKey: as[1]}
		if err := sigv4.Sign(r, []byte(body), key, "us-east-1", "elastictranscoder", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// refusals are the requests of those who may not make them.
func (b *besieged) refusals(t *testing.T) [][]byte {
	stranger, liar := who{"RLASTRANGER", "secret"}, who{b.nobody[0], "no secret"}
	large := `{"PipelineId":"` + strings.Repeat("x", 60<<10) + `"}`
	announced, _, _ := bytes.Cut(b.prepared(t, who{}, "POST", base+"/jobs", strings.Repeat("x", 1<<20)), []byte("xxx"))
	return [][]byte{
		b.prepared(t, who{}, "GET", base+"/jobs/"+b.job, ""),
		b.prepared(t, who{}, "POST", base+"/jobs", large),
		announced, // and not sent
		b.prepared(t, stranger, "GET", base+"/jobs/"+b.job, ""),
		b.prepared(t, stranger, "POST", base+"/jobs", large),
		b.prepared(t, liar, "GET", base+"/jobs/"+b.job, ""),
		b.prepared(t, liar, "POST", base+"/jobs", large),
		b.prepared(t, b.nobody, "GET", base+"/jobs/"+b.job, ""),
		b.prepared(t, b.nobody, "POST", base+"/jobs", large),
		b.prepared(t, b.nobody, "GET", base+"/pipelines", ""),
	}
}

// line is a connection that is opened again whenever the server has closed it.
type line struct {
	addr   string
	conn   net.Conn
	reader *bufio.Reader
}

func (l *line) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}

// exchange sends a request and returns the code of the answer: the type of the error, or the
// status.
func (l *line) exchange(request []byte) (code string, err error) {
	if l.conn == nil {
		if l.conn, err = net.Dial("tcp", l.addr); err != nil {
			return "", err
		}
		l.reader = bufio.NewReaderSize(l.conn, 1<<10)
	}
	// The server may have answered before it has read everything.
	_, _ = l.conn.Write(request)
	answer, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		l.close()
		return "", err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err != nil || answer.Close {
		l.close()
	}
	code, _, _ = strings.Cut(answer.Header.Get("X-Amzn-Errortype"), ":")
	if code == "" {
		code = answer.Status
	}
	return code, err
}

// flood is what many who send requests were told.
type flood struct {
	mu    sync.Mutex
	codes map[string]int
}

// send has so many lines send a request each, by their number, as long as more says.
func (f *flood) send(addr string, lines int, request func(line int) []byte, more func(sent int) bool) {
	var all sync.WaitGroup
	for i := range lines {
		all.Go(func() {
			l, codes, text := &line{addr: addr}, map[string]int{}, request(i)
			defer l.close()
			for sent := 0; more(sent); sent++ {
				code, err := l.exchange(text)
				if err != nil {
					code = "cut off"
				}
				codes[code]++
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			for code, n := range codes {
				f.codes[code] += n
			}
		})
	}
	all.Wait()
}

// String is how many answers there were of each code.
func (f *flood) String() string {
	var all []string
	for _, code := range slices.Sorted(maps.Keys(f.codes)) {
		all = append(all, fmt.Sprintf("%s %d", code, f.codes[code]))
	}
	return strings.Join(all, ", ")
}

// only fails the test where an answer had another code.
func (f *flood) only(t *testing.T, codes ...string) {
	t.Helper()
	for code := range f.codes {
		if !slices.Contains(codes, code) {
			t.Errorf("answers %s, want %s only", f, codes)
		}
	}
}

// small fails the test where the server has taken too much.
func (b *besieged) small(t *testing.T, f *flood) {
	t.Helper()
	peak := reelastictest.PeakMemory(b.PID())
	t.Logf("| %s | %s | %d MB |", t.Name(), f, peak>>20)
	if peak == 0 || peak > mostMemory {
		t.Errorf("the server has taken %d MB", peak>>20)
	}
}

// TestFlood has many connections send requests without a signature, with a wrong one, and
// without a right, while somebody reads a job. How long that takes counts in the whole form
// only, which is for a machine with nothing else to do.
func TestFlood(t *testing.T) {
	b := besiege(t)
	lines, until := 300, time.Time{}
	more := func(sent int) bool { return sent < 4 }
	if reelastictest.Soak {
		lines, until = 1000, time.Now().Add(floodTime)
		more = func(int) bool { return time.Now().Before(until) }
	}
	refused, ended := &flood{codes: map[string]int{}}, make(chan struct{})
	requests := b.refusals(t)
	own := b.prepared(t, b.first(), "GET", base+"/jobs/"+b.job, "")
	go func() {
		defer close(ended)
		refused.send(b.Addr(), lines, func(i int) []byte { return requests[i%len(requests)] }, more)
	}()
	took := b.readJob(t, own, ended)
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("%d connections; %d ReadJobs beside: p50 %v, p99 %v", lines, len(took), p50, p99)
	// Connections that are being closed count, so that some are beyond the bound of an address.
	refused.only(t, "MissingAuthenticationTokenException", "AccessDeniedException", "cut off")
	b.small(t, refused)
	if reelastictest.Soak && p99 > promptly {
		t.Errorf("a ReadJob takes %v (p99)", p99)
	}
}

// readJob reads a job over and over until the flood has ended, and returns how long each took.
func (b *besieged) readJob(t *testing.T, request []byte, ended <-chan struct{}) (took []time.Duration) {
	t.Helper()
	own := &line{addr: b.Addr()}
	defer own.close()
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for {
		began := time.Now()
		code, err := own.exchange(request)
		if err != nil || code != "200 OK" {
			t.Errorf("ReadJob answers %s, %v", code, err)
		}
		took = append(took, time.Since(began))
		select {
		case <-ended:
			return took
		case <-pace.C:
		}
	}
}

// TestAmplifications has clients send what is to cost the server much: each to a server of its
// own, whose memory is measured.
func TestAmplifications(t *testing.T) {
	once := func(sent int) bool { return sent < 1 }
	for _, c := range []struct {
		name    string
		lines   int
		request func(t *testing.T, b *besieged) []byte
		codes   []string
	}{
		{"bodies of a caller without rights", 64, func(t *testing.T, b *besieged) []byte {
			return b.prepared(t, b.nobody, "POST", base+"/jobs", deep(b.pipeline, `{"Key":"a"}`))
		}, []string{"AccessDeniedException", "ThrottlingException", "cut off"}},
		{"bodies of a caller with rights", 64, func(t *testing.T, b *besieged) []byte {
			return b.prepared(t, b.first(), "POST", base+"/jobs", deep(b.pipeline, `{"Key":"a"}`))
		}, []string{"ValidationException", "ThrottlingException", "cut off"}},
		{"bodies of empty texts", 64, func(t *testing.T, b *besieged) []byte {
			return b.prepared(t, b.first(), "POST", base+"/jobs", deep(b.pipeline, `{}`))
		}, []string{"ValidationException", "ThrottlingException", "cut off"}},
		{"bodies without a signature", 1200, func(t *testing.T, b *besieged) []byte {
			return b.prepared(t, who{}, "POST", base+"/jobs", deep(b.pipeline, `{}`))
		}, []string{"MissingAuthenticationTokenException", "cut off"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := besiege(t)
			f := &flood{codes: map[string]int{}}
			request := c.request(t, b)
			f.send(b.Addr(), c.lines, func(int) []byte { return request }, once)
			f.only(t, c.codes...)
			b.small(t, f)
		})
	}
	t.Run("connections that say nothing more", func(t *testing.T) {
		b := besiege(t)
		b.small(t, b.hold(t, 1200, []byte("POST "+base+"/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n"+
			"X-A: "+strings.Repeat("a", 32<<10)), nil))
	})
	t.Run("event streams", func(t *testing.T) {
		b := besiege(t)
		f := b.hold(t, 1000, b.prepared(t, b.first(), "GET", "/v1/jobs/"+b.job+"/events", ""), statusOf)
		f.only(t, "200 OK", "429 Too Many Requests")
		if f.codes["200 OK"] != 200 {
			t.Errorf("streams: %s, want 200 of them", f)
		}
		b.small(t, f)
	})
}

// deep is a request of about 1 MiB whose list has very many members.
func deep(pipeline, member string) string {
	text := `{"PipelineId":"` + pipeline + `","Inputs":[` + member
	return text + strings.Repeat(","+member, (1<<20-len(text)-2)/(len(member)+1)) + `]}`
}

// hold opens connections that stay, sends a request on each, and reads jobs beside. Read is
// what the server says on each; nil where it waits for more.
func (b *besieged) hold(t *testing.T, lines int, request []byte, read func(net.Conn) string) *flood {
	t.Helper()
	own, reading := &line{addr: b.Addr()}, b.prepared(t, b.first(), "GET", base+"/jobs/"+b.job, "")
	defer own.close()
	f := &flood{codes: map[string]int{}}
	for i := range lines {
		conn, err := net.Dial("tcp", b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = conn.Write(request) // the server has closed those that are too many
		code := "held"
		if read != nil {
			code = read(conn)
		}
		f.codes[code]++
		if i%10 != 0 {
			continue
		}
		if code, err := own.exchange(reading); err != nil || code != "200 OK" {
			t.Fatalf("ReadJob beside %d connections answers %s, %v", i, code, err)
		}
	}
	return f
}

// statusOf is the status of an answer that may not end.
func statusOf(conn net.Conn) string {
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err.Error()
	}
	return answer.Status
}
