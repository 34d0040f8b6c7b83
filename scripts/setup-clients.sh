#!/usr/bin/env bash
# Installs the clients that the tests drive the server with: boto2, boto3 and
# the AWS command line from Debian, the JavaScript SDK at the versions of its
# lock file; and mediainfo, a second opinion on media files.
set -euo pipefail
source "$(dirname "$0")/apt.sh"

need_packages python3 python3-boto python3-boto3 python3-botocore awscli mediainfo
need_commands node:nodejs npm:npm

cd "$(dirname "$0")/../test/clients/js"
if ! cmp -s package-lock.json node_modules/.installed; then
	echo "installing the JavaScript SDK in test/clients/js"
	npm ci --silent --no-audit --no-fund </dev/null || fail "npm ci failed in test/clients/js"
	cp package-lock.json node_modules/.installed
fi
