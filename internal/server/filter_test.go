package server

import (
	"errors"
	"net/url"
	"testing"

	"github.com/reelastic/reelastic/internal/transcode"
)

// FuzzFilter reads filters of jobs from queries: each is a filter, or refused with a sentence.
func FuzzFilter(f *testing.F) {
	for _, query := range []string{
		"pipelineId=1111111111111-abcde1&status=Complete&text=film", "userMetadata=a=b&userMetadata=c", "userMetadata==",
		"submittedFrom=2026-03-01T12:00:00Z&submittedUntil=tomorrow", "limit=0", "before=99999999999999999999", "text=%00",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, text string) {
		query, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		shown, err := filterOf(query)
		if err == nil {
			_, err = checkFilter(shown)
		}
		if err == nil {
			_, err = numberOf(query, "limit", searchPage, 1, longestSearchPage)
		}
		if refused, ok := errors.AsType[*transcode.Error](err); err != nil && (!ok || refused.Message == "") {
			t.Errorf("%q: %v", text, err)
		}
	})
}
