#!/usr/bin/env bash
# Builds versitygw, the S3 server of the tests, at a fixed version into bin/,
# through the Go module proxy. Takes some minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.8.0
if [ "$(go version -m bin/versitygw 2>/dev/null | awk '$1 == "mod" { print $3 }')" = "$version" ]; then
	exit 0
fi
echo "building versitygw $version into bin/ (some minutes)"
GOBIN="$PWD/bin" GOFLAGS=-buildvcs=false nice go install "github.com/versity/versitygw/cmd/versitygw@$version"
