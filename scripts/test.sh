#!/usr/bin/env bash
# Checks format, vets and tests both modules, and ends with a summary: the time
# of every package, what was skipped and why, and what failed.
#
# CI is set for the tests, so that a missing tool fails them.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=1

source scripts/apt.sh
source scripts/root.sh
source scripts/program.sh
source scripts/tests.sh
source scripts/ffmpegs.sh

formatted() {
	local files
	files=$(gofmt -l $(git ls-files --cached --others --exclude-standard '*.go'))
	if [ -n "$files" ]; then
		printf 'not formatted (make fmt):\n%s\n' "$files"
		return 1
	fi
}

# Two packages run at once: most of their tests wait for ffmpeg or a server rather
# than compute. The fleet's workers lose their leases when the machine has no
# time for them: they have it to themselves.
others() {
	go -C test list ./... | grep -v '/fleet$'
}

# Packages in which goroutines meet run with the race detector. It makes the others,
# which compute and compare pictures, several times slower for nothing.
concurrent() {
	go list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r package dir; do
		if grep -qE '\bgo func|\.Go\(|AfterFunc\(|parallel\.Each\(|^\s*go [a-zA-Z.]+\(' "$dir"/*.go; then
			echo "$package"
		fi
	done
}
sequential() {
	comm -23 <(go list ./... | sort) <(sort <<<"$racing")
}
racing=$(concurrent)

vulnerabilities() {
	scripts/check-vulnerabilities.sh | tee "$results/vulnerabilities"
	local status=${PIPESTATUS[0]}
	grep '^skipped: ' "$results/vulnerabilities" >>"$results/skipped"
	return "$status"
}

check "gofmt" formatted
check "go vet" go vet ./...
check "go vet in test" go -C test vet ./...
check "go vet in release" go -C release vet ./...
check "vulnerabilities" vulnerabilities
check "go build" program
# The sequential ones take what time those with the detector leave.
patience=10 tests . -p 1 $(sequential) >"$results/sequential" &
check "go test -race" tests . -p 2 -race $racing
check "go test" wait $!
cat "$results/sequential"
check "go test in release" tests release -count=1 ./...
check "go test -race in test/fleet" tests test -count=1 -race ./fleet
check "go test in test" tests test -count=1 -p 2 $(others)
check "a sample with the ffmpeg of trixie" with_ffmpeg trixie ffmpeg_sample

summary
