package sdks

import (
	"net/http"
	"testing"

	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// faults sends what the server refuses.
func (s *session) faults() {
	s.Helper()
	s.refused("ReadJob", object{"Id": "fake_job"}, "ValidationException", 400,
		`1 validation error detected: Value 'fake_job' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`)
	preset := presetRequest()
	preset["Video"].(object)["Codec"] = "libvpx"
	preset["Audio"].(object)["Codec"] = "libvorbis"
	s.refused("CreatePreset", preset, "ValidationException", 400,
		`2 validation errors detected: Value 'libvpx' at 'video.codec' failed to satisfy constraint: Member must satisfy regular expression pattern: (^H\.264$)|(^vp8$)|(^vp9$)|(^mpeg2$)|(^gif$)`+
			`; Value 'libvorbis' at 'audio.codec' failed to satisfy constraint: Member must satisfy regular expression pattern: (^AAC$)|(^vorbis$)|(^mp3$)|(^mp2$)|(^pcm$)|(^flac$)`)
	s.refused("ReadJob", object{"Id": missing}, "ResourceNotFoundException", 404,
		"The specified job was not found: account="+account+", jobId="+missing+".")
	s.refused("ReadPipeline", object{"Id": missing}, "ResourceNotFoundException", 404,
		"The specified pipeline was not found: account="+account+", pipelineId="+missing+".")
}

// denied signs with another secret.
func (s *session) denied(server *reelastictest.Server) {
	s.Helper()
	wrong := of(server)
	wrong.credentials.SecretAccessKey = "not the secret"
	a := s.open(s.T, wrong).ask(s.T, request{"call", "ListPipelines", object{}})
	e := a.Error
	switch {
	case e == nil:
		s.Error("a wrong secret was accepted")
	case s.classes && e.Class != "AccessDeniedException", e.Code != "" && e.Code != "AccessDeniedException",
		e.Status != 0 && e.Status != http.StatusForbidden:
		s.Errorf("with a wrong secret: %+v, want AccessDeniedException, 403", *e)
	}
}

// otherVersion asks for a version of the API that never was. A client that
// can't be made to is stood in for by a signed request.
func (s *session) otherVersion(server *reelastictest.Server) {
	s.Helper()
	const message = "The API version 2011-01-01 is not supported; the only one is 2012-09-25."
	if s.version {
		other := of(server)
		other.version = "2011-01-01"
		bound := session{s.T, s.kind, s.open(s.T, other)}
		bound.refused("ListPipelines", object{}, "IncompatibleVersionException", 400, message)
		return
	}
	resp, body := server.Send(s.T, http.MethodGet, "/2011-01-01/pipelines", nil)
	if resp.StatusCode != http.StatusBadRequest ||
		resp.Header.Get("x-amzn-ErrorType") != "IncompatibleVersionException:" ||
		document(s.T, body)["message"] != message {
		s.Errorf("another version: status %d, %s, %s", resp.StatusCode, resp.Header.Get("x-amzn-ErrorType"), body)
	}
}

// TestDatabaseAway stops the database under a server: every client sees that the service is
// unavailable, as its own error for that, for the model of the API has no such exception.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	var postgres pgtest.Server
	t.Cleanup(postgres.Stop)
	server := reelastictest.Start(t, "--workers", "0", "--database", postgres.Database(t))
	before := of(server)
	postgres.Down(t)
	eachClient(t, func(t *testing.T, k kind) {
		a := k.open(t, before).ask(t, request{"call", "ReadPipeline", object{"Id": missing}})
		if a.Error == nil {
			t.Fatal("succeeded without a database")
		}
		const unavailable = "ServiceUnavailableException"
		if e := *a.Error; e.Code != "" && e.Code != unavailable || e.Status != 0 &&
			e.Status != http.StatusServiceUnavailable || e.Code == "" && e.Status == 0 {
			t.Errorf("%+v, want %s, 503", e, unavailable)
		}
	})
}
