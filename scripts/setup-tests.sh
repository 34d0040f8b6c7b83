#!/usr/bin/env bash
# Sets up all that the tests need. The S3 server is compiled while the others are
# downloaded.
set -euo pipefail
cd "$(dirname "$0")"

./setup-race.sh
./setup-release.sh
./setup-s3.sh &
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
for tools in media shells clients players postgres swift; do
	"./setup-$tools.sh"
done
./setup-ffmpegs.sh trixie
wait $!
