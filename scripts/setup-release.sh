#!/usr/bin/env bash
# Installs what signs releases, and what reads units of systemd.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_commands ssh-keygen:openssh-client systemd-analyze:systemd
