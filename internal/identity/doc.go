// Package identity keeps the credentials that requests are signed with: sealed
// in the store under the installation's key, so that every server of a fleet
// knows them, and for the first caller in a file that AWS tools read.
package identity
