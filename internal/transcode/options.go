package transcode

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// optionPrefix marks the pairs of UserMetadata that are options of this
// service, so that any old SDK can send them.
const optionPrefix = "reelastic:"

// options reads the options by key, without the prefix.
var options = map[string]func(r *reader, member, value string, spec *JobSpec){
	"priority": func(r *reader, member, value string, spec *JobSpec) {
		if len(value) != 1 || value < "0" || value > "9" {
			r.fail(invalid(member, value, "it must be a digit, 0 to 9, the highest first"))
			return
		}
		spec.Priority = int(value[0] - '0')
	},
	"speed": func(r *reader, member, value string, spec *JobSpec) {
		spec.Speed = value
		if !slices.Contains(Speeds, value) {
			r.fail(invalid(member, value, "it must be one of "+strings.Join(Speeds, ", ")))
		}
	},
	"overwrite": func(r *reader, member, value string, spec *JobSpec) {
		spec.Overwrite = value == "true"
		if value != "true" && value != "false" {
			r.fail(invalid(member, value, "it must be true or false"))
		}
	},
}

// Speeds are those of encoders, the fastest first, by the names of x264's presets; without the
// one that is slower and no better.
var Speeds = []string{"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}

// Limits of UserMetadata (original.md 4.15), lengths in characters.
const (
	maxPairs        = 10
	maxMetadataKey  = 128
	maxMetadataText = 256
)

// readOptions reads the options among the pairs and checks the others. Options
// do not count toward the limit of pairs.
func readOptions(r *reader, pairs map[string]string, spec *JobSpec) {
	plain := 0
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		value := pairs[key]
		if name, ok := strings.CutPrefix(key, optionPrefix); ok {
			readOption(r, name, value, spec)
			continue
		}
		plain++
		checkPair(r, key, value)
	}
	if plain > maxPairs {
		r.fail(invalid("UserMetadata", fmt.Sprintf("%d pairs", plain), fmt.Sprintf("there may be at most %d",
			maxPairs)))
	}
}

func readOption(r *reader, name, value string, spec *JobSpec) {
	read, known := options[name]
	if !known {
		var names []string
		for _, n := range slices.Sorted(maps.Keys(options)) {
			names = append(names, optionPrefix+n)
		}
		r.fail(invalid("UserMetadata", optionPrefix+name, "the options are "+andList(names)))
		return
	}
	read(r, "UserMetadata:"+optionPrefix+name, value, spec)
}

func checkPair(r *reader, key, value string) {
	if n := utf8.RuneCountInString(key); n < 1 || n > maxMetadataKey || !metadataText(key) {
		r.fail(invalid("UserMetadata", key,
			fmt.Sprintf("a key must have 1 to %d of the characters 0-9, A-Z, a-z, space and _.:/=+-%%@",
				maxMetadataKey)))
	}
	if utf8.RuneCountInString(value) > maxMetadataText || !metadataText(value) {
		r.fail(invalid("UserMetadata:"+key, value,
			fmt.Sprintf("a value may have at most %d of the characters 0-9, A-Z, a-z, space and _.:/=+-%%@",
				maxMetadataText)))
	}
}

func metadataText(s string) bool {
	for _, c := range s {
		letter := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && !strings.ContainsRune(" _.:/=+-%@", c) {
			return false
		}
	}
	return true
}
