#!/usr/bin/env bash
# Installs what the tests play results in: Chromium, whose Debian build decodes
# H.264 and AAC, and hls.js, shaka-player and dash.js at the versions of their
# lock file.
set -euo pipefail
source "$(dirname "$0")/apt.sh"
source "$(dirname "$0")/npm.sh"

need_commands chromium:chromium
need_modules players/js
