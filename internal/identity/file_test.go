package identity

import (
	"strings"
	"testing"
)

// FuzzParseFile reads credentials files. What is taken from one is usable, and is read again
// from the file that holds it.
func FuzzParseFile(f *testing.F) {
	for _, text := range []string{
		"[default]\naws_access_key_id = AKRLEXAMPLE\naws_secret_access_key = secret\nregion = us-east-1\n",
		"[other]\naws_access_key_id=A\n[default]\n; comment\nAWS_ACCESS_KEY_ID=AKIAB\naws_secret_access_key==\n",
		"[default\naws_session_token = t", "=", "[", "# [default]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseFile(text, ownProfile)
		if err != nil {
			if strings.Contains(err.Error(), "secret =") {
				t.Errorf("the error quotes the file: %v", err)
			}
			return
		}
		if !accessKeyForm.MatchString(c.AccessKeyID) || c.SecretAccessKey == "" {
			t.Fatalf("%q gives %q with a secret of %d bytes", text, c.AccessKeyID, len(c.SecretAccessKey))
		}
		c.SessionToken = "" // which files of ours don't have
		again, err := ParseFile(CredentialsFile(c, "us-east-1"), ownProfile)
		if err != nil || again != c {
			t.Errorf("%q gives %q, which is read again as %q: %v", text, c.AccessKeyID, again.AccessKeyID, err)
		}
	})
}
