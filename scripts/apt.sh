# Sourced by the setup scripts: installs Debian packages, and nothing when they
# are there already.

# need_packages NAME... installs those packages that are missing.
need_packages() {
	local missing=() name
	for name in "$@"; do
		package_installed "$name" || missing+=("$name")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		apt_install "${missing[@]}"
	fi
}

# need_commands COMMAND:PACKAGE... installs the packages of commands that are
# missing; where a command comes from does not matter.
need_commands() {
	local missing=() pair
	for pair in "$@"; do
		command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		apt_install "${missing[@]}"
	fi
}

package_installed() {
	[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# apt_install NAME... says what it installs, and refreshes the package lists
# only when they are missing or too old to serve a package.
apt_install() {
	command -v apt-get >/dev/null || fail "no apt-get: on a system other than Debian, install by hand what provides: $*"
	echo "installing Debian packages: $*"
	if ! apt_knows "$@" || ! as_root apt-get install -qq -y --no-install-recommends "$@" >/dev/null; then
		as_root apt-get update -qq || fail "apt-get update failed"
		as_root apt-get install -qq -y --no-install-recommends "$@" >/dev/null || fail "apt-get could not install: $*"
	fi
}

apt_knows() {
	local name
	for name in "$@"; do
		apt-cache policy "$name" | grep -q 'Candidate: [0-9]' || return 1
	done
}

# as_root COMMAND... runs a command as root, through sudo where needed.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
	elif command -v sudo >/dev/null; then
		sudo DEBIAN_FRONTEND=noninteractive "$@" </dev/null
	else
		fail "installing packages needs root or sudo"
	fi
}

fail() {
	echo "$0: $*" >&2
	exit 1
}
