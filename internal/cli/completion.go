package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/reelastic/reelastic/internal/transcode"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says where the script goes.
func (*completionCommand) Help() string {
	return "bash: source <(reelastic completion bash), in ~/.bashrc.\n\n" +
		"zsh: source <(reelastic completion zsh), in ~/.zshrc after compinit.\n\n" +
		"fish: reelastic completion fish | source, in ~/.config/fish/config.fish."
}

// completionScripts ask the program for each completion, so that they are those of the
// program that is called. Where it has none, the shell completes names of files.
var completionScripts = map[string]string{
	"bash": `_reelastic() {
	local IFS=$'\n'
	COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o bashdefault -o default -F _reelastic reelastic
`,
	"zsh": `#compdef reelastic
_reelastic() {
	local -a lines names shown
	lines=(${(f)"$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	names=(${lines%%$'\t'*})
	shown=(${lines/$'\t'/  -- })
	if (( $#names )); then
		compadd -l -d shown -a names
	else
		_files
	fi
}
compdef _reelastic reelastic
`,
	"fish": `function __reelastic
	set -l words (commandline -opc)
	$words[1] complete -- $words[2..] (commandline -ct) 2>/dev/null
end
complete -c reelastic -a '(__reelastic)'
`,
}

// Run prints the script.
func (c *completionCommand) Run(s streams) error {
	_, err := fmt.Fprint(s.out, completionScripts[c.Shell])
	return err
}

type completeCommand struct {
	Words []string `arg:"" optional:"" help:"Words of a command line; the last one is completed."`
}

// Run prints what the last word may become, each with a tab and what it is.
func (c *completeCommand) Run(k *kong.Context, s streams) error {
	if len(c.Words) == 0 {
		return nil
	}
	for _, found := range complete(k.Model.Node, c.Words) {
		fmt.Fprintf(s.out, "%s\t%s\n", found.word, inLine(found.help))
	}
	return nil
}

// completion is what a word may become, and what that is.
type completion struct{ word, help string }

// complete goes along a command line and returns what its last word may become.
func complete(at *kong.Node, words []string) []completion {
	var valueOf *kong.Flag
	last := len(words) - 1
	for _, word := range words[:last] {
		switch {
		case valueOf != nil:
			valueOf = nil
		case strings.HasPrefix(word, "-"):
			valueOf = flagWithValue(at, word)
		default:
			if child := childOf(at, word); child != nil {
				at = child
			}
		}
	}
	var all []completion
	switch {
	case valueOf != nil:
		all = valuesOf(valueOf.Value)
	case strings.HasPrefix(words[last], "-"):
		for _, flag := range flagsAt(at) {
			all = append(all, completion{"--" + flag.Name, flag.Help})
		}
	default:
		all = wordsAt(at)
	}
	var found []completion
	for _, c := range all {
		if strings.HasPrefix(c.word, words[last]) {
			found = append(found, c)
		}
	}
	return found
}

func childOf(at *kong.Node, name string) *kong.Node {
	for _, child := range at.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// flagsAt are the flags that a command takes: its own, those of the commands that it is in,
// and those of the one that it is without a further word.
func flagsAt(at *kong.Node) (all []*kong.Flag) {
	if at.DefaultCmd != nil {
		all = append(all, at.DefaultCmd.Flags...)
	}
	for ; at != nil; at = at.Parent {
		for _, flag := range at.Flags {
			if !flag.Hidden {
				all = append(all, flag)
			}
		}
	}
	return all
}

// flagWithValue is the flag that a word names, if the next word is its value.
func flagWithValue(at *kong.Node, word string) *kong.Flag {
	for _, flag := range flagsAt(at) {
		long, short := "--"+flag.Name, "-"+string(flag.Short)
		if (word == long || flag.Short != 0 && word == short) && !flag.IsBool() {
			return flag
		}
	}
	return nil
}

// wordsAt are the commands below one, or the values of its first argument.
func wordsAt(at *kong.Node) (all []completion) {
	for _, child := range at.Children {
		if !child.Hidden {
			all = append(all, completion{child.Name, child.Help})
		}
	}
	if len(all) == 0 && len(at.Positional) > 0 {
		return valuesOf(at.Positional[0])
	}
	return all
}

// valuesOf are the values that a flag or argument may have, as far as they are known here.
func valuesOf(v *kong.Value) (all []completion) {
	if v.Name == "preset" {
		for _, p := range transcode.SystemPresets() {
			all = append(all, completion{transcode.SystemPresetName(*p.Id), *p.Description})
		}
		return all
	}
	if v.Enum == "" {
		return nil
	}
	for _, value := range v.EnumSlice() {
		all = append(all, completion{value, ""})
	}
	return all
}
