#!/usr/bin/env bash
# Installs OpenStack Swift, the S3 server of the tests that keeps the grants of
# objects, from Debian. Nothing is started.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_packages python3-swift
