package transcode

// systemNames are short names of the presets that come with the service, for people. The
// part of an id behind the hyphen stands for it.
var systemNames = []struct{ number, name string }{
	{"000001", "generic-1080p"},
	{"000010", "generic-720p"},
	{"000020", "generic-480p"},
	{"000030", "generic-480p-4x3"},
	{"000040", "generic-360p"},
	{"000050", "generic-360p-4x3"},
	{"000061", "generic-240p"},
	{"100020", "iphone-4s"},
	{"100040", "ipod-touch"},
	{"100050", "apple-tv-2g"},
	{"100060", "apple-tv-3g"},
	{"100070", "web"},
	{"100080", "kindle-fire-hd"},
	{"100090", "kindle-fire-hd8.9"},
	{"100110", "aac-256k"},
	{"100120", "aac-160k"},
	{"100130", "aac-128k"},
	{"100141", "aac-64k"},
	{"100150", "kindle-fire-hdx"},
	{"100160", "mpg-ntsc"},
	{"100170", "mpg-pal"},
	{"100180", "mp4-1080i60"},
	{"100190", "mp4-1080i50"},
	{"100200", "gif"},
	{"100210", "flv"},
	{"100220", "xdcam-1080i60"},
	{"100230", "xdcam-1080i50"},
	{"100240", "webm-720p"},
	{"100250", "webm-vp9-720p"},
	{"100260", "webm-vp9-360p"},
	{"200010", "hls-2m"},
	{"200015", "hls-video-2m"},
	{"200020", "hls-1.5m"},
	{"200025", "hls-video-1.5m"},
	{"200030", "hls-1m"},
	{"200035", "hls-video-1m"},
	{"200040", "hls-600k"},
	{"200045", "hls-video-600k"},
	{"200050", "hls-400k"},
	{"200055", "hls-video-400k"},
	{"200060", "hls-audio-160k"},
	{"200071", "hls-audio-64k"},
	{"300010", "mp3-320k"},
	{"300020", "mp3-192k"},
	{"300030", "mp3-160k"},
	{"300040", "mp3-128k"},
	{"300110", "flac"},
	{"300200", "wav-8bit"},
	{"300300", "wav"},
	{"400010", "smooth-3m"},
	{"400020", "smooth-2m"},
	{"400030", "smooth-1.5m"},
	{"400040", "smooth-1m"},
	{"400050", "smooth-800k"},
	{"400060", "smooth-600k"},
	{"400070", "smooth-500k"},
	{"400080", "smooth-400k"},
	{"500020", "dash-video-4.8m"},
	{"500030", "dash-video-2.4m"},
	{"500040", "dash-video-1.2m"},
	{"500050", "dash-video-600k"},
	{"500060", "dash-audio-128k"},
}

// systemIDs begin the ids of the presets that come with the service.
const systemIDs = "1351620000001-"

// SystemPresetName is the short name of a preset that comes with the service; "" for others,
// and for those that were withdrawn.
func SystemPresetName(id string) string {
	for _, n := range systemNames {
		if systemIDs+n.number == id {
			return n.name
		}
	}
	return ""
}

// SystemPresetNamed is the id of the preset of a short name; "" when there is none.
func SystemPresetNamed(name string) string {
	for _, n := range systemNames {
		if n.name == name {
			return systemIDs + n.number
		}
	}
	return ""
}
