#!/usr/bin/env bash
# Installs what the tests play results in: Chromium, whose Debian build decodes
# H.264 and AAC; GStreamer and VLC's library, as desktops have them; hls.js,
# shaka-player and dash.js at the versions of their lock file. And what reads
# playlists and manifests strictly: hls-parser, of the same file, and xmllint.
set -euo pipefail
source "$(dirname "$0")/apt.sh"
source "$(dirname "$0")/npm.sh"

need_commands chromium:chromium xmllint:libxml2-utils
need_packages python3 python3-gi gir1.2-gstreamer-1.0 \
	gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav \
	libvlc5 vlc-plugin-base
need_modules players/js
