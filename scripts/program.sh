# Sourced by what builds the program: one way to build it, whose result is the same, byte
# for byte, from the same source with the same Go, in any folder on any machine.

# program_version says what the program calls itself: VERSION, or what git calls the source.
program_version() {
	echo "${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo unknown)}"
}

# build_program FILE ARCHITECTURE builds it for Linux, for this architecture if none is named.
# Nothing of this machine is in it: no paths, no libraries, no instructions of its own
# processor. Go takes its settings from here and no others.
build_program() {
	GOOS=linux GOARCH=${2:-$(go env GOHOSTARCH)} GOAMD64=v1 GOARM64=v8.0 CGO_ENABLED=0 GOFLAGS=-mod=readonly GOEXPERIMENT= GOWORK=off \
		go build -trimpath -buildvcs=false \
		-ldflags "-w -buildid= -X github.com/reelastic/reelastic/internal/app.version=$(program_version)" \
		-o "$1" ./cmd/reelastic
}
