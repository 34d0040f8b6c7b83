package sdks

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// object is a JSON object as a client shows it.
type object = map[string]any

// client is one of the clients under test. Operations and members have the
// names of the API model.
type client interface {
	// ask does what the request says, once: the clients are told not to retry.
	ask(t *testing.T, r request) answer
}

// request is one line to a driver.
type request struct {
	Do        string `json:"do"` // call, pages or wait
	Operation string `json:"operation"`
	Params    object `json:"params"`
}

// answer is what a client gave back.
type answer struct {
	Result object
	Pages  []object
	Status int // 0 where the client does not say
	Error  *failure
}

// failure is an exception as the client shows it.
type failure struct {
	// Class is the exception's class, Code the name that the client read from
	// the answer; "" where the client has no such thing.
	Class, Code, Message string
	Status               int
}

// setup says how a client reaches the server.
type setup struct {
	addr        string
	credentials aws.Credentials
	version     string // of the API; "" for the client's own
}

// kind is a client and what sets it apart.
type kind struct {
	name  string
	needs []string // a command that succeeds where the client is installed
	dir   string   // where needs is run
	open  func(t *testing.T, s setup) client
	// nulls: absent members reach the user as null, not at all otherwise.
	nulls bool
	// success: an operation without result members gives what the server sent,
	// {"Success":"true"}; nothing otherwise.
	success bool
	// old: the client knows neither Inputs nor UserMetadata.
	old bool
	// pages and waits: the client has paginators and waiters of its own.
	pages, waits bool
	// merges: the paginator gives all pages as one.
	merges bool
	// version: the client can be made to ask for another version of the API.
	version bool
	// classes: exceptions have classes of their own, not just names.
	classes bool
}

// kinds are the clients that programs written for the service use, and this
// project's own.
var kinds = []kind{
	{name: "boto2", needs: []string{reelastictest.Boto2Python(), "-c", "import boto"},
		open: driver(reelastictest.Boto2Python(), "boto2/driver.py"), nulls: true, success: true, old: true,
		version: true, classes: true},
	{name: "boto3", needs: []string{"/usr/bin/python3", "-c", "import boto3"},
		open: driver("/usr/bin/python3", "botocore/driver.py"), pages: true, waits: true, version: true, classes: true},
	{name: "aws", needs: []string{"/usr/bin/python3", "-c", "import awscli.clidriver"},
		open: openCommandLine, pages: true, waits: true, merges: true},
	{name: "go", needs: []string{"go", "version"},
		open: openGo, pages: true, waits: true, version: true, classes: true},
	{name: "reelastic", needs: []string{"go", "version"},
		open: openOwn, nulls: true, success: true, pages: true, waits: true, merges: true, version: true,
		classes: true},
	{name: "js", needs: []string{"node", "-e", "require('@aws-sdk/client-elastic-transcoder')"}, dir: "js",
		open: driver("node", "js/driver.js"), pages: true, waits: true, version: true, classes: true},
}

// eachClient runs a test for every client, at the same time.
func eachClient(t *testing.T, test func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			reelastictest.Need(t, k.dir, k.needs...)
			test(t, k)
		})
	}
}

// of is the setup of a server's first caller.
func of(s *reelastictest.Server) setup {
	return setup{addr: s.Addr(), credentials: s.Credentials()}
}

// env is the environment of a client's process: that of the test without settings
// of AWS clients.
func (s setup) env() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	return append(env, "AWS_CONFIG_FILE="+os.DevNull, "AWS_PAGER=", "TEST_ADDR="+s.addr, "TEST_API_VERSION="+s.version,
		"AWS_ACCESS_KEY_ID="+s.credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+s.credentials.SecretAccessKey,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true",
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore")
}

// session asks one client and stops the test where it can't go on.
type session struct {
	*testing.T
	kind
	client
}

// call calls an operation that must succeed, with the given status where the
// client tells it.
func (s *session) call(operation string, status int, params object) object {
	s.Helper()
	a := s.ask(s.T, request{"call", operation, params})
	if a.Error != nil {
		s.Fatalf("%s %s: %+v", operation, text(s.T, params), *a.Error)
	}
	if a.Status != 0 && a.Status != status {
		s.Errorf("%s: status %d, want %d", operation, a.Status, status)
	}
	return a.Result
}

// refused calls an operation that must fail with an exception.
func (s *session) refused(operation string, params object, exception string, status int, message string) {
	s.Helper()
	a := s.ask(s.T, request{"call", operation, params})
	if a.Error == nil {
		s.Errorf("%s %s succeeded, want %s", operation, text(s.T, params), exception)
		return
	}
	e := *a.Error
	if s.classes && e.Class != exception {
		s.Errorf("%s: class %s, want %s: %+v", operation, e.Class, exception, e)
	}
	if e.Code != "" && e.Code != exception {
		s.Errorf("%s: code %s, want %s: %+v", operation, e.Code, exception, e)
	}
	if e.Status != 0 && e.Status != status {
		s.Errorf("%s: status %d, want %d: %+v", operation, e.Status, status, e)
	}
	if e.Message != message {
		s.Errorf("%s: message\n%s\nwant\n%s", operation, e.Message, message)
	}
}

// shown is what the client shows of a JSON document that the server sends.
func (s *session) shown(document object) object {
	if s.nulls {
		return document
	}
	return withoutNulls(document).(object)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case object:
		kept := object{}
		for name, value := range v {
			if value != nil {
				kept[name] = withoutNulls(value)
			}
		}
		return kept
	case []any:
		kept := []any{}
		for _, value := range v {
			kept = append(kept, withoutNulls(value))
		}
		return kept
	}
	return v
}

// document parses JSON.
func document(t *testing.T, text []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return o
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(b))
}
