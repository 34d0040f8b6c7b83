package manifest

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

// film has two renditions of frames, audio, and captions in a file of their own.
func film() SmoothPresentation {
	second := uint64(SmoothTimescale)
	chunks := []SmoothChunk{{0, 2 * second}, {2 * second, 2 * second}, {4 * second, 4004000}}
	level := func(uri string, rate int, size media.Size) SmoothLevel {
		return SmoothLevel{URI: uri, TrackID: 1, BitRate: rate, FourCC: "H264", Size: size,
			Private: AVCPrivate([]byte{0x67, 0x4d, 0x40, 0x1f}, []byte{0x68, 0xee})}
	}
	return SmoothPresentation{ClientURI: "film.ismc", Streams: []SmoothStream{
		{Type: "video", Name: "video", Chunks: chunks, Levels: []SmoothLevel{
			level("big", 801000, media.Size{Width: 640, Height: 360}),
			level("a%20b/small", 401000, media.Size{Width: 320, Height: 180})}},
		{Type: "audio", Name: "audio", Chunks: []SmoothChunk{{0, 44100000}}, Levels: []SmoothLevel{
			{URI: "big", TrackID: 2, BitRate: 65000, FourCC: "AACL", Private: []byte{0x12, 0x10}, SampleRate: 44100,
				Channels: 2}}},
		{Type: "text", Name: "text_en", Language: "en", Chunks: chunks, Levels: []SmoothLevel{
			{URI: "cc-en00000.ismt", TrackID: 1, BitRate: 1000, FourCC: "DFXP"}}},
	}}
}

func TestSmoothClient(t *testing.T) {
	t.Parallel()
	p := film()
	p.Protection = &SmoothProtection{SystemID: "9a04f079-9840-4286-ab92-e65be0885f95", Header: []byte("header")}
	want := `<?xml version="1.0" encoding="utf-8"?>
<SmoothStreamingMedia MajorVersion="2" MinorVersion="0" Duration="44100000" TimeScale="10000000">
  <Protection>
    <ProtectionHeader SystemID="9A04F079-9840-4286-AB92-E65BE0885F95">aGVhZGVy</ProtectionHeader>
  </Protection>
  <StreamIndex Type="video" Name="video" Chunks="3" QualityLevels="2" MaxWidth="640" MaxHeight="360" DisplayWidth="640" DisplayHeight="360" Url="QualityLevels({bitrate})/Fragments(video={start time})">
    <QualityLevel Index="0" Bitrate="801000" FourCC="H264" MaxWidth="640" MaxHeight="360" CodecPrivateData="00000001674D401F0000000168EE"/>
    <QualityLevel Index="1" Bitrate="401000" FourCC="H264" MaxWidth="320" MaxHeight="180" CodecPrivateData="00000001674D401F0000000168EE"/>
    <c t="0" d="20000000"/>
    <c t="20000000" d="20000000"/>
    <c t="40000000" d="4004000"/>
  </StreamIndex>
  <StreamIndex Type="audio" Name="audio" Chunks="1" QualityLevels="1" Url="QualityLevels({bitrate})/Fragments(audio={start time})">
    <QualityLevel Index="0" Bitrate="65000" FourCC="AACL" SamplingRate="44100" Channels="2" BitsPerSample="16" PacketSize="4" AudioTag="255" CodecPrivateData="1210"/>
    <c t="0" d="44100000"/>
  </StreamIndex>
  <StreamIndex Type="text" Name="text_en" Subtype="CAPT" Language="en" Chunks="3" QualityLevels="1" Url="QualityLevels({bitrate})/Fragments(text_en={start time})">
    <QualityLevel Index="0" Bitrate="1000" FourCC="DFXP" CodecPrivateData=""/>
    <c t="0" d="20000000"/>
    <c t="20000000" d="20000000"/>
    <c t="40000000" d="4004000"/>
  </StreamIndex>
</SmoothStreamingMedia>
`
	if diff := cmp.Diff(want, string(p.Client())); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

func TestSmoothServer(t *testing.T) {
	t.Parallel()
	want := `<?xml version="1.0" encoding="utf-8"?>
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
  <head>
    <meta name="clientManifestRelativePath" content="film.ismc"/>
  </head>
  <body>
    <switch>
      <video src="big" systemBitrate="801000">
        <param name="trackID" value="1" valuetype="data"/>
        <param name="trackName" value="video" valuetype="data"/>
      </video>
      <video src="a%20b/small" systemBitrate="401000">
        <param name="trackID" value="1" valuetype="data"/>
        <param name="trackName" value="video" valuetype="data"/>
      </video>
      <audio src="big" systemBitrate="65000">
        <param name="trackID" value="2" valuetype="data"/>
        <param name="trackName" value="audio" valuetype="data"/>
      </audio>
      <textstream src="cc-en00000.ismt" systemBitrate="1000" systemLanguage="en">
        <param name="trackID" value="1" valuetype="data"/>
        <param name="trackName" value="text_en" valuetype="data"/>
      </textstream>
    </switch>
  </body>
</smil>
`
	if diff := cmp.Diff(want, string(film().Server())); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

// Whatever names there are, the manifests are XML that says them.
func FuzzSmooth(f *testing.F) {
	f.Add("text_en", "a&b.ismc", `"quoted" <name>`)
	f.Fuzz(func(t *testing.T, name, client, source string) {
		p := film()
		p.ClientURI, p.Streams[2].Name, p.Streams[2].Levels[0].URI = RelativeURI("", client), name, RelativeURI("",
			source)
		var m struct {
			Meta struct {
				Content string `xml:"content,attr"`
			} `xml:"head>meta"`
			Text struct {
				Source string `xml:"src,attr"`
			} `xml:"body>switch>textstream"`
		}
		if err := xml.Unmarshal(p.Server(), &m); err != nil {
			t.Fatal(err)
		}
		if m.Meta.Content != p.ClientURI || m.Text.Source != p.Streams[2].Levels[0].URI {
			t.Errorf("%+v of %q and %q", m, client, source)
		}
		if err := xml.Unmarshal(p.Client(), new(struct{})); err != nil || strings.Count(string(p.Client()),
			"<QualityLevel ") != 4 {
			t.Errorf("%v in %s", err, p.Client())
		}
	})
}
