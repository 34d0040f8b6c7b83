package server

import (
	"context"
	"strings"

	"github.com/reelastic/reelastic/internal/transcode"
)

// pageSize is the number of elements of a page; the original's can't be set either.
const pageSize = 50

// newPage reads the paging members of a list request, which are valid. Natural
// is the order without Ascending, true for oldest first. boto2 sends "True".
func newPage(ascending, pageToken *string, natural bool) transcode.Page {
	page := transcode.Page{Ascending: natural, Limit: pageSize}
	if ascending != nil {
		page.Ascending = strings.EqualFold(*ascending, "true")
	}
	if pageToken != nil {
		page.After = *pageToken
	}
	return page
}

// visiblePage bounds a page to the pipelines on which the caller may do an operation.
func (s *Server) visiblePage(ctx context.Context, operation string, page transcode.Page) (transcode.Page, error) {
	var err error
	page.Pipelines, err = s.visible(ctx, apiService+operation)
	return page, err
}

// token is the NextPageToken; null on the last page.
func token(next string) *string {
	if next == "" {
		return nil
	}
	return &next
}

// values returns what the pointers point to; an empty list is [], not null.
func values[T any](pointers []*T) []T {
	list := make([]T, 0, len(pointers))
	for _, p := range pointers {
		list = append(list, *p)
	}
	return list
}
