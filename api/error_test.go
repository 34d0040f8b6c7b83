package api

import "testing"

// FuzzParseErrorCode reads the header that names an error: what is read is read again.
func FuzzParseErrorCode(f *testing.F) {
	for _, header := range []string{
		"ValidationException:", "a.b#ValidationException:http://x#y", "#:", " : ", "a # b ",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		code := ParseErrorCode(header)
		if again := ParseErrorCode(code.Header()); again != code {
			t.Errorf("%q is %q, which is read as %q", header, code, again)
		}
	})
}
