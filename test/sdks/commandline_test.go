package sdks

import (
	"regexp"
	"strings"
	"testing"
)

// commandLine is the AWS command line, one process for each call.
type commandLine struct {
	process
	setup setup
}

func openCommandLine(t *testing.T, s setup) client {
	return commandLine{open(t, s, "/usr/bin/python3", "awscli/driver.py"), s}
}

var (
	capital = regexp.MustCompile(`(.)([A-Z])`)
	// awsError is how the command line reports an exception.
	awsError = regexp.MustCompile(
		`^An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: 0\))?: (.*)$`)
)

// kebab is a name in the command line's spelling: "ReadJob" is "read-job".
func kebab(name string) string {
	return strings.ToLower(capital.ReplaceAllString(name, "$1-$2"))
}

func (c commandLine) ask(t *testing.T, r request) answer {
	t.Helper()
	args := []string{"--endpoint-url", "http://" + c.setup.addr, "--output", "json", "elastictranscoder"}
	switch r.Do {
	case "wait":
		args = append(args, "wait", kebab(r.Operation), "--id", r.Params["Id"].(string))
	case "pages":
		args = append(args, kebab(r.Operation), "--cli-input-json", text(t, r.Params))
	default:
		args = append(args, kebab(r.Operation), "--cli-input-json", text(t, r.Params))
		if strings.HasPrefix(r.Operation, "List") {
			args = append(args, "--no-paginate")
		}
	}
	var said struct {
		Status         int
		Stdout, Stderr string
	}
	c.Exchange(t, args, &said)
	if said.Status != 0 {
		if m := awsError.FindStringSubmatch(strings.TrimSpace(said.Stderr)); m != nil && said.Status == 254 {
			return answer{Error: &failure{Code: m[1], Message: m[2]}}
		}
		t.Fatalf("aws %q: exit status %d: %s", args, said.Status, said.Stderr)
	}
	result := object{} // no output: the operation has no result members
	if strings.TrimSpace(said.Stdout) != "" {
		result = document(t, []byte(said.Stdout))
	}
	if r.Do == "pages" {
		return answer{Pages: []object{result}}
	}
	return answer{Result: result}
}
