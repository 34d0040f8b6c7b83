package transcode

import (
	"fmt"
	"strings"
	"time"
)

// RoleCredentials are what a role gives for a time. They are secret: never logged.
type RoleCredentials struct {
	AccessKeyID, SecretAccessKey string
	// SessionToken is "" for credentials that are not of a session.
	SessionToken string
	// Expires is when they end; the zero time is never.
	Expires time.Time
}

// RoleRefused is 2000: the pipeline's role can't be assumed. Why is the reason of
// who was asked, with its full stop.
func RoleRefused(role, why string) *Failure {
	return &Failure{CodeRoleRefused,
		fmt.Sprintf("Amazon Elastic Transcoder could not assume the role of the pipeline: role=%s.", role),
		why + roleAdvice}
}

const roleAdvice = " Allow it, or correct the pipeline's Role, and submit the job again."

// RoleReason is why [RoleRefused] was told that a role can't be assumed.
func RoleReason(f *Failure) string { return strings.TrimSuffix(f.Advice, roleAdvice) }
