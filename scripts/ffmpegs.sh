# Sourced by the scripts that run tests, after root.sh and tests.sh: what is tested
# with the ffmpeg of other Debian suites than the machine's.

# with_ffmpeg SUITE COMMAND... runs a command with the ffmpeg of a suite, whose root
# scripts/setup-ffmpegs.sh has made, in the place of the machine's.
with_ffmpeg() {
	local root=$roots/ffmpeg-$1
	shift
	PATH=$root.tools:$PATH REELASTIC_TEST_FFMPEG=$root/usr/bin/ffmpeg "$@"
}

# ffmpeg_all runs every test that has to do with ffmpeg.
ffmpeg_all() {
	local status=0
	tests . -count=1 -p 2 ./internal/ffmpeg ./internal/plan ./internal/job ./internal/format/caption ./internal/format/cenc ./internal/format/mp4box || status=1
	tests test -count=1 -p 2 ./inputs/field ./inputs/samples ./inputs/hostile ./joboptions ./presets ./playlists || status=1
	return $status
}

# ffmpeg_sample runs a minute's worth of them: how failures are told, what probing
# finds, fields, colours, covers, thumbnails, and two whole jobs.
ffmpeg_sample() {
	local status=0
	tests . -count=1 -p 2 -run '^Test(Run|Probe|Caps|Sandbox|Codecs|Conversions|Covers|Fields|Thumbnail|Joined|Job)' \
		./internal/ffmpeg ./internal/plan ./internal/job || status=1
	tests test -count=1 -run '^Test(StitchedJob|Overrides)$' ./joboptions || status=1
	return $status
}
