#!/usr/bin/env bash
# Looks for known vulnerabilities in what the program calls of its modules and of Go. The
# database is a folder that REELASTIC_VULNDB names, as Go publishes it; without one
# nothing is looked for, and a line says so.
#
#   scripts/check-vulnerabilities.sh FOLDER PACKAGE   another module's program
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${REELASTIC_VULNDB:-}" ]; then
	echo "skipped: vulnerabilities: REELASTIC_VULNDB names no folder with a vulnerability database"
	exit
fi
[ -f "$REELASTIC_VULNDB/index/db.json" ] || {
	echo "$0: REELASTIC_VULNDB=$REELASTIC_VULNDB must be a folder with index/db.json" >&2
	exit 1
}
database=$(cd "$REELASTIC_VULNDB" && pwd)
folder=$(cd "${1:-.}" && pwd)
go -C release tool govulncheck -C "$folder" -db "file://$database" "${2:-./cmd/reelastic}"
