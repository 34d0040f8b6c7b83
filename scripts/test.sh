#!/usr/bin/env bash
# Checks format, vets and tests both modules, and ends with a summary: the time
# of every package, what was skipped and why, and what failed.
#
# CI is set for the tests, so that a missing tool fails them.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=1

results=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$results"' EXIT
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

# tests FOLDER FLAGS... PACKAGES tests packages of the module in a folder, behind
# other work if patience is set.
tests() {
	local folder=$1
	shift
	nice -n "${patience:-0}" go -C "$folder" test -v -timeout 20m "$@" 2>&1 | awk -v results="$results" -f scripts/test.awk
}

# Two packages run at once: most of their tests wait for ffmpeg or a server rather
# than compute. The engine's run workers whose leases run out when the machine has no
# time for them: they have it to themselves.
others() {
	go -C test list ./... | grep -v '/engine$'
}

# The packages of test/ drive one program.
program() {
	go build -o "$results/reelastic" ./cmd/reelastic
}
export REELASTIC_PROGRAM=$results/reelastic

# Packages in which goroutines meet run with the race detector. It makes the others,
# which compute and compare pictures, several times slower for nothing.
concurrent() {
	go list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r package dir; do
		if grep -qE '\bgo func|\.Go\(|AfterFunc\(|^\s*go [a-zA-Z.]+\(' "$dir"/*.go; then
			echo "$package"
		fi
	done
}
sequential() {
	comm -23 <(go list ./... | sort) <(sort <<<"$racing")
}
racing=$(concurrent)

began=$SECONDS
check "gofmt" formatted
check "go vet" go vet ./...
check "go vet in test" go -C test vet ./...
check "go build" program
# The sequential ones take what time those with the detector leave.
patience=10 tests . -p 1 $(sequential) >"$results/sequential" &
check "go test -race" tests . -p 2 -race $racing
check "go test" wait $!
cat "$results/sequential"
check "go test -race in test/engine" tests test -count=1 -race ./engine
check "go test in test" tests test -count=1 -p 2 $(others)

echo "== summary, $((SECONDS - began)) s"
sort -u "$results"/skipped 2>/dev/null
for name in "${failed[@]}"; do
	echo "FAILED: $name"
done
count() { sed -n "s/^$1 //p" "$results"/counts 2>/dev/null | awk '{n += $1} END {print n + 0}'; }
echo "$(count passed) passed, $(count failed) failed, $(count skipped) skipped"
[ ${#failed[@]} -eq 0 ]
