// Command reelastic is a self-hosted Elastic Transcoder: the API server, the
// worker and the tools, in one binary.
package main

import (
	"os"

	"github.com/reelastic/reelastic/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
}
