package ffmpeg

import (
	"io"
	"testing"
)

// TestContentsToTheEnd writes an answer whose last line break comes by itself, as
// ffprobe's does on a busy machine: the writer must not find the reader gone.
func TestContentsToTheEnd(t *testing.T) {
	t.Parallel()
	pr, pw := io.Pipe()
	wrote := make(chan error, 1)
	go func() {
		for _, part := range []string{`{"packets": [{"stream_index": 0, "pts_time": "0"}], "streams": [], "format": {}}`, "\n"} {
			if _, err := io.WriteString(pw, part); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- pw.Close()
	}()
	c := contents{spans: map[int64]*span{}}
	err := readAnswer(pr, readAll(&c))
	pr.CloseWithError(errTooMuch)
	if err != nil || c.spans[0] == nil || c.spans[0].packets != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := <-wrote; err != nil {
		t.Errorf("the writer: %v", err)
	}
}
