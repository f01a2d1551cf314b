package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

func version(_ context.Context, s streams, args []string) int {
	if len(args) > 0 {
		return s.fail(2, "version takes no arguments")
	}
	fmt.Fprintln(s.out, versionLine())
	return 0
}

// versionLine names the version of the module and, of an installation, the sources that it was built from.
func versionLine() string {
	text := "joule"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		text += " " + info.Main.Version
	}
	if p, err := findPlace(); err == nil {
		if r := p.record(); len(r.Build) >= 12 {
			text += " build " + r.Build[:12]
		}
	}
	return fmt.Sprintf("%s (%s, %s/%s)", text, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
