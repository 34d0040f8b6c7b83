package reelastictest

import (
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
)

// SmoothOrigin is a streaming server for the presentations of Smooth Streaming in a
// folder of objects: it answers a client's requests from the server's manifest (.ism)
// and the files that it names, as such servers do, and has no other knowledge.
type SmoothOrigin struct{ Folder string }

var smoothRequest = regexp.MustCompile(
	`\A/?(.+\.ism)/(?:(?i:manifest)|QualityLevels\((\d+)\)/Fragments\(([^=]+)=(\d+)\))\z`)

// ServeHTTP answers requests for "NAME.ism/Manifest" and for
// "NAME.ism/QualityLevels(RATE)/Fragments(STREAM=TIME)"; everything else is not found.
func (o SmoothOrigin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	request := smoothRequest.FindStringSubmatch(r.URL.Path)
	if request == nil {
		http.NotFound(w, r)
		return
	}
	var content []byte
	var err error
	if request[2] == "" {
		w.Header().Set("Content-Type", "text/xml")
		content, err = o.Manifest(request[1])
	} else {
		w.Header().Set("Content-Type", "video/mp4")
		content, err = o.Fragment(request[1], request[3], request[2], request[4])
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	_, _ = w.Write(content) // the client tells
}

// smil is a server's manifest.
type smil struct {
	Meta []struct {
		Name    string `xml:"name,attr"`
		Content string `xml:"content,attr"`
	} `xml:"head>meta"`
	Switch struct {
		Tracks []struct {
			XMLName xml.Name
			Source  string `xml:"src,attr"`
			BitRate string `xml:"systemBitrate,attr"`
			Params  []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"param"`
		} `xml:",any"`
	} `xml:"body>switch"`
}

func (o SmoothOrigin) read(key string) ([]byte, error) {
	return os.ReadFile(filepath.Join(o.Folder, filepath.FromSlash(key)))
}

func (o SmoothOrigin) server(key string) (m smil, err error) {
	text, err := o.read(key)
	if err == nil {
		err = xml.Unmarshal(text, &m)
	}
	return m, err
}

// beside is the key that a reference in the object of a key leads to.
func beside(key, reference string) (string, error) {
	name, err := url.PathUnescape(reference)
	return path.Join(path.Dir(key), name), err
}

// Manifest is the clients' manifest of a presentation by the key of the server's.
func (o SmoothOrigin) Manifest(key string) ([]byte, error) {
	m, err := o.server(key)
	if err != nil {
		return nil, err
	}
	for _, meta := range m.Meta {
		if meta.Name == "clientManifestRelativePath" {
			client, err := beside(key, meta.Content)
			if err != nil {
				return nil, err
			}
			return o.read(client)
		}
	}
	return nil, fmt.Errorf("%s names no manifest for clients", key)
}

// Fragment is a fragment, header and media, of the track with the bit rate in a stream.
func (o SmoothOrigin) Fragment(key, stream, bitRate, start string) ([]byte, error) {
	m, err := o.server(key)
	if err != nil {
		return nil, err
	}
	for _, t := range m.Switch.Tracks {
		params := map[string]string{"trackName": t.XMLName.Local}
		for _, p := range t.Params {
			params[p.Name] = p.Value
		}
		if t.BitRate != bitRate || params["trackName"] != stream {
			continue
		}
		source, err := beside(key, t.Source)
		if err != nil {
			return nil, err
		}
		file, err := o.read(source)
		if err != nil {
			return nil, err
		}
		id, err := strconv.ParseUint(params["trackID"], 10, 32)
		if err != nil {
			return nil, err
		}
		time, err := strconv.ParseUint(start, 10, 64)
		if err != nil {
			return nil, err
		}
		return smoothFragment(file, uint32(id), time)
	}
	return nil, fmt.Errorf("%s has no stream %q with a track of %s bit/s", key, stream, bitRate)
}

// smoothFragment finds a fragment by the list at the end of a file, which says how
// long it is itself.
func smoothFragment(file []byte, track uint32, start uint64) (content []byte, err error) {
	defer func() {
		if recover() != nil {
			content, err = nil, errors.New("the file's list of fragments is broken")
		}
	}()
	list := file[len(file)-int(binary.BigEndian.Uint32(file[len(file)-4:])):]
	for rest := list[8:]; len(rest) > 8; rest = rest[binary.BigEndian.Uint32(rest):] {
		if string(rest[4:8]) != "tfra" || binary.BigEndian.Uint32(rest[12:]) != track {
			continue
		}
		if rest[8] != 1 || binary.BigEndian.Uint32(rest[16:]) != 0 {
			return nil, errors.New("the list of fragments is in another form")
		}
		const head, entry = 24, 8 + 8 + 3
		for n := range int(binary.BigEndian.Uint32(rest[20:])) {
			e := rest[head+n*entry:]
			if binary.BigEndian.Uint64(e) == start {
				at := int(binary.BigEndian.Uint64(e[8:]))
				header := int(binary.BigEndian.Uint32(file[at:]))
				media := int(binary.BigEndian.Uint32(file[at+header:]))
				if kinds := string(file[at+4:at+8]) + string(file[at+header+4:at+header+8]); kinds != "moofmdat" {
					return nil, fmt.Errorf("the list leads to %q", kinds)
				}
				return file[at : at+header+media], nil
			}
		}
		return nil, fmt.Errorf("track %d has no fragment at %d", track, start)
	}
	return nil, fmt.Errorf("no list of the fragments of track %d", track)
}
