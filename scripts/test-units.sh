#!/usr/bin/env bash
# Boots a Debian of each suite (default: bookworm trixie) in a container, with systemd and the
# units of deploy/systemd, and has jobs run in each sandbox. It needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/apt.sh
source scripts/root.sh
source scripts/program.sh

[ "$(id -u)" -eq 0 ] || fail "needs root"
need_commands systemd-nspawn:systemd-container
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
	build_program "$work/reelastic"
	inside >"$work/check"
	chmod +x "$work/check"
	local suite status=0
	for suite in "$@"; do
		try "$suite" || status=1
	done
	exit $status
}

# try SUITE boots the suite's root, which stays as it is, and waits for what check has to say.
try() {
	echo "== units in $1"
	make_root "units-$1" "$1" systemd systemd-sysv dbus bubblewrap ffmpeg util-linux curl
	rm -rf "$work/result"
	mkdir "$work/result"
	cp deploy/systemd/* "$work/reelastic" "$work/check" "$work/result"
	timeout --kill-after=10 300 systemd-nspawn --quiet --directory "$roots/units-$1" --volatile=overlay --boot \
		--register=no --keep-unit --machine="units-$1" --private-network --bind="$work/result:/result" \
		--system-call-filter="landlock_create_ruleset landlock_add_rule landlock_restrict_self" \
		systemd.run=/result/check systemd.run_success_action=poweroff systemd.run_failure_action=poweroff \
		</dev/null >"$work/boot" 2>&1 || true
	cat "$work/result/log" || tail "$work/boot"
	grep -q '^all is well$' "$work/result/log"
}

# inside prints what runs in the container: the steps of docs/operations.md, then jobs.
inside() {
	cat <<-'END'
		#!/bin/bash
		exec >/result/log 2>&1
		set -euo pipefail
		server=http://127.0.0.1:8080

		# operation METHOD PATH DOCUMENT calls one and prints what it answers.
		operation() {
			local id secret
			id=$(sed -n 's/^aws_access_key_id *= *//p' /var/lib/reelastic/credentials)
			secret=$(sed -n 's/^aws_secret_access_key *= *//p' /var/lib/reelastic/credentials)
			curl --silent --show-error --fail-with-body --request "$1" --aws-sigv4 aws:amz:us-east-1:elastictranscoder \
				--user "$id:$secret" --data "$3" "$server/2012-09-25/$2"
		}
		# id reads the id of what was made.
		id() { sed 's/^{"[A-Za-z]*":{"Id":"\([^"]*\)".*/\1/'; }
		ready() { curl --silent --fail --retry 100 --retry-delay 1 --retry-all-errors --output /dev/null $server/healthz; }
		submit() {
			operation POST jobs "{\"PipelineId\": \"$pipeline\", \"Inputs\": [{\"Key\": \"$1\"}], \"OutputKeyPrefix\": \"$2/\", \"Outputs\": [
				{\"Key\": \"a.mp4\", \"PresetId\": \"1351620000001-000020\", \"ThumbnailPattern\": \"t-{count}\"},
				{\"Key\": \"w.webm\", \"PresetId\": \"1351620000001-100240\"},
				{\"Key\": \"hls\", \"PresetId\": \"1351620000001-200050\", \"SegmentDuration\": \"2\"}]}" | id
		}
		watch() {
			AWS_SHARED_CREDENTIALS_FILE=/var/lib/reelastic/credentials reelastic job watch "$1" --endpoint-url $server |
				tail -n 1 || { journalctl --no-pager --unit reelastic | tail -n 20; exit 1; }
		}

		install /result/reelastic /usr/local/bin/reelastic
		install -m 644 /result/*.service /etc/systemd/system
		install -m 644 /result/reelastic.sysusers.conf /usr/lib/sysusers.d/reelastic.conf
		install -m 644 /result/reelastic.tmpfiles.conf /usr/lib/tmpfiles.d/reelastic.conf
		systemd-sysusers
		systemd-tmpfiles --create reelastic.conf
		stat --format '%A %U:%G %n' /etc/reelastic /etc/reelastic/reelastic.yaml
		systemctl mask --quiet systemd-networkd-wait-online.service
		systemctl daemon-reload
		systemctl start reelastic
		ready

		buckets=/var/lib/reelastic/buckets
		mkdir $buckets/in $buckets/out
		for seconds in 3 40; do
			ffmpeg -v error -f lavfi -i "testsrc2=size=320x180:rate=30:duration=$seconds" -f lavfi -i "sine=duration=$seconds" \
				-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac "$buckets/in/$seconds.mp4" </dev/null
		done
		chown -R reelastic:reelastic $buckets
		pipeline=$(operation POST pipelines '{"Name": "p", "InputBucket": "in", "OutputBucket": "out",
			"Role": "arn:aws:iam::000000000000:role/r"}' | id)
		watch "$(submit 3.mp4 bubblewrap)"

		long=$(submit 40.mp4 stopped)
		until operation GET "jobs/$long" "" | grep -q '"Status":"Progressing"'; do sleep 0.2; done
		systemctl stop reelastic
		systemctl show --property Result --property ExecMainStatus reelastic
		systemctl start reelastic
		ready
		watch "$long"

		mv /usr/bin/bwrap /usr/bin/no-bwrap
		mkdir /etc/systemd/system/reelastic.service.d
		printf '[Service]\nEnvironment=REELASTIC_SANDBOX=prefer\n' >/etc/systemd/system/reelastic.service.d/landlock.conf
		systemctl daemon-reload
		systemctl restart reelastic
		ready
		watch "$(submit 3.mp4 landlock)"
		journalctl --no-pager --unit reelastic --output cat | grep -o 'sandbox=[a-z]*'
		systemd-analyze security --no-pager reelastic | tail -n 1
		find $buckets/out ! -user reelastic ! -path $buckets/out
		echo all is well
	END
}

main ${@:-bookworm trixie}
