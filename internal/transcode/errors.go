package transcode

import (
	"fmt"

	"github.com/reelastic/reelastic/api"
)

// Error is something that the client did and may read. The texts of the
// constructors are those of the original (original.md 7), full stops
// and their absence included.
type Error struct {
	// Code is the exception that the client sees.
	Code api.ErrorCode
	// Message is a sentence that names the member and quotes the value.
	Message string
}

// Error is the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Errorf makes an [Error] with a formatted message.
func Errorf(code api.ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// PipelineNotFound is the answer to an id of no pipeline.
func PipelineNotFound(account, id string) *Error {
	return Errorf(api.ResourceNotFoundException, "The specified pipeline was not found: account=%s, pipelineId=%s.",
		account, id)
}

// JobNotFound is the answer to an id of no job.
func JobNotFound(account, id string) *Error {
	return Errorf(api.ResourceNotFoundException, "The specified job was not found: account=%s, jobId=%s.", account, id)
}

// PresetNotFound is the answer to an id of no preset; the original's text has
// no full stop.
func PresetNotFound(account, id string) *Error {
	return Errorf(api.ResourceNotFoundException, "The specified preset was not found: account=%s, presetId=%s",
		account, id)
}

// PipelineInUse refuses to delete a pipeline that has jobs to do.
func PipelineInUse(account, id string) *Error {
	return Errorf(api.ResourceInUseException, "The pipeline contains active jobs: account=%s, pipeline=%s.", account,
		id)
}

// JobInUse refuses to cancel a job that is no longer Submitted.
func JobInUse(account, id string) *Error {
	return Errorf(api.ResourceInUseException, "The job was already in use: accountId=%s, resourceId=%s.", account, id)
}

// SystemPresetDelete refuses to delete a preset that comes with the service.
func SystemPresetDelete(account, id string) *Error {
	return Errorf(api.AccessDeniedException, "Deleting a system preset is not allowed: account=%s, presetId=%s.",
		account, id)
}

// PipelineLimit reports that the account has all the pipelines it may have.
func PipelineLimit(account string, limit int) *Error {
	return Errorf(api.LimitExceededException,
		"The account already has the maximum number of pipelines allowed: account=%s, maximum number of pipelines=%d",
		account, limit)
}

// PresetLimit reports that the account has all the custom presets it may have.
func PresetLimit(account string, limit int) *Error {
	return Errorf(api.LimitExceededException,
		"The account already has the maximum number of presets allowed: account=%s, maximum number of presets=%d",
		account, limit)
}

// JobLimit reports that the pipeline has all the waiting jobs it may have.
func JobLimit(account string, limit int) *Error {
	return Errorf(api.LimitExceededException,
		"The account already has the maximum number of jobs per pipeline in the backlog: account=%s, maximum number "+
			"of jobs in backlog for pipeline=%d", account, limit)
}

// invalidf refuses a request in words of its own.
func invalidf(format string, args ...any) *Error {
	return Errorf(api.ValidationException, format, args...)
}

// invalid refuses the value of a member and says what is allowed instead.
func invalid(member, value, allowed string) *Error {
	return invalidf("%s %q is not valid: %s.", member, value, allowed)
}

// missing refuses a document without a member that it needs.
func missing(member string) *Error { return invalidf("%s is not allowed to be null.", member) }
