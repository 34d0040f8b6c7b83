#!/usr/bin/env bash
# Builds golangci-lint at a fixed version into bin/, through the Go module
# proxy. Takes some minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v2.12.2
if bin/golangci-lint version 2>/dev/null | grep -q "version ${version#v} "; then
	exit 0
fi
echo "building golangci-lint $version into bin/ (some minutes)"
GOBIN="$PWD/bin" GOFLAGS=-buildvcs=false nice go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
