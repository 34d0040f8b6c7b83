package identity

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/reelastic/reelastic/internal/transcode"
)

// roleARN is the form of roles in pipelines (API model).
var roleARN = regexp.MustCompile(`^arn:aws:iam::\w{12}:role/.+$`)

// FileRoles takes the credentials of roles from a file in the form of AWS's shared
// credentials file, mode 0600, whose profiles are named by the ARNs of roles; the
// profile default is for roles that it does not name. The file is read again for each
// use, so that it may be replaced; it must be there and right at the start.
func FileRoles(path string) (*Roles, error) {
	if _, err := readRoles(path); err != nil {
		return nil, err
	}
	return newRoles(func(_ context.Context, role string) (transcode.RoleCredentials, error) {
		roles, err := readRoles(path)
		if err != nil {
			return transcode.RoleCredentials{}, err
		}
		for _, name := range []string{role, ownProfile} {
			if found, ok := roles[name]; ok {
				return found, nil
			}
		}
		return transcode.RoleCredentials{}, transcode.RoleRefused(role,
			"The roles file of this installation does not name it, and has no profile default.")
	}), nil
}

// readRoles reads the whole file.
func readRoles(path string) (map[string]transcode.RoleCredentials, error) {
	content, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	roles := map[string]transcode.RoleCredentials{}
	for line := range bytes.Lines(content) {
		name, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "[")
		if !ok {
			continue
		}
		name = strings.TrimSpace(strings.TrimSuffix(name, "]"))
		if name != ownProfile && !roleARN.MatchString(name) {
			return nil, fmt.Errorf("%s: the profile %q is not valid: it must be default or the ARN of a role",
				path, name)
		}
		if _, twice := roles[name]; twice {
			return nil, fmt.Errorf("%s: the profile %q must be there only once", path, name)
		}
		c, err := ParseFile(content, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		roles[name] = transcode.RoleCredentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
			SessionToken: c.SessionToken}
	}
	if len(roles) == 0 {
		return nil, fmt.Errorf("%s must have a profile", path)
	}
	return roles, nil
}
