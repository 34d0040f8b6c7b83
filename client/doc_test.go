package client

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
)

// boto is what boto 2.49 has, read from its package with Python's inspect.
type boto struct {
	Calls      map[string][]string `json:"calls"`
	Module     map[string][]string `json:"module"`
	Connection []string            `json:"connection"`
	Constants  []string            `json:"constants"`
	Exceptions []string            `json:"exceptions"`
}

// names are the names of this package that the table may use. That they exist
// is for the compiler to see.
var names = map[string]any{
	"Regions": Regions, "ConnectToRegion": ConnectToRegion, "Region": Region{}, "New": New, "Option": Option(nil),
	"APIVersion": APIVersion, "DefaultRegionName": DefaultRegionName, "DefaultRegionEndpoint": DefaultRegionEndpoint,
	"ResponseError": ResponseError{}, "TransportError": TransportError{}, "Retry": Retry{}, "Client": &Client{},
	"WithRegion": WithRegion, "WithEndpoint": WithEndpoint, "StaticCredentials": StaticCredentials,
	"WithProxy":       WithProxy,
	"WithRequestHook": WithRequestHook, "WithResponseHook": WithResponseHook, "WithHTTPClient": WithHTTPClient,
	"WithAttemptTimeout": WithAttemptTimeout, "WithUserAgent": WithUserAgent,
	"RequestHeader": RequestHeader, "RequestQuery": RequestQuery, "RequestExpectStatus": RequestExpectStatus,
	"AccessDeniedException": AccessDeniedException{}, "IncompatibleVersionException": IncompatibleVersionException{},
	"InternalServiceException": InternalServiceException{}, "LimitExceededException": LimitExceededException{},
	"ResourceInUseException": ResourceInUseException{}, "ResourceNotFoundException": ResourceNotFoundException{},
	"ValidationException": ValidationException{},
}

// docTable reads the rows of the table; those of arguments are named call.argument.
func docTable(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(file.Doc.Text(), "# From boto\n")
	if !found {
		t.Fatal("the documentation has no table")
	}
	rows := map[string]string{}
	call := ""
	row := regexp.MustCompile(`^\t( *)(\S+) {2,}(\S.*)$`)
	for line := range strings.Lines(text) {
		m := row.FindStringSubmatch(strings.TrimRight(line, "\n"))
		switch {
		case m == nil:
			continue
		case m[1] == "":
			call = m[2]
			rows[call] = m[3]
		default:
			rows[call+"."+m[2]] = m[3]
		}
	}
	return rows
}

// Everything that boto has is in the table.
func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/boto.json")
	if err != nil {
		t.Fatal(err)
	}
	var b boto
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	rows := docTable(t)
	want := slices.Concat(b.Connection, b.Constants, b.Exceptions)
	for _, group := range []map[string][]string{b.Calls, b.Module} {
		for call, arguments := range group {
			want = append(want, call)
			for _, a := range arguments {
				want = append(want, call+"."+a)
			}
		}
	}
	if len(b.Calls) != 18 || len(b.Exceptions) != 7 {
		t.Fatalf("boto has %d calls and %d exceptions?", len(b.Calls), len(b.Exceptions))
	}
	for _, name := range want {
		if rows[name] == "" {
			t.Errorf("the table lacks %s", name)
		}
	}
}

// Everything that the table names is there.
func TestTableIsTrue(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^(?:api\.)?[A-Z]\w*(?:\.\w+)?$`)
	for row, counterpart := range docTable(t) {
		places, _, _ := strings.Cut(counterpart, ": ")
		places, _, _ = strings.Cut(places, ", which")
		for place := range strings.SplitSeq(strings.TrimSuffix(places, ", as below"), ", ") {
			switch {
			case strings.HasPrefix(place, "its argument "), strings.HasPrefix(place, "the profile "), place == "none":
			case !name.MatchString(place):
				t.Errorf("%s: %q is not a name", row, place)
			case !exists(place):
				t.Errorf("%s: there is no %s", row, place)
			}
		}
	}
}

// exists reports whether there is a name of this package, a method or field of
// one of its types, or a member of a request.
func exists(place string) bool {
	if member, ok := strings.CutPrefix(place, "api."); ok {
		request, field, _ := strings.Cut(member, ".")
		op, ok := api.OperationNamed(strings.TrimSuffix(request, "Request"))
		if !ok {
			return false
		}
		of := reflect.TypeOf(op.NewRequest()).Elem()
		_, ok = of.FieldByName(field)
		return ok && of.Name() == request
	}
	of, member, hasMember := strings.Cut(place, ".")
	value, ok := names[of]
	if !ok || !hasMember {
		return ok
	}
	kind := reflect.TypeOf(value)
	if _, ok := kind.MethodByName(member); ok {
		return true
	}
	if kind.Kind() != reflect.Struct {
		return false
	}
	_, ok = kind.FieldByName(member)
	return ok
}

// The check itself can fail.
func TestExistsRefuses(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"Nothing", "Client.Nothing", "Retry.Nothing", "api.CreateJobRequest.Nothing",
		"api.Nothing.Id", "api.CreateJob.Input"} {
		if exists(place) {
			t.Errorf("%s exists", place)
		}
	}
}
