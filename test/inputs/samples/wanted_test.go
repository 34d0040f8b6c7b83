package samples

// want is what comes out of a file with the 480p preset at an automatic rate.
type want struct {
	file   string
	always bool // in every run, not only with REELASTIC_SOAK

	code    int  // of the failure; 0 for a complete job
	unknown bool // nothing in it can be decoded, and so nothing is detected
	// without names what an ffmpeg lacks that fails so; others make it complete.
	without string

	width, height int // within 854x480 after rotation, square pixels, even
	rate          string
}

var wanted = []want{
	{file: "video/flower-540p-h264-aac.mp4", width: 854, height: 480, rate: "29.97"},
	{file: "video/flower-540p-vp8-vorbis.webm", always: true, width: 854, height: 480, rate: "29.97"},
	{file: "video/bbb-720p-30s-vp8.webm", width: 854, height: 480, rate: "24"},
	{file: "video/bbb-480p-30s-h264-aac51.mp4", width: 854, height: 480, rate: "24"},
	{file: "video/long-6min-1080p-lowbitrate.mp4", width: 854, height: 480, rate: "30"},
	{file: "video/portrait-rot90-iphone.mov", always: true, width: 270, height: 480, rate: "29.97"},
	{file: "video/kitchen-rot180-vfr.mp4", always: true, width: 854, height: 480, rate: "10.505"},
	{file: "video/phone-vfr-oddsize.mp4", always: true, width: 270, height: 480, rate: "23.97"},
	{file: "video/sample-h264-aac.mkv", always: true, width: 320, height: 240, rate: "24"},
	{file: "video/av1-video-only.mkv", width: 640, height: 360, rate: "25"},
	{file: "video/odd-framerate-vp9-opus.webm", always: true, width: 640, height: 480, rate: "8.797"},
	{file: "video/roadtrip-vp9-10bit.webm", width: 426, height: 240, rate: "23.97"},
	{file: "video/no-duration.webm", width: 854, height: 480, rate: "14.98501"},
	{file: "video/sample-mpeg4-mp3.avi", always: true, width: 854, height: 356, rate: "23.97"},
	{file: "video/sample-mjpeg-pcmu8.mov", always: true, width: 640, height: 480, rate: "10"},
	{file: "video/sample-prores422.mov", always: true, width: 320, height: 240, rate: "25"},
	{file: "video/segment-h264-aac.ts", always: true, width: 392, height: 300, rate: "15"},
	{file: "video/xdcam-ex-1080i60.mov", width: 854, height: 480, rate: "25"},
	{file: "video/interlaced-480i-tff-mpeg2-ac3.mkv", width: 854, height: 480, rate: "29.97"},
	{file: "video/weird-sar-mpeg1.mpg", always: true, width: 500, height: 288, rate: "25"},
	{file: "video/sample-flv1-mp3.flv", width: 170, height: 120, rate: "24"},
	{file: "video/sample-h264-aac.flv", always: true, width: 720, height: 480, rate: "30"},
	{file: "video/sample-mpeg4-amr.3gp", always: true, width: 176, height: 144, rate: "15"},
	{file: "video/robot-wmv2-wmav2.wmv", always: true, width: 320, height: 240, rate: "30"},
	{file: "video/lego-mpeg2-720x576.mxf", width: 640, height: 480, rate: "25"},
	{file: "video/hdr10-pq-1080p-hevc.mp4", width: 854, height: 480, rate: "30"},
	{file: "video/hevc-bframes-480p.mp4", always: true, width: 854, height: 480, rate: "30"},
	{file: "video/portrait-4k60-rot90.mp4", always: true, width: 270, height: 480, rate: "30"},
	{file: "video/h264-422-10bit-8mono.mp4", width: 854, height: 480, rate: "25"},
	{file: "video/nasa-two-video-two-audio-movtext.mp4", width: 320, height: 180, rate: "25"},
	{file: "video/anamorphic-sar-3-2.mp4", width: 854, height: 480, rate: "8.797"},
	{file: "video/odd-321x241-444.mp4", always: true, width: 322, height: 242, rate: "25"},
	{file: "video/tall-16x4000.ts", width: 2, height: 480, rate: "30"},
	{file: "video/video-without-audio.mp4", width: 640, height: 480, rate: "8.797"},
	{file: "video/edit-list-positive-shift.mp4", width: 854, height: 480, rate: "30"},
	{file: "video/animated.gif", always: true, width: 64, height: 48, rate: "10"},
	{file: "video/audio-damaged.mp4", width: 640, height: 360, rate: "25"},

	// A cover is not a video.
	{file: "audio/bear-with-cover.mp3", always: true, code: 4008},
	{file: "audio/bear-with-cover.flac", code: 4008},
	{file: "audio/sample.m4a", code: 4008},
	{file: "audio/bear.ogg", always: true, code: 4008},
	{file: "audio/viper-41s.mp3", code: 4008},
	{file: "audio/hello-mono-44k.wav", code: 4008},
	{file: "audio/float-51-extensible.wav", code: 4008},

	{file: "bad/broken-no-moov.mp4", always: true, code: 4000},
	{file: "bad/not-media.mp4", always: true, code: 4000},
	{file: "bad/zero-bytes.mp4", always: true, code: 4000},
	{file: "bad/zero-frames.ts", always: true, code: 4006},
	{file: "bad/unsupported-vvc.mp4", always: true, code: 4006, unknown: true, without: "decoder for VVC", width: 320,
		height: 180, rate: "24"},
	{file: "bad/truncated.png", always: true, code: 4000},
}
