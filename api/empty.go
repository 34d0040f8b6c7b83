package api

// The model gives these responses no members, but clients parse the body before
// they look at the status, and the original sent the document below.

const successDocument = `{"Success":"true"}`

// MarshalJSON writes {"Success":"true"}, as the original did.
func (CancelJobResponse) MarshalJSON() ([]byte, error) { return []byte(successDocument), nil }

// MarshalJSON writes {"Success":"true"}, as the original did.
func (DeletePipelineResponse) MarshalJSON() ([]byte, error) { return []byte(successDocument), nil }

// MarshalJSON writes {"Success":"true"}, as the original did.
func (DeletePresetResponse) MarshalJSON() ([]byte, error) { return []byte(successDocument), nil }
