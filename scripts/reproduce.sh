#!/usr/bin/env bash
# Makes the release of the last commit again, in a clone of its own with an empty build
# cache, and compares it with the files that are in dist/ (DIST).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/program.sh

sums=$(cd "${DIST:-dist}" && pwd)/SHA256SUMS
VERSION=$(program_version)
export VERSION
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
git clone --quiet . "$again/source"
DIST=$again/dist GOCACHE=$again/cache RELEASE_KEY="" "$again/source/scripts/release.sh"
(cd "$again/dist" && sha256sum --check "$sums")
