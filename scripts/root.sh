# Sourced by scripts after apt.sh: makes Debian roots, folders that hold a system of
# their own, of any suite that the machine's Debian mirror has.
#
# They are kept in REELASTIC_ROOTS (default: reelastic/roots in the user's cache) and
# used again; a root is made anew after its folder has been removed.

roots=${REELASTIC_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/reelastic/roots}

# make_root NAME SUITE PACKAGE... makes the root $roots/NAME unless it is there.
make_root() {
	local name=$1 suite=$2 made mirror settings
	shift 2
	made="$suite $*"
	if [ "$(cat "$roots/$name/.made" 2>/dev/null)" = "$made" ]; then
		return
	fi
	need_commands mount:mount mmdebstrap:mmdebstrap
	mirror=$(debian_mirror)
	settings=$(mktemp)
	apt_settings >"$settings"
	echo "making a root of Debian $suite with $* in $roots/$name"
	mkdir -p "$roots"
	as_root rm -rf "${roots:?}/$name"
	as_root mmdebstrap --quiet --mode=root --variant=apt --include="$(IFS=,; echo "$*")" --aptopt="$settings" \
		"$suite" "$roots/$name" "$mirror" || fail "mmdebstrap could not make a root of $suite"
	rm -f "$settings"
	as_root sh -c 'echo "$1" >"$2"' - "$made" "$roots/$name/.made"
}

# make_command ROOT PROGRAM PATH writes a command that runs a root's program. It sees the
# machine's files, with the root's programs and libraries laid over them.
make_command() {
	local root=$1 program=$2 path=$3
	need_commands bwrap:bubblewrap
	rm -f "$path"
	cat >"$path" <<-END
		#!/bin/sh
		exec $(command -v bwrap) --die-with-parent --dev-bind / / --ro-bind '$root/usr' /usr \\
			--ro-bind '$root/etc/alternatives' /etc/alternatives --ro-bind '$root/etc/ld.so.cache' /etc/ld.so.cache \\
			-- /usr/bin/$program "\$@"
	END
	chmod +x "$path"
}

# debian_mirror is the address of the Debian archive in the machine's apt sources.
debian_mirror() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v codename="$codename" '$2 == "main" && ($1 == codename || $1 ~ /^(unstable|testing|stable|oldstable)$/) {
			print $3; found = 1; exit } END { exit !found }' ||
		fail "the apt sources name no Debian mirror"
}

# apt_settings are the machine's for downloads: proxies, certificates, checks.
apt_settings() {
	apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Languages|cdrom)'
}
