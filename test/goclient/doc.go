// Package goclient holds the Go client against the real server, the AWS SDK's
// signer and botocore.
package goclient
