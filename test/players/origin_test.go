package players

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// origin serves a server's output bucket as a web server would: with the content
// types that the jobs stored, to pages from elsewhere, and in ranges; and Smooth
// Streaming as a streaming server does.
type origin struct {
	*httptest.Server
	bucket string            // its folder
	types  map[string]string // content type by key

	mu      sync.Mutex
	refused []string // requests for what there is not
}

// startOrigin serves the bucket "out", once it has learned what is there, and the
// key of protected playlists.
func startOrigin(t *testing.T, s *reelastictest.Server) *origin {
	t.Helper()
	o := &origin{bucket: s.Bucket("out"), types: map[string]string{}}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

// learn reads what the server's store knows of its objects.
func (o *origin) learn(t *testing.T) {
	t.Helper()
	records := filepath.Join(filepath.Dir(o.bucket), ".reelastic")
	err := filepath.WalkDir(records, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var record struct {
			Key      string
			Versions []struct{ ContentType string }
		}
		if err := json.Unmarshal(text, &record); err != nil {
			return fmt.Errorf("record %s: %w: %s", path, err, text)
		}
		if len(record.Versions) == 0 {
			return fmt.Errorf("record %s has no version: %s", path, text)
		}
		o.types[record.Key] = record.Versions[0].ContentType
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// contentKey is what the key server hands out, at keyPath.
var contentKey = []byte("a key: 128 bits!")

const keyPath = "keys/film"

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "Range")
	h.Set("Access-Control-Expose-Headers", "Content-Length, Content-Range, Date")
	if r.Method == http.MethodOptions {
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/")
	if key == keyPath {
		h.Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(contentKey) // the player tells
		return
	}
	if strings.Contains(key, ".ism/") {
		reelastictest.SmoothOrigin{Folder: o.bucket}.ServeHTTP(w, r)
		return
	}
	file, err := os.Open(filepath.Join(o.bucket, filepath.FromSlash(key)))
	kind, known := o.types[key]
	if err != nil || !known {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.refused = append(o.refused, r.Method+" "+r.URL.Path)
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", kind)
	http.ServeContent(w, r, "", info.ModTime(), file)
}

// studio serves the pages and the players, and takes what the players appended.
type studio struct {
	*httptest.Server

	mu    sync.Mutex
	parts map[string][]part // by test
}

func startStudio(t *testing.T) *studio {
	t.Helper()
	s := &studio{parts: map[string][]part{}}
	mux := http.NewServeMux()
	mux.Handle("GET /page/", http.StripPrefix("/page/", http.FileServer(http.Dir("page"))))
	mux.Handle("GET /js/", http.StripPrefix("/js/", http.FileServer(http.Dir("js/node_modules"))))
	mux.HandleFunc("GET /favicon.ico", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /appended/", s.take)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// take keeps one appended part.
func (s *studio) take(w http.ResponseWriter, r *http.Request) {
	offset, err := strconv.ParseFloat(r.FormValue("offset"), 64)
	bytes, readErr := io.ReadAll(r.Body)
	if err != nil || readErr != nil {
		http.Error(w, fmt.Sprint(err, readErr), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[r.URL.Path] = append(s.parts[r.URL.Path], part{kind: r.FormValue("type"), offset: offset, bytes: bytes})
}

// taken are the parts that a page sent to a path.
func (s *studio) taken(path string) []part {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parts[path]
}
