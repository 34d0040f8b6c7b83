#!/usr/bin/env bash
# Installs what the race detector needs beside Go: a C compiler.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_packages gcc libc6-dev
