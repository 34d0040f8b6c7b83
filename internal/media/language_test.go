package media

import (
	"strings"
	"testing"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"en": "eng", "ENG": "eng", "en-US": "eng", "pt_BR": "por", "fr": "fra", "fre": "fra", "fra": "fra", "de": "deu",
		"ger": "deu", "zh": "zho", "chi": "zho", "tlh": "tlh", "": "und", "x": "und", "e1g": "und", "und": "und",
		"a:": "und", "\n": "und", "zu": "zul", "zza": "zza", "aa": "aar", "n": "und",
	} {
		if got := Alpha3(code); got != want {
			t.Errorf("Alpha3(%q) = %q, want %q", code, got, want)
		}
	}
	if !SameLanguage("pt-BR", "POR_br") || SameLanguage("pt", "pt-BR") || SameLanguage("q1", "q2") {
		t.Error("regions or unknown codes are compared wrongly")
	}
	seen := map[string]bool{}
	for _, row := range strings.Fields(languages) {
		for _, code := range strings.Split(row, ":") {
			if seen[code] {
				t.Errorf("%s stands twice", code)
			}
			seen[code] = true
		}
	}
}
