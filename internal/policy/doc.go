// Package policy judges what a caller may do, by policy documents in the form of
// IAM's: statements that allow or deny actions on resources. It does no I/O.
package policy
