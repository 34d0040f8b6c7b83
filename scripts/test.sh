#!/usr/bin/env bash
# Checks format, vets and tests both modules, and ends with a summary: the time
# of every package, what was skipped and why, and what failed.
#
# CI is set for the tests, so that a missing tool fails them.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=1

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=()

# check NAME COMMAND... runs a command and remembers whether it failed.
check() {
	local name=$1
	shift
	echo "== $name"
	"$@" || failed+=("$name")
}

formatted() {
	local files
	files=$(gofmt -l $(git ls-files --cached --others --exclude-standard '*.go'))
	if [ -n "$files" ]; then
		printf 'not formatted (make fmt):\n%s\n' "$files"
		return 1
	fi
}

# tests FOLDER FLAGS... tests the module in a folder. Two packages run at once:
# most tests wait for ffmpeg or a server rather than compute.
tests() {
	local folder=$1
	shift
	go -C "$folder" test -v -p 2 -timeout 10m "$@" ./... 2>&1 | awk -v results="$results" -f scripts/test.awk
}

began=$SECONDS
check "gofmt" formatted
check "go vet" go vet ./...
check "go vet in test" go -C test vet ./...
check "go test -race" tests . -race
check "go test in test" tests test -count=1

echo "== summary, $((SECONDS - began)) s"
sort -u "$results"/skipped 2>/dev/null
for name in "${failed[@]}"; do
	echo "FAILED: $name"
done
count() { sed -n "s/^$1 //p" "$results"/counts 2>/dev/null | awk '{n += $1} END {print n + 0}'; }
echo "$(count passed) passed, $(count failed) failed, $(count skipped) skipped"
[ ${#failed[@]} -eq 0 ]
