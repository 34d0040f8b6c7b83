#!/usr/bin/env bash
# Makes a root with ffmpeg of each Debian suite named (default: bookworm, trixie and
# sid), and beside it, in NAME.tools, the commands ffmpeg and ffprobe that run the
# root's on this machine's files. Prints nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/apt.sh"
source "$(dirname "$0")/root.sh"

need_commands bwrap:bubblewrap

# make_tools ROOT writes the commands. They see the machine's files with the root's
# programs and libraries laid over them.
make_tools() {
	local root=$1 tool
	mkdir -p "$root.tools"
	for tool in ffmpeg ffprobe; do
		cat >"$root.tools/$tool" <<-END
			#!/bin/sh
			exec $(command -v bwrap) --die-with-parent --dev-bind / / --ro-bind '$root/usr' /usr \\
				--ro-bind '$root/etc/alternatives' /etc/alternatives --ro-bind '$root/etc/ld.so.cache' /etc/ld.so.cache \\
				-- /usr/bin/$tool "\$@"
		END
		chmod +x "$root.tools/$tool"
	done
}

if [ $# -eq 0 ]; then
	set -- bookworm trixie sid
fi
for suite in "$@"; do
	make_root "ffmpeg-$suite" "$suite" ffmpeg
	make_tools "$roots/ffmpeg-$suite"
done
