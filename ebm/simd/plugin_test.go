package simd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"joule/internal/needs"
)

// TestPluginBuilds: plugins import this package, and in a plugin the assembler keeps register 15 to itself beside global symbols.
func TestPluginBuilds(t *testing.T) {
	for _, pattern := range []string{"*.s", "*.go", "../*.go", "../expr/*.go", "testdata/plugin/*.go"} {
		readAll(t, pattern)
	}
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		needs.Skip(t, "plugins are built on Linux and macOS only")
	}
	if _, err := exec.LookPath("cc"); err != nil {
		if _, err := exec.LookPath("gcc"); err != nil {
			needs.Skip(t, "no C compiler")
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildmode=plugin", "-o", filepath.Join(t.TempDir(), "p.so"), "./testdata/plugin")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// readAll opens the files that the result depends on, so that the go command does not take an old result for theirs.
func readAll(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no files, %v", pattern, err)
	}
	for _, n := range names {
		if _, err := os.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
}
