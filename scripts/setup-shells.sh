#!/usr/bin/env bash
# Installs the shells that load scripts of completions.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_commands zsh:zsh fish:fish
