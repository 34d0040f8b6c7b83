# Every target can run again at any time; what is there already is left alone.
# A bare Debian machine needs Go, make and git: the targets install the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build demo test test-ffmpeg soak lint bench fmt release reproduce

help: ## Say what every target does (the default).
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/reelastic.
	@source scripts/program.sh && build_program bin/reelastic

demo: build ## Serve, transcode a made clip (or INPUT=file) to HLS and MP4, show the result in ./demo-output (DEMO_DIR=folder).
	@scripts/setup-media.sh
	@scripts/setup-awscli.sh
	@scripts/demo.sh

test: ## Check format, vet, and run all tests, with the race detector where goroutines meet; about 20 minutes on two cores.
	@scripts/setup-tests.sh
	@scripts/test.sh

test-ffmpeg: ## Run the tests that have to do with ffmpeg on the ffmpeg of Debian bookworm, trixie and sid.
	@scripts/setup-media.sh
	@scripts/setup-clients.sh
	@scripts/setup-players.sh
	@scripts/setup-ffmpegs.sh
	@scripts/test-ffmpeg.sh

soak: ## Run the full test tables, also on other ffmpegs, chaos, a million jobs, then every fuzz target for FUZZTIME (default 60s) each.
	@scripts/setup-tests.sh
	@scripts/setup-ffmpegs.sh
	@scripts/soak.sh

lint: ## Run golangci-lint over both modules; the first run builds it.
	@scripts/setup-lint.sh
	@status=0; \
	bin/golangci-lint run ./... || status=1; \
	(cd test && ../bin/golangci-lint run --config ../.golangci.yml ./...) || status=1; \
	(cd release && ../bin/golangci-lint run --config ../.golangci.yml ./...) || status=1; \
	exit $$status

bench: ## Run all benchmarks.
	@scripts/setup-media.sh
	@scripts/setup-s3.sh
	go test -run '^$$' -bench . -benchmem -p 1 ./...
	cd test && go test -run '^$$' -bench . -benchmem -p 1 -timeout 60m ./...

fmt: ## Format all Go files.
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

release: ## Make a release in dist/: archives, bills of materials, sums, and a signature with RELEASE_KEY=file.
	@scripts/release.sh

reproduce: ## Make the release of the last commit again, elsewhere, and compare it with dist/.
	@scripts/reproduce.sh
