#!/usr/bin/env bash
# Installs what runs a job: ffmpeg, and bubblewrap to confine it.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_commands ffmpeg:ffmpeg bwrap:bubblewrap
