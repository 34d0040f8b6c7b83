package clients

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// commandLine is the AWS command line, one process for each call.
type commandLine struct{ setup setup }

func openCommandLine(_ *testing.T, s setup) client { return commandLine{s} }

var (
	capital = regexp.MustCompile(`(.)([A-Z])`)
	// awsError is how the command line reports an exception.
	awsError = regexp.MustCompile(`^An error occurred \((\w+)\) when calling the (\w+) operation: (.*)$`)
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
	cmd := exec.CommandContext(t.Context(), "/usr/bin/aws", args...)
	cmd.Env = c.setup.env()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		said := strings.TrimSpace(stderr.String())
		if m := awsError.FindStringSubmatch(said); m != nil {
			return answer{Error: &failure{Code: m[1], Message: m[3]}}
		}
		return answer{Error: &failure{Class: err.Error(), Message: said}}
	}
	result := object{} // no output: the operation has no result members
	if len(bytes.TrimSpace(out)) > 0 {
		result = document(t, out)
	}
	if r.Do == "pages" {
		return answer{Pages: []object{result}}
	}
	return answer{Result: result}
}
