#!/usr/bin/env bash
# Installs the clients that the tests drive the server with: boto2, boto3 and
# the AWS command line from Debian, the JavaScript SDK at the versions of its
# lock file; and mediainfo, a second opinion on media files.
set -euo pipefail
source "$(dirname "$0")/apt.sh"
source "$(dirname "$0")/npm.sh"

need_packages python3 python3-boto python3-boto3 python3-botocore awscli mediainfo
need_modules clients/js
