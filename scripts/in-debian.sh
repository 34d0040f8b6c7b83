#!/usr/bin/env bash
# Runs a command in a Debian system of its own that begins with nothing but Go, make
# and git, in a fresh clone of the last commit. What the command installs stays for
# the next one; the system is made anew after its folder has been removed.
#
#   scripts/in-debian.sh trixie make demo
#
# It needs root. Go is this machine's. Certificates and the settings of package
# registries are copied from where they stand here; ../shared, where it is, is shown.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/apt.sh
source scripts/root.sh

[ $# -ge 2 ] || fail "usage: $0 SUITE COMMAND..."
[ "$(id -u)" -eq 0 ] || fail "needs root"
suite=$1
shift
need_commands bwrap:bubblewrap
make_root "debian-$suite" "$suite" make git ca-certificates
root=$roots/debian-$suite

# copy_settings copies files of this machine to the same places in the root.
copy_settings() {
	local path
	for path in /usr/local/share/ca-certificates /etc/npmrc "$(go env GOENV)" "$HOME/.npmrc"; do
		if [ -e "$path" ]; then
			mkdir -p "$root$(dirname "$path")"
			cp -rT "$path" "$root$path"
		fi
	done
	cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
}

clone() {
	rm -rf "$root/root/reelastic"
	mkdir -p "$root/root"
	git clone --quiet . "$root/root/reelastic"
}

copy_settings
clone
show=()
if [ -d ../shared ]; then
	mkdir -p "$root/root/shared"
	show=(--ro-bind "$(realpath ../shared)" /root/shared)
fi
exec bwrap --die-with-parent --unshare-pid --cap-add ALL --bind "$root" / --dev /dev --proc /proc --ro-bind /sys /sys \
	--ro-bind /etc/resolv.conf /etc/resolv.conf --ro-bind /etc/hosts /etc/hosts --ro-bind "$(go env GOROOT)" /usr/local/go \
	"${show[@]}" --setenv HOME /root --setenv PATH /usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	--unsetenv REELASTIC_ROOTS --unsetenv XDG_CACHE_HOME --chdir /root/reelastic -- "$@"
