# Sourced by the setup scripts after apt.sh: installs what JavaScript needs.

# need_modules FOLDER installs the npm packages that the lock file in a folder of
# test/ pins, and nothing when they are there already.
need_modules() (
	need_commands node:nodejs npm:npm
	cd "$(dirname "$0")/../test/$1"
	if ! cmp -s package-lock.json node_modules/.installed; then
		echo "installing the npm packages of test/$1"
		npm ci --silent --no-audit --no-fund </dev/null || fail "npm ci failed in test/$1"
		cp package-lock.json node_modules/.installed
	fi
)
