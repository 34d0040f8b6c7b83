#!/usr/bin/env bash
# Installs the clients that the tests drive the server with: boto2, boto3 and
# the AWS command line from Debian, the JavaScript SDK at the versions of its
# lock file; what validates the OpenAPI document and generates a client from it; and
# mediainfo, a second opinion on media files.
set -euo pipefail
source "$(dirname "$0")/apt.sh"
source "$(dirname "$0")/npm.sh"
source "$(dirname "$0")/root.sh"

# need_boto2 makes bin/boto2-python, the Python that has boto2. From Debian 13 on there
# is none: it is then that of Debian 12, in a root of its own.
need_boto2() {
	local bin
	bin=$(cd "$(dirname "$0")/.." && pwd)/bin
	if [ -x "$bin/boto2-python" ] && "$bin/boto2-python" -c 'import boto' 2>/dev/null; then
		return
	fi
	mkdir -p "$bin"
	if package_installed python3-boto || apt_has python3-boto; then
		need_packages python3-boto
		ln -sf /usr/bin/python3 "$bin/boto2-python"
	else
		make_root clients-bookworm bookworm python3-boto
		make_command "$roots/clients-bookworm" python3 "$bin/boto2-python"
	fi
}

# apt_has NAME reports whether apt can install a package, by lists that are there.
apt_has() {
	apt_knows python3 || as_root apt-get update -qq || fail "apt-get update failed"
	apt_knows "$1"
}

need_packages python3 python3-boto3 python3-botocore awscli mediainfo
need_boto2
need_modules sdks/js
need_modules openapi/js
