package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/reelastic/reelastic/internal/app"
)

// settingsFlag names a YAML file with settings, which stand between the environment and
// the defaults.
type settingsFlag string

// BeforeResolve reads the file, refuses what no command understands, and has kong ask it.
func (settingsFlag) BeforeResolve(ctx *kong.Context, trace *kong.Path, s *settings) error {
	name, _ := ctx.FlagValue(trace.Flag).(settingsFlag)
	file, err := os.Open(kong.ExpandPath(string(name)))
	if err != nil {
		return err
	}
	defer file.Close()
	s.file = string(name)
	if err := s.read(file); err != nil {
		return err
	}
	if s.secret {
		if err := app.CheckSecret(file); err != nil {
			return err
		}
	}
	ctx.AddResolver(kong.ResolverFunc(s.resolve))
	return s.check(ctx.Model)
}

// settings are the contents of a YAML file. A key at the top is a setting of all commands that
// have it, or the name of a command, with settings of that command alone below it.
type settings struct {
	file string
	top  []setting
	// secret tells that there is a password among them.
	secret bool
	// used are the lines of the settings in force, by name.
	used map[string]int
}

// setting is a key of a file and its value, which is no alias.
type setting struct {
	name  string
	line  int
	value *yaml.Node
}

// read reads one YAML document; none has no settings.
func (s *settings) read(r io.Reader) error {
	decoder := yaml.NewDecoder(r)
	var document, another yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return s.located(err)
	}
	if err := decoder.Decode(&another); !errors.Is(err, io.EOF) {
		return s.wrong(another.Line, "must be the only document in the file")
	}
	top := document.Content[0]
	if isNull(top) {
		return nil
	}
	if top.Kind != yaml.MappingNode {
		return s.wrong(top.Line, "must be settings, each a line of the form NAME: VALUE")
	}
	var all map[string]any // finds keys that are there twice, and aliases of themselves
	if err := top.Decode(&all); err != nil {
		return s.located(err)
	}
	s.top, s.secret = settingsOf(top), holdsPassword(all)
	return nil
}

// yamlLine is how package yaml begins the text of an error.
var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// located names the file and the line of an error of package yaml.
func (s *settings) located(err error) error {
	texts := []string{err.Error()}
	if several, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = several.Errors
	}
	var all []error
	for _, text := range texts {
		if line := yamlLine.FindStringSubmatch(text); line != nil {
			text = line[1] + ": " + text[len(line[0]):]
		}
		all = append(all, fmt.Errorf("%s:%s", s.file, text))
	}
	return errors.Join(all...)
}

// wrong is an error in a line of the file.
func (s *settings) wrong(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.file, line, fmt.Errorf(format, args...))
}

// settingsOf are the keys of a mapping, those of the mappings that it merges last.
func settingsOf(mapping *yaml.Node) (all []setting) {
	var merged []setting
	for pair := range slices.Chunk(mapping.Content, 2) {
		key, value := pair[0], target(pair[1])
		switch {
		case key.Tag != "!!merge":
			all = append(all, setting{target(key).Value, key.Line, value})
		case value.Kind == yaml.SequenceNode:
			for _, m := range value.Content {
				merged = append(merged, settingsOf(target(m))...)
			}
		default:
			merged = append(merged, settingsOf(value)...)
		}
	}
	for _, s := range merged {
		if _, has := find(all, s.name); !has {
			all = append(all, s)
		}
	}
	return all
}

// target is what an alias stands for.
func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

func find(all []setting, name string) (setting, bool) {
	i := slices.IndexFunc(all, func(s setting) bool { return s.name == name })
	if i < 0 {
		return setting{}, false
	}
	return all[i], true
}

// holdsPassword reports whether a setting, at any depth, is an address with a password.
func holdsPassword(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsPassword)
	case []any:
		return slices.ContainsFunc(v, holdsPassword)
	case string:
		u, err := url.Parse(v)
		if err != nil || u.User == nil {
			return false
		}
		_, given := u.User.Password()
		return given || u.Scheme == "nats" || u.Scheme == "tls" // whose user may be a token
	}
	return false
}

// check refuses keys that no command has, and values that their flags don't take, all at once.
func (s *settings) check(model *kong.Application) error {
	var wrong []error
	for _, of := range s.top {
		command := commandOf(model, of.name)
		if command == nil || of.value.Kind != yaml.MappingNode && !isNull(of.value) {
			wrong = append(wrong, s.checkOne(of, flagOf(of.name, model.Children...), "unknown setting %q"))
			continue
		}
		for _, inner := range settingsOf(of.value) {
			wrong = append(wrong, s.checkOne(inner, flagOf(inner.name, append(command.Leaves(false), command)...),
				of.name+" has no setting %q"))
		}
	}
	return errors.Join(wrong...)
}

func commandOf(model *kong.Application, name string) *kong.Node {
	i := slices.IndexFunc(model.Children, func(n *kong.Node) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return model.Children[i]
}

func flagOf(name string, commands ...*kong.Node) *kong.Flag {
	for _, command := range commands {
		i := slices.IndexFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == name })
		if i >= 0 {
			return command.Flags[i]
		}
	}
	return nil
}

// checkOne refuses a setting that has no flag, in the words of unknown, or a value that the
// flag does not take.
func (s *settings) checkOne(of setting, flag *kong.Flag, unknown string) error {
	if flag == nil {
		return s.wrong(of.line, unknown, of.name)
	}
	if of.value.Kind != yaml.ScalarNode {
		return s.wrong(of.line, "%s: must be one value", of.name)
	}
	value := of.valueFor(flag)
	if value == nil {
		return nil
	}
	parsed := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, parsed); err != nil {
		return s.wrong(of.line, "%s: %w", of.name, err)
	}
	if flag.Enum != "" && !slices.Contains(flag.EnumSlice(), fmt.Sprint(parsed)) {
		return s.wrong(of.line, "%s: %q must be one of %s", of.name, of.value.Value, flag.Enum)
	}
	return nil
}

// valueFor is the value as a flag takes it: as it is written, so that 000000000001 is an account
// and 30 is no time, but for whole numbers in YAML's other form, 1e12. It is nil for none.
func (of setting) valueFor(flag *kong.Flag) any {
	if isNull(of.value) {
		return nil
	}
	const exact = 1 << 53
	var number float64
	counts := flag.Target.CanInt() && flag.Target.Type() != reflect.TypeFor[time.Duration]()
	if counts && of.value.Tag == "!!float" && of.value.Decode(&number) == nil &&
		number == math.Trunc(number) && math.Abs(number) <= exact {
		return int64(number)
	}
	return of.value.Value
}

// resolve looks below the command first, then at the top. The environment stands before the
// file; kong itself would take it for a default. A flag without a variable is no setting.
func (s *settings) resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if len(flag.Envs) == 0 {
		return nil, nil
	}
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	found, ok := find(s.of(parent.Node()), flag.Name)
	if !ok || isNull(found.value) {
		found, ok = find(s.top, flag.Name)
	}
	if !ok || found.value.Kind != yaml.ScalarNode {
		return nil, nil
	}
	s.used[flag.Name] = found.line
	return found.valueFor(flag), nil
}

// of are the settings below the name of a command, or of the group that it is in.
func (s *settings) of(command *kong.Node) []setting {
	for command.Parent != nil && command.Parent.Type != kong.ApplicationNode {
		command = command.Parent
	}
	if command.Parent == nil {
		return nil
	}
	section, ok := find(s.top, command.Name)
	if !ok || section.value.Kind != yaml.MappingNode {
		return nil
	}
	return settingsOf(section.value)
}

// explain says of refused settings where in the file they stand.
func (s *settings) explain(err error) error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var all []error
	for _, err := range several.Unwrap() {
		if refused, ok := errors.AsType[*app.Refusal](err); ok && s.used[refused.Setting] > 0 {
			err = s.wrong(s.used[refused.Setting], "%w", err)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}
