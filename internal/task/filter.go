package task

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// JobFilter selects jobs. The zero value selects all.
type JobFilter struct {
	// PipelineID and Status are "" for any.
	PipelineID string           `json:"pipelineId,omitempty"`
	Status     transcode.Status `json:"status,omitempty"`
	// Pipelines are those whose jobs may be found; nil for all.
	Pipelines []string `json:"pipelines,omitempty"`
	// Text is looked for in the words of ids, input keys, output keys and playlist names: a
	// job must have them all, the last one as the beginning of a word.
	Text string `json:"text,omitempty"`
	// Metadata are pairs that the user metadata must have.
	Metadata map[string]string `json:"metadata,omitempty"`
	// From and Until bound the time of submission: From is in it, Until is not. Zero is
	// no bound.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

const (
	// maxWord is the longest word, in bytes; what is longer is cut.
	maxWord = 64
	// maxWords is how many words of a job are kept: those of the id and the inputs first.
	maxWords = 200
)

// Words are the runs of letters and digits in texts, in lower case, each once, in their
// order.
func Words(texts ...string) []string {
	var all []string
	seen := map[string]bool{}
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(strings.ToLower(text), separates) {
			if word = cutWord(word); !seen[word] {
				seen[word] = true
				all = append(all, word)
			}
		}
	}
	return all
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// cutWord cuts a word between characters.
func cutWord(word string) string {
	if len(word) <= maxWord {
		return word
	}
	return strings.ToValidUTF8(word[:maxWord], "")
}

// JobWords are the words by which a job is found.
func JobWords(j *api.Job) []string {
	texts := []string{value(j.Id)}
	for _, in := range j.Inputs {
		texts = append(texts, value(in.Key))
	}
	texts = append(texts, value(j.OutputKeyPrefix))
	for _, o := range j.Outputs {
		texts = append(texts, value(o.Key))
	}
	for _, p := range j.Playlists {
		texts = append(texts, value(p.Name))
	}
	words := Words(texts...)
	return words[:min(len(words), maxWords)]
}

// MetadataTerms are the pairs of user metadata as terms, which are like no word.
func MetadataTerms(pairs map[string]string) []string {
	var terms []string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		terms = append(terms, "="+key+"="+pairs[key])
	}
	return terms
}

// value is that of a member, "" for null.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
