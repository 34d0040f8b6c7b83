package app

import "runtime/debug"

// version is set by the linker.
var version string

// Version is the program's version: the linker's word, or the module's.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
