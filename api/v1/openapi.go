package v1

import _ "embed"

// OpenAPI is the OpenAPI 3.1 document of the extension API, as a server answers
// GET /v1/openapi.json. It is generated from [Operations] and the types of this package
// (go test ./api/v1 -update).
//
//go:embed openapi.json
var OpenAPI []byte
