package cli

import (
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"strings"

	"joule/kernel"
	"joule/kernel/worker"
)

// newEngine starts the engine of the installation at p.
func newEngine(p place, log *slog.Logger) (kernel.Engine, error) {
	return worker.New(worker.Options{
		Worker: p.worker, Lib: p.lib, Catalog: filepath.Join(p.lib, "catalog"), Version: moduleVersion(), Log: log,
	})
}

// moduleVersion is the version of the module, "0.0.0" for a build from a checkout.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "0.0.0"
}
