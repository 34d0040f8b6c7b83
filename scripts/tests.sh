# Sourced by the scripts that run tests: each check goes on after one that failed, and
# a summary tells the time of every package, what was skipped and why, and what failed.

results=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$results"' EXIT
failed=()
began=$SECONDS

# check NAME COMMAND... runs a command and remembers whether it failed.
check() {
	local name=$1
	shift
	echo "== $name"
	"$@" || failed+=("$name")
}

# tests FOLDER FLAGS... PACKAGES tests packages of the module in a folder, behind
# other work if patience is set.
tests() {
	local folder=$1
	shift
	nice -n "${patience:-0}" go -C "$folder" test -v -timeout "${timeout:-20m}" "$@" 2>&1 | awk -v results="$results" -f scripts/test.awk
}

# The packages of test/ drive one program.
program() {
	build_program "$results/reelastic"
}
export REELASTIC_PROGRAM=$results/reelastic

# summary tells what came of the checks; its status is 0 when none has failed.
summary() {
	echo "== summary, $((SECONDS - began)) s"
	sort -u "$results"/skipped 2>/dev/null
	local name
	for name in "${failed[@]}"; do
		echo "FAILED: $name"
	done
	echo "$(count passed) passed, $(count failed) failed, $(count skipped) skipped"
	[ ${#failed[@]} -eq 0 ]
}

count() { sed -n "s/^$1 //p" "$results"/counts 2>/dev/null | awk '{n += $1} END {print n + 0}'; }
