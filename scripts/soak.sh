#!/usr/bin/env bash
# Runs what is too long for `make test`: the full tables of both modules, a fleet in
# which a thousand things die, a flood of requests, a million jobs through each
# database, then every fuzz target for FUZZTIME each (default: 5m for requests that
# anyone may send and that have many rules, 60s for the others).
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=1 REELASTIC_SOAK=1

# fuzztime TARGET is how long a target runs.
fuzztime() {
	case $1 in
	FuzzCreatePreset) echo "${FUZZTIME:-5m}" ;;
	*) echo "${FUZZTIME:-60s}" ;;
	esac
}

status=0
go test -race -p 2 -timeout 60m ./... || status=1
REELASTIC_JOBS=1000000 go test -v -count=1 -timeout 6h -run '^(TestSQLite|TestPostgreSQL)$/^Crowd$' ./internal/sqlstore || status=1
go -C test test -count=1 -v -timeout 30m -run '^(TestFlood|TestAmplifications)$' ./access || status=1 # tells times
go -C test test -count=1 -p 1 -timeout 3h -skip '^TestFlood$' ./... || status=1
timeout=3h scripts/test-ffmpeg.sh || status=1
REELASTIC_TEST_STORAGE=s3 go -C test test -count=1 -p 1 -timeout 60m ./inputs/samples ./joboptions || status=1

for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "== $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$(fuzztime "$target")" "$package" || status=1
	done
done
exit $status
