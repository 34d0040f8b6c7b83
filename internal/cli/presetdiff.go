package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/api"
)

// differences are the members in which two presets differ, but for what says which preset
// it is.
func differences(a, b *api.Preset) ([]presetDifference, error) {
	first, err := membersOf(a)
	if err != nil {
		return nil, err
	}
	second, err := membersOf(b)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, members := range []map[string]string{first, second} {
		for name := range members {
			names[name] = true
		}
	}
	found := []presetDifference{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := presetDifference{Member: name}
		if value, ok := first[name]; ok {
			d.A = &value
		}
		if value, ok := second[name]; ok {
			d.B = &value
		}
		if d.A == nil || d.B == nil || *d.A != *d.B {
			found = append(found, d)
		}
	}
	return found, nil
}

// membersOf are the values of a preset's members, by names as in messages of the API.
func membersOf(p *api.Preset) (map[string]string, error) {
	alike := *p
	alike.Id, alike.Arn, alike.Name, alike.Description, alike.Type = nil, nil, nil, nil, nil
	text, err := json.Marshal(alike)
	if err != nil {
		return nil, err
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	members := map[string]string{}
	flatten(members, "", document)
	return members, nil
}

func flatten(members map[string]string, name string, value any) {
	below := func(part string) string {
		if name == "" {
			return part
		}
		return name + ":" + part
	}
	switch v := value.(type) {
	case nil:
	case map[string]any:
		for part, inner := range v {
			flatten(members, below(part), inner)
		}
	case []any:
		for i, inner := range v {
			part := strconv.Itoa(i + 1)
			if element, ok := inner.(map[string]any); ok && element["Id"] != nil {
				part = fmt.Sprint(element["Id"]) // a watermark is known by its id
			}
			flatten(members, below(part), inner)
		}
	default:
		members[name] = fmt.Sprint(v)
	}
}
