package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// MaxBytes is the longest document, without white space between its members, as of
// an inline policy of an IAM role.
const MaxBytes = 10240

// versions are those of the policy language; without one it is the older.
var versions = []string{"2012-10-17", "2008-10-17"}

// actionForm is a service and an operation. The service has no wildcard, as in IAM.
var actionForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}:[A-Za-z0-9*?]{1,128}$`)

// document is a policy on the wire. What is not here is refused.
type document struct {
	Version   string
	Id        string
	Statement many[clause]
}

type clause struct {
	Sid      string
	Effect   string
	Action   many[string]
	Resource many[string]
}

// many is a value or a list of values.
type many[T any] []T

// UnmarshalJSON reads either form.
func (m *many[T]) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		return strict(text, (*[]T)(m))
	}
	var one T
	if err := strict(text, &one); err != nil {
		return err
	}
	*m = many[T]{one}
	return nil
}

// strict decodes one JSON value and refuses members that the structure does not have.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more text follows the document")
	}
	return nil
}

// Parse reads a document: Version, Id, and Statement with Sid, Effect, Action and
// Resource. What IAM has beyond that (NotAction, NotResource, Condition, Principal)
// is refused, because to leave it out would allow more, or less, than it says. An
// error names the member and quotes the value.
func Parse(text []byte) (Policy, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return Policy{}, fmt.Errorf("the policy is not JSON: %w", err)
	}
	if n := compact.Len(); n > MaxBytes {
		return Policy{}, fmt.Errorf("the policy has %d bytes; it must have at most %d", n, MaxBytes)
	}
	if err := unsupported(compact.Bytes()); err != nil {
		return Policy{}, err
	}
	var d document
	if err := strict(compact.Bytes(), &d); err != nil {
		return Policy{}, fmt.Errorf("the policy can't be read: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.Version != "" && !slices.Contains(versions, d.Version) {
		return Policy{}, fmt.Errorf("the Version %q is not valid: it must be 2012-10-17 or 2008-10-17", d.Version)
	}
	if len(d.Statement) == 0 {
		return Policy{}, errors.New("the policy has no Statement")
	}
	p := Policy{document: compact.Bytes()}
	for i, c := range d.Statement {
		s, err := c.statement()
		if err != nil {
			return Policy{}, fmt.Errorf("statement %d: %w", i+1, err)
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

// beyond are the members of IAM's statements that are not evaluated here.
var beyond = []string{"NotAction", "NotResource", "Condition", "Principal", "NotPrincipal"}

// unsupported names a member of a statement that IAM has and this package has not.
func unsupported(text []byte) error {
	var d struct {
		Statement many[map[string]json.RawMessage]
	}
	if json.Unmarshal(text, &d) != nil {
		return nil //nolint:nilerr // Parse says what is wrong
	}
	for i, members := range d.Statement {
		for _, name := range beyond {
			if _, ok := members[name]; ok {
				return fmt.Errorf("statement %d: %s is not supported; a statement has Effect, Action and Resource", i+1,
					name)
			}
		}
	}
	return nil
}

func (c clause) statement() (s statement, err error) {
	switch c.Effect {
	case "Allow":
	case "Deny":
		s.deny = true
	default:
		return s, fmt.Errorf(`the Effect %q is not valid: it must be "Allow" or "Deny"`, c.Effect)
	}
	if len(c.Action) == 0 || len(c.Resource) == 0 {
		return s, errors.New("an Action and a Resource must be given")
	}
	for _, a := range c.Action {
		if a != "*" && !actionForm.MatchString(a) {
			return s, fmt.Errorf(`the Action %q is not valid: it must be "*" or of the form "service:Operation"`, a)
		}
		s.actions = append(s.actions, pattern(a))
	}
	for _, r := range c.Resource {
		if parts := strings.SplitN(r, ":", arnParts); r != "*" && (len(parts) < arnParts || parts[0] != "arn") {
			return s, fmt.Errorf(`the Resource %q is not valid: it must be "*" or an ARN of six parts`, r)
		}
		if strings.Contains(r, "${") {
			return s, fmt.Errorf("the Resource %q has a policy variable, which is not supported", r)
		}
		s.resources = append(s.resources, pattern(r))
	}
	return s, nil
}

// All is the policy that allows everything.
func All() Policy {
	return must(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
}

// Presets is the policy that allows to list and read presets, which belong to no caller.
// It is that of callers who are given none.
func Presets() Policy {
	return must(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["elastictranscoder:ListPresets","elastictranscoder:ReadPreset"],"Resource":"*"}]}`)
}

func must(text string) Policy {
	p, err := Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return p
}
