package policy

import (
	"slices"
	"time"
)

// Policy is a document that was read by [Parse]. The zero value allows nothing.
// It is not changed after it was made, and so is safe to share.
type Policy struct {
	document   []byte
	statements []statement
}

// statement allows or denies actions on resources.
type statement struct {
	deny      bool
	actions   []pattern
	resources []pattern
}

// Decision is what a policy says of a request.
type Decision int

// The decisions. A denial wins over what allows; what nothing allows is not allowed.
const (
	Unmentioned Decision = iota // no statement applies
	Allowed
	Denied // a statement denies it
)

// Decide judges an action, such as "elastictranscoder:ReadJob", on a resource that has
// one or more names, each an ARN, or "*" where there is none. What is allowed on one name
// is allowed, and what is denied on one is denied.
func (p Policy) Decide(action string, names ...string) Decision {
	return p.decide(action, func(s statement) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return slices.ContainsFunc(s.resources, func(p pattern) bool { return p.matchesResource(name) })
		})
	})
}

// DecideEvery judges an action on all resources whose ARNs begin with prefix, which ends
// in the last part of an ARN. Denied is what is denied on any of them, and allowed what one
// statement allows on all.
func (p Policy) DecideEvery(action, prefix string) Decision {
	return p.decide(action, func(s statement) bool {
		return slices.ContainsFunc(s.resources, func(p pattern) bool {
			if s.deny {
				return p.touches(prefix)
			}
			return p.covers(prefix)
		})
	})
}

// Mentions reports whether the policy allows an action on any resource at all.
func (p Policy) Mentions(action string) bool {
	return p.decide(action, func(s statement) bool { return !s.deny }) == Allowed
}

// decide judges an action on what applies says of statements with that action.
func (p Policy) decide(action string, applies func(statement) bool) Decision {
	decision := Unmentioned
	for _, s := range p.statements {
		named := slices.ContainsFunc(s.actions, func(p pattern) bool { return p.matchesAction(action) })
		if !named || !applies(s) {
			continue
		}
		if s.deny {
			return Denied
		}
		decision = Allowed
	}
	return decision
}

// Idle lists the action patterns of the policy that match none of the actions known,
// in the order of the document: they are mistakes of spelling.
func (p Policy) Idle(known []string) (idle []string) {
	for _, s := range p.statements {
		for _, a := range s.actions {
			if !slices.ContainsFunc(known, a.matchesAction) {
				idle = append(idle, string(a))
			}
		}
	}
	return idle
}

// String is the document, as it was read.
func (p Policy) String() string { return string(p.document) }

// MarshalJSON writes the document, and null for the zero value.
func (p Policy) MarshalJSON() ([]byte, error) {
	if p.document == nil {
		return []byte("null"), nil
	}
	return p.document, nil
}

// Caller is who signed a request, and what they may do.
type Caller struct {
	Name   string
	Policy Policy
}

// Key is an access key of a caller, without its secret.
type Key struct {
	AccessKeyID    string
	Caller         Caller
	Created, Until time.Time // zero: not known, and without an end
}
