#!/usr/bin/env bash
# Makes a root with ffmpeg of each Debian suite named (default: bookworm, trixie and
# sid), and beside it, in NAME.tools, the commands ffmpeg and ffprobe that run the
# root's on this machine's files. Prints nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/apt.sh"
source "$(dirname "$0")/root.sh"

if [ $# -eq 0 ]; then
	set -- bookworm trixie sid
fi
for suite in "$@"; do
	make_root "ffmpeg-$suite" "$suite" ffmpeg
	mkdir -p "$roots/ffmpeg-$suite.tools"
	for tool in ffmpeg ffprobe; do
		make_command "$roots/ffmpeg-$suite" "$tool" "$roots/ffmpeg-$suite.tools/$tool"
	done
done
