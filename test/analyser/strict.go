package analyser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// HasParser reports whether the strict parser of playlists is installed.
func HasParser() bool {
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(repository(), "test", "players", "js", "node_modules", "hls-parser"))
	}
	return err == nil
}

// parseStrictly reads playlists of HLS with the strict parser, and returns what it refuses.
func parseStrictly(playlists []string) (refused []string, err error) {
	if len(playlists) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(playlists)
	if err != nil {
		return nil, err
	}
	var messages bytes.Buffer
	cmd := exec.Command("node", filepath.Join(repository(), "test", "players", "js", "strict.mjs"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(list), &messages
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &refused)
	}
	if err != nil {
		return nil, fmt.Errorf("the strict parser: %w\n%s", err, &messages)
	}
	return refused, nil
}
