package kerneltest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"joule/internal/needs"
)

// Python returns the path of a Python interpreter that can import the modules. It is JOULE_TEST_PYTHON, or the one in the
// virtual environment venv of the folder that tests keep. Without one the test is skipped; with JOULE_REQUIRE_ALL=1 it
// fails.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	python := os.Getenv("JOULE_TEST_PYTHON")
	if python == "" {
		cache, err := needs.Cache()
		if err != nil {
			needs.Skip(t, "no cache folder: %v", err)
		}
		python = filepath.Join(cache, "venv", "bin", "python")
		if runtime.GOOS == "windows" {
			python = filepath.Join(cache, "venv", "Scripts", "python.exe")
		}
	}
	if out, err := exec.Command(python, "-c", "import "+strings.Join(modules, ", ")).CombinedOutput(); err != nil {
		needs.Skip(t, "no Python with %s (set JOULE_TEST_PYTHON): %v %s", strings.Join(modules, ", "), err, out)
	}
	return python
}
