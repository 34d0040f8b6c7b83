#!/usr/bin/env bash
# The whole way once, as a user would go it: start a server, make buckets and a
# pipeline, submit a job with the AWS command line, watch it, look at the files.
#
#   INPUT=file       transcode this file instead of a made clip
#   DEMO_DIR=folder  where everything goes (./demo-output); emptied at the start
#
# The exit status is 0 when the job is Complete and every output can be read.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=${DEMO_DIR:-demo-output}
data=$demo/data
buckets=$data/buckets
result=$buckets/films-out
server=""

main() {
	[ -z "${INPUT:-}" ] || [ -f "$INPUT" ] || fail "INPUT=$INPUT is not a file"
	empty_folder
	start_server
	make_input
	submit_job
	watch_job
	show_result
}

say() { printf '\n== %s\n' "$*"; }

fail() {
	echo "demo: $*" >&2
	exit 1
}

# empty_folder starts afresh, but removes only what a demo has made.
empty_folder() {
	if [ -e "$demo" ] && [ ! -e "$demo/.reelastic-demo" ]; then
		fail "$demo exists and is not from a demo: move it away, or set DEMO_DIR"
	fi
	rm -rf "$demo"
	mkdir -p "$buckets/films-in" "$result"
	touch "$demo/.reelastic-demo"
	demo=$(cd "$demo" && pwd)
}

# start_server waits until the server answers that it is ready.
start_server() {
	endpoint=http://127.0.0.1:$(free_port)
	say "reelastic serve on $endpoint, data in $data"
	bin/reelastic serve --listen "${endpoint#http://}" --data "$data" 2>"$demo/server.log" &
	server=$!
	trap stop_server EXIT
	local try
	for try in $(seq 100); do
		kill -0 "$server" 2>/dev/null || fail "the server ended: $(tail -n 3 "$demo/server.log")"
		if healthy; then
			return
		fi
		sleep 0.1
	done
	fail "the server is not ready after $try tries: see $demo/server.log"
}

# healthy asks GET /healthz, without a client to install.
healthy() {
	local host=${endpoint#http://} status
	exec 3<>"/dev/tcp/${host/://}" || return 1
	printf 'GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n' "$host" >&3
	read -r status <&3
	exec 3>&-
	[[ $status == *" 200 "* ]]
} 2>/dev/null

free_port() {
	local port
	while port=$((20000 + RANDOM % 10000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
	echo "$port"
}

stop_server() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" || true
	fi
}

# make_input puts the given file, or 20 seconds of test picture and tone, into
# the input bucket.
make_input() {
	if [ -n "${INPUT:-}" ]; then
		say "input: $INPUT"
		key=input.${INPUT##*.}
		cp --reflink=auto -- "$INPUT" "$buckets/films-in/$key"
		return
	fi
	say "input: a made clip of 20 s, 1280x720, 30 frames a second"
	key=clip.mp4
	local picture=testsrc2=size=1280x720:rate=30:duration=20
	local clock="drawtext=timecode='00\\:00\\:00\\:00':rate=30:fontsize=64:fontcolor=white:box=1:boxcolor=black:x=(w-tw)/2:y=h*0.8"
	if ffmpeg -v quiet -f lavfi -i "$picture" -vf "$clock" -frames:v 1 -f null - </dev/null; then
		picture+=,$clock # needs a font
	fi
	ffmpeg -v error -f lavfi -i "$picture" -f lavfi -i sine=frequency=440:sample_rate=48000:duration=20 \
		-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac "$buckets/films-in/$key" </dev/null
}

# elastictranscoder runs a command of the AWS command line against the server,
# with the credentials that the server has made.
elastictranscoder() {
	env -u AWS_PROFILE -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \
		AWS_SHARED_CREDENTIALS_FILE="$data/credentials" AWS_CONFIG_FILE=/dev/null AWS_PAGER="" \
		/usr/bin/aws --endpoint-url "$endpoint" --output text elastictranscoder "$@"
}

# submit_job asks for an HLS ladder of four renditions with its master playlist,
# an MP4, and thumbnails.
submit_job() {
	local pipeline
	pipeline=$(elastictranscoder create-pipeline --name demo --input-bucket films-in --output-bucket films-out \
		--role arn:aws:iam::000000000000:role/demo --query Pipeline.Id)
	say "pipeline $pipeline: films-in -> films-out"
	cat >"$demo/job.json" <<-END
		{
		  "PipelineId": "$pipeline",
		  "Inputs": [{"Key": "$key"}],
		  "OutputKeyPrefix": "film/",
		  "Outputs": [
		    {"Key": "hls-2000k", "PresetId": "1351620000001-200010", "SegmentDuration": "6"},
		    {"Key": "hls-1000k", "PresetId": "1351620000001-200030", "SegmentDuration": "6"},
		    {"Key": "hls-0600k", "PresetId": "1351620000001-200040", "SegmentDuration": "6"},
		    {"Key": "hls-0400k", "PresetId": "1351620000001-200050", "SegmentDuration": "6"},
		    {"Key": "film-720p.mp4", "PresetId": "1351620000001-000010", "ThumbnailPattern": "thumb-{count}"}
		  ],
		  "Playlists": [
		    {"Name": "master", "Format": "HLSv3", "OutputKeys": ["hls-2000k", "hls-1000k", "hls-0600k", "hls-0400k"]}
		  ]
		}
	END
	job=$(elastictranscoder create-job --cli-input-json "file://$demo/job.json" --query Job.Id)
	say "job $job"
}

watch_job() {
	AWS_SHARED_CREDENTIALS_FILE=$data/credentials bin/reelastic job watch "$job" --endpoint-url "$endpoint" ||
		fail "the job did not become Complete: see $demo/server.log"
}

show_result() {
	local out=$result/film name streams
	say "files (bytes, name)"
	(cd "$out" && find . -type f -printf '%10s  %P\n' | sort -k 2)
	say "master.m3u8"
	cat "$out/master.m3u8"
	say "what ffprobe reads"
	for name in hls-2000k.m3u8 hls-1000k.m3u8 hls-0600k.m3u8 hls-0400k.m3u8 film-720p.mp4; do
		streams=$(describe "$out/$name") || fail "$out/$name can't be read"
		printf '%-16s %s\n' "$name" "$streams"
	done
	say "done in $SECONDS s. Play it:"
	echo "  ffplay $out/master.m3u8"
	echo "  ffplay $out/film-720p.mp4"
	echo "The folder $demo is yours to look at; the next demo empties it."
}

# describe prints one line: each stream, and how many seconds the file lasts.
describe() {
	ffprobe -v error -show_entries stream=codec_name,width,height,r_frame_rate:format=duration \
		-of csv=print_section=0:item_sep='\ ' "$1" |
		awk 'NF { sub(" 0/0$", ""); if (!seen[$0]++) line = line $0 " | " } END { sub(" [|] $", "", line); print line " s" }'
}

main
