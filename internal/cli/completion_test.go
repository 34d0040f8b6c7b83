package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shells load a script of completions, and print those of the words after it.
var shells = map[string]string{
	"bash": `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _reelastic; printf '%s\n' "${COMPREPLY[@]}"`,
	"zsh": `compdef() { [[ $1 = _reelastic && $2 = reelastic ]] || exit 1 }
		compadd() { print -l -- "${names[@]}" }
		_files() { print files }
		source $0; words=("$@"); CURRENT=$#; _reelastic`,
	"fish": `source $argv[1]; complete -C (string join ' ' -- $argv[2..]) | string replace -r "\t.*" ""; true`,
}

// TestCompletion loads the script of each shell there, and asks for completions.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for shell, loader := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell); err != nil {
				if os.Getenv("CI") != "" {
					t.Fatal(err)
				}
				t.Skipf("%s is not installed", shell)
			}
			text, err := exec.CommandContext(t.Context(), "reelastic", "completion", shell).Output()
			if err != nil {
				t.Fatal(err)
			}
			script := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(script, text, 0o600); err != nil {
				t.Fatal(err)
			}
			for line, want := range map[string]string{
				"pip":                            "pipeline",
				"job wat":                        "watch",
				"job cancel --sta":               "--status",
				"job list --output j":            "json",
				"transcode a.mov -p mp3-1":       "mp3-128k mp3-160k mp3-192k",
				"transcode --speed s":            "slow slower superfast",
				"worker --worke":                 "--workers",
				"completion ":                    "bash fish zsh",
				"preset explain --profile x --j": "--json",
			} {
				got := completions(t, shell, loader, script, line)
				if !slices.Equal(got, strings.Fields(want)) {
					t.Errorf("%q is completed to %q, want %q", line, got, want)
				}
			}
		})
	}
}

// completions are those that a shell finds for a line, sorted.
func completions(t *testing.T, shell, loader, script, line string) []string {
	t.Helper()
	args := []string{"-c", loader, script}
	if shell == "fish" {
		args = []string{"--no-config", "-c", loader, script}
	}
	cmd := exec.CommandContext(t.Context(), shell, append(append(args, "reelastic"), strings.Split(line, " ")...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", line, err, out)
	}
	found := strings.Fields(string(out))
	slices.Sort(found)
	return found
}
