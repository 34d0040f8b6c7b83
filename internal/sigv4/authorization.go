package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The members of a presigned query.
const (
	queryAlgorithm     = "X-Amz-Algorithm"
	queryCredential    = "X-Amz-Credential"
	queryDate          = "X-Amz-Date"
	queryExpires       = "X-Amz-Expires"
	querySignedHeaders = "X-Amz-SignedHeaders"
	querySignature     = "X-Amz-Signature"
	queryToken         = "X-Amz-Security-Token"
	queryPayload       = "X-Amz-Content-Sha256"
)

var queryNames = []string{queryAlgorithm, queryCredential, queryDate, queryExpires,
	querySignedHeaders, querySignature, queryToken, queryPayload}

// authorization is what a request says about its own signature.
type authorization struct {
	accessKeyID   string
	scope         scope
	signedHeaders []string
	signature     string
	at            time.Time
	stamps        []string // what the string to sign may have for at
	token         string   // empty: none
	payload       string   // the payload hash the client states; empty: none
	presigned     bool
	expires       time.Duration // presigned only
}

// parseAuthorization reads the authentication of a request in whichever form it
// has, and refuses what is malformed or ambiguous.
func parseAuthorization(r *http.Request, query []pair) (*authorization, error) {
	presigned := slices.ContainsFunc(query, func(p pair) bool {
		return p.name == queryAlgorithm || p.name == queryCredential || p.name == querySignature
	})
	header := r.Header["Authorization"]
	switch {
	case presigned && len(header) > 0:
		return nil, refuse(IncompleteSignature, "The request is signed twice, in the Authorization header and in "+
			"the query string.")
	case presigned:
		return parsePresigned(r, query)
	case len(header) == 0 || len(header) == 1 && header[0] == "":
		return nil, refuse(MissingAuthentication, "The request has neither an Authorization header nor a presigned "+
			"query string.")
	case len(header) > 1:
		return nil, refuse(IncompleteSignature, "The request has more than one Authorization header.")
	}
	return parseHeader(r, header[0])
}

func parseHeader(r *http.Request, value string) (*authorization, error) {
	fields, err := parseFields(value)
	if err != nil {
		return nil, err
	}
	a := &authorization{}
	if err := a.setSigned(fields["Credential"], fields["SignedHeaders"], fields["Signature"]); err != nil {
		return nil, err
	}
	if err := a.headerDate(r); err != nil {
		return nil, err
	}
	if a.token, err = single(r.Header, "X-Amz-Security-Token"); err != nil {
		return nil, err
	}
	if a.payload, err = single(r.Header, "X-Amz-Content-Sha256"); err != nil {
		return nil, err
	}
	return a, a.check()
}

// parseFields splits an Authorization header. botocore separates the fields by
// comma and space, boto2 by comma alone.
func parseFields(value string) (map[string]string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if scheme != algorithm {
		return nil, refuse(IncompleteSignature, "The Authorization header does not begin with %s.", algorithm)
	}
	fields := make(map[string]string, 3)
	for field := range strings.SplitSeq(rest, ",") {
		name, v, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential", "SignedHeaders", "Signature":
		default:
			return nil, refuse(IncompleteSignature, "The Authorization header has the unknown field %q.", clip(name))
		}
		if _, twice := fields[name]; twice {
			return nil, refuse(IncompleteSignature, "The Authorization header has the field %s twice.", name)
		}
		fields[name] = v
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if fields[name] == "" {
			return nil, refuse(IncompleteSignature, "The Authorization header lacks the field %s.", name)
		}
	}
	return fields, nil
}

func parsePresigned(r *http.Request, query []pair) (*authorization, error) {
	fields := make(map[string]string, len(queryNames))
	for _, p := range query {
		if !slices.Contains(queryNames, p.name) {
			continue
		}
		if _, twice := fields[p.name]; twice {
			return nil, refuse(IncompleteSignature, "The query string has %s twice.", p.name)
		}
		fields[p.name] = p.value
	}
	for _, name := range []string{queryAlgorithm, queryCredential, queryDate, queryExpires, querySignedHeaders,
		querySignature} {
		if fields[name] == "" {
			return nil, refuse(IncompleteSignature, "The presigned query string lacks %s.", name)
		}
	}
	if fields[queryAlgorithm] != algorithm {
		return nil, refuse(IncompleteSignature, "%s is not %s.", queryAlgorithm, algorithm)
	}
	a := &authorization{presigned: true, token: fields[queryToken], payload: fields[queryPayload]}
	if err := a.setSigned(fields[queryCredential], fields[querySignedHeaders], fields[querySignature]); err != nil {
		return nil, err
	}
	if !a.setDate(fields[queryDate]) {
		return nil, refuse(IncompleteSignature, "%s %q is not of the form YYYYMMDDTHHMMSSZ.", queryDate,
			clip(fields[queryDate]))
	}
	seconds, err := strconv.ParseUint(fields[queryExpires], 10, 32)
	if err != nil || seconds < 1 || seconds > uint64(MaxExpiry/time.Second) {
		return nil, refuse(IncompleteSignature, "%s %q is not a number of seconds from 1 to 604800 (7 days).",
			queryExpires, clip(fields[queryExpires]))
	}
	a.expires = time.Duration(seconds) * time.Second
	if err := a.fillFromHeaders(r); err != nil {
		return nil, err
	}
	return a, a.check()
}

// fillFromHeaders takes a presigned request's token and payload hash from the
// headers where the query has none.
func (a *authorization) fillFromHeaders(r *http.Request) error {
	token, err := single(r.Header, "X-Amz-Security-Token")
	if err != nil {
		return err
	}
	payload, err := single(r.Header, "X-Amz-Content-Sha256")
	if err != nil {
		return err
	}
	if token != "" {
		if a.token != "" && a.token != token {
			return refuse(IncompleteSignature, "The request has two different session tokens.")
		}
		a.token = token
	}
	if payload != "" {
		if a.payload != "" && a.payload != payload {
			return refuse(IncompleteSignature, "The request has two different values of X-Amz-Content-Sha256.")
		}
		a.payload = payload
	}
	return nil
}

func (a *authorization) setSigned(credential, signedHeaders, sig string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || slices.Contains(parts, "") || parts[4] != scopeEnd {
		return refuse(IncompleteSignature, "Credential is not of the form <access key>/<date>/<region>/<service>/%s.",
			scopeEnd)
	}
	a.accessKeyID, a.scope = parts[0], scope{parts[1], parts[2], parts[3]}

	a.signedHeaders = strings.Split(signedHeaders, ";")
	for i, name := range a.signedHeaders {
		if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, " \t\r\n:") {
			return refuse(IncompleteSignature, "SignedHeaders has %q, which is not a header name in lower case.",
				clip(name))
		}
		if i > 0 && a.signedHeaders[i-1] >= name {
			return refuse(IncompleteSignature, "SignedHeaders is not sorted, or has %q twice.", clip(name))
		}
	}

	a.signature = sig
	if len(sig) != 64 || strings.Trim(sig, "0123456789abcdef") != "" {
		return refuse(IncompleteSignature, "Signature is not 64 hexadecimal digits in lower case.")
	}
	return nil
}

// headerDate reads the date that the header form signs: X-Amz-Date, or else
// Date. Whichever counts must be signed.
func (a *authorization) headerDate(r *http.Request) error {
	for _, name := range []string{"X-Amz-Date", "Date"} {
		value, err := single(r.Header, name)
		if err != nil {
			return err
		}
		if value == "" {
			continue
		}
		if !slices.Contains(a.signedHeaders, strings.ToLower(name)) {
			return refuse(IncompleteSignature, "The header %s is not among the SignedHeaders.", name)
		}
		if !a.setDate(strings.TrimSpace(value)) {
			return refuse(IncompleteSignature, "The header %s has %q, which is not a date.", name, clip(value))
		}
		return nil
	}
	return refuse(IncompleteSignature, "The request has neither an X-Amz-Date nor a Date header.")
}

// setDate reads a date: ISO 8601, basic or extended, the HTTP forms, and the numeric
// zone that Python's email.utils.formatdate writes. The string to sign has it in the
// basic form, whatever was sent: so does a Ruby client of 2013, which sends the
// extended one. A client that keeps to one form may have that.
func (a *authorization) setDate(s string) bool {
	for _, layout := range []string{isoBasic, time.RFC3339, time.RFC1123Z, http.TimeFormat, time.RFC850, time.ANSIC} {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		a.at = at.UTC()
		a.stamps = []string{a.at.Format(isoBasic)}
		if layout == time.RFC3339 {
			a.stamps = append(a.stamps, s)
		}
		return true
	}
	return false
}

// check holds the rules that join the parts.
func (a *authorization) check() error {
	if !slices.Contains(a.signedHeaders, "host") {
		return refuse(IncompleteSignature, "The header host is not among the SignedHeaders.")
	}
	if date := a.at.Format(scopeDate); a.scope.date != date {
		return refuse(IncompleteSignature, "The date of the credential scope, %q, is not that of the request, %s.",
			clip(a.scope.date), date)
	}
	return nil
}

// single returns a header that may be sent at most once; "" when it is absent.
func single(h http.Header, name string) (string, error) {
	switch values := h[http.CanonicalHeaderKey(name)]; len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", refuse(IncompleteSignature, "The request has more than one %s header.", name)
	}
}

// clip bounds what an error quotes of a client's text.
func clip(s string) string {
	const limit = 40
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
