package object

// Key names an object.
type Key struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}
