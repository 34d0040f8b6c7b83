#!/usr/bin/env bash
# Installs the AWS command line, for the demo.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_commands /usr/bin/aws:awscli
