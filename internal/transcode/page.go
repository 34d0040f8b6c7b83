package transcode

// Page selects a part of a list.
type Page struct {
	// Ascending is oldest first; false is newest first.
	Ascending bool
	// After is the id of the last element of the page before; "" begins the list.
	After string
	// Limit is the most elements to return, 1 or more.
	Limit int
	// Pipelines are the ids of those whose pipelines and jobs are listed; nil: of all.
	Pipelines []string
}
