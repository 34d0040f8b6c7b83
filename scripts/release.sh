#!/usr/bin/env bash
# Makes a release in dist/ (DIST): for each architecture an archive with the program, its
# licences and units for systemd, and bills of materials beside it; SHA256SUMS of all; and,
# with a key, SHA256SUMS.sig. The same source makes the same files, but for the signature.
#
#   RELEASE_KEY=file   private key of SSH that signs, or the public one of a key that an
#                      agent holds; without it nothing is signed
#   VERSION=1.0.0      instead of what git calls the source
#   SOURCE_DATE_EPOCH=n  instead of the time of the last commit
#   ARCHITECTURES=...  instead of amd64 and arm64
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/program.sh

dist=${DIST:-dist}
VERSION=$(program_version)
VERSION=${VERSION#v}
export VERSION
made=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT

main() {
	rm -rf "$dist"
	mkdir -p "$dist"
	dist=$(cd "$dist" && pwd)
	local architecture
	for architecture in ${ARCHITECTURES:-amd64 arm64}; do
		release "$architecture"
	done
	(cd "$dist" && sha256sum -- * >SHA256SUMS)
	sign
	(cd "$dist" && ls -l)
}

# release ARCHITECTURE makes an archive and describes it.
release() {
	local name=reelastic_${VERSION}_linux_$1
	local folder=$parts/$name
	echo "building $name"
	mkdir -p "$folder"
	build_program "$folder/reelastic" "$1"
	go -C release run . -program "$folder/reelastic" -name "$name" -version "$VERSION" -time "$made" -out "$dist"
	mv "$dist/$name.notices.txt" "$folder/THIRD-PARTY-NOTICES.txt"
	cp LICENSE CHANGELOG.md "$folder"
	cp -r deploy/systemd "$folder"
	tar --create --directory "$parts" --format=gnu --sort=name --mtime="@$made" --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX "$name" | gzip --no-name --best >"$dist/$name.tar.gz"
}

# sign signs the sums, and so all files.
sign() {
	if [ -z "${RELEASE_KEY:-}" ]; then
		echo "not signed: RELEASE_KEY is not set"
		return
	fi
	ssh-keygen -q -Y sign -f "$RELEASE_KEY" -n reelastic-release "$dist/SHA256SUMS" </dev/null
}

main
