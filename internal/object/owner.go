package object

import (
	"slices"
	"strconv"
	"strings"
)

// Owner is the attempt of a job that wrote an object. The zero value stands for
// nobody: the object came from elsewhere.
type Owner struct {
	Job     string
	Attempt int
}

// String is the form in which objects carry it, "<job id>/<attempt>"; "" for nobody.
func (o Owner) String() string {
	if o == (Owner{}) {
		return ""
	}
	return o.Job + "/" + strconv.Itoa(o.Attempt)
}

// ParseOwner is the inverse of [Owner.String]. Any other text, which may stand at
// an object that came from elsewhere, is nobody.
func ParseOwner(s string) Owner {
	job, number, _ := strings.Cut(s, "/")
	attempt, err := strconv.Atoi(number)
	if job == "" || err != nil {
		return Owner{}
	}
	return Owner{job, attempt}
}

// MarshalText is [Owner.String].
func (o Owner) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText is [ParseOwner].
func (o *Owner) UnmarshalText(text []byte) error {
	*o = ParseOwner(string(text))
	return nil
}

// MayReplace reports whether a write with these options may replace an object of
// that owner: only what an earlier attempt of o.ReplaceJob left or a job of
// o.ReplaceRetried, or anything with o.Overwrite. An attempt does not replace its own objects, so that two outputs of
// a job that want one key do not silently become one.
func (o PutOptions) MayReplace(owner Owner) bool {
	if o.Overwrite {
		return true
	}
	if owner.Job != "" && slices.Contains(o.ReplaceRetried, owner.Job) {
		return true
	}
	earlier := owner.Job == o.Owner.Job && owner.Attempt < o.Owner.Attempt
	return owner.Job != "" && owner.Job == o.ReplaceJob && earlier
}
