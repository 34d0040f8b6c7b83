#!/usr/bin/env bash
# Runs the tests that have to do with ffmpeg on the ffmpeg of each Debian suite named
# (default: bookworm, trixie and sid), and ends with a summary for each. The roots are
# there after scripts/setup-ffmpegs.sh; everything else is the machine's own.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=1

source scripts/apt.sh
source scripts/root.sh
source scripts/program.sh
source scripts/tests.sh
source scripts/ffmpegs.sh

if [ $# -eq 0 ]; then
	set -- bookworm trixie sid
fi
check "go build" program
status=${#failed[@]}
for suite in "$@"; do
	failed=()
	rm -f "$results"/counts "$results"/skipped
	began=$SECONDS
	check "$suite: $("$roots/ffmpeg-$suite.tools/ffmpeg" -version | head -n 1)" with_ffmpeg "$suite" ffmpeg_all
	summary || status=1
done
exit "$status"
