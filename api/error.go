package api

import "strings"

// Headers of every response, in the spelling of the original.
const (
	HeaderErrorType = "x-amzn-ErrorType" // an [ErrorCode]; on errors only
	HeaderRequestID = "x-amzn-RequestId" // a UUID
)

// ErrorCode is the name of an exception. Clients choose their exception class by it.
type ErrorCode string

// The exceptions of the API model.
const (
	AccessDeniedException        ErrorCode = "AccessDeniedException"
	IncompatibleVersionException ErrorCode = "IncompatibleVersionException"
	InternalServiceException     ErrorCode = "InternalServiceException"
	LimitExceededException       ErrorCode = "LimitExceededException"
	ResourceInUseException       ErrorCode = "ResourceInUseException"
	ResourceNotFoundException    ErrorCode = "ResourceNotFoundException"
	ValidationException          ErrorCode = "ValidationException"
)

// Codes of the front end before the service, which the model does not declare.
// Those up to ServiceUnavailableException are in the Developer Guide;
// SerializationException, UnknownOperationException, RequestEntityTooLargeException and
// ExpiredTokenException are the names that AWS front ends use.
const (
	ConditionalCheckFailedException        ErrorCode = "ConditionalCheckFailedException"
	IncompleteSignatureException           ErrorCode = "IncompleteSignatureException"
	InternalFailure                        ErrorCode = "InternalFailure"
	InternalServerError                    ErrorCode = "InternalServerError"
	MissingAuthenticationTokenException    ErrorCode = "MissingAuthenticationTokenException"
	ProvisionedThroughputExceededException ErrorCode = "ProvisionedThroughputExceededException"
	RequestExpired                         ErrorCode = "RequestExpired"
	ThrottlingException                    ErrorCode = "ThrottlingException"
	ServiceUnavailableException            ErrorCode = "ServiceUnavailableException"

	SerializationException         ErrorCode = "SerializationException"
	UnknownOperationException      ErrorCode = "UnknownOperationException"
	RequestEntityTooLargeException ErrorCode = "RequestEntityTooLargeException"
	ExpiredTokenException          ErrorCode = "ExpiredTokenException"
)

// modelStatuses are the HTTP statuses of the exceptions of the API model.
var modelStatuses = map[ErrorCode]int{
	AccessDeniedException:        403,
	IncompatibleVersionException: 400,
	InternalServiceException:     500,
	LimitExceededException:       429,
	ResourceInUseException:       409,
	ResourceNotFoundException:    404,
	ValidationException:          400,
}

// frontEndStatuses are the HTTP statuses of all other codes.
var frontEndStatuses = map[ErrorCode]int{
	ConditionalCheckFailedException:        400,
	IncompleteSignatureException:           400,
	InternalFailure:                        500,
	InternalServerError:                    500,
	MissingAuthenticationTokenException:    403,
	ProvisionedThroughputExceededException: 429,
	RequestExpired:                         400,
	ThrottlingException:                    429,
	ServiceUnavailableException:            500, // not 503: Developer Guide

	SerializationException:         400,
	UnknownOperationException:      404,
	RequestEntityTooLargeException: 413,
	ExpiredTokenException:          403,
}

// HTTPStatus returns the status that goes with the code; 500 for a code that
// this package does not know.
func (c ErrorCode) HTTPStatus() int {
	if status, ok := modelStatuses[c]; ok {
		return status
	}
	if status, ok := frontEndStatuses[c]; ok {
		return status
	}
	return 500
}

// Header returns the value of the header [HeaderErrorType]. It ends in a colon, as the
// original's did: the AWS SDK for PHP, version 2, takes what stands before one, and has
// no code at all where there is none.
func (c ErrorCode) Header() string { return string(c) + ":" }

// ParseErrorCode reads the value of the header [HeaderErrorType], with a colon or
// without. What other services write around the name is dropped too: a namespace before
// a "#", and an address behind the colon.
func ParseErrorCode(header string) ErrorCode {
	code, _, _ := strings.Cut(header, ":")
	return ErrorCode(strings.TrimSpace(code[strings.LastIndexByte(code, '#')+1:]))
}

// Error is an error response.
type Error struct {
	Code ErrorCode
	// Message is the sentence for the caller; the original left it empty for
	// InternalServiceException.
	Message string
	// Status is the HTTP status when it differs from the code's own, else 0.
	Status int
	// RequestID is the value of the header [HeaderRequestID]; "" where unknown.
	RequestID string
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// HTTPStatus returns Status, or that of the code when it is 0.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Code.HTTPStatus()
}

// ErrorBody is the JSON document of an error response. Reading it also accepts
// the member "Message", which the original's deserializer wrote.
type ErrorBody struct {
	Message string `json:"message"`
}
