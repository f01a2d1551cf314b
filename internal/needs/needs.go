// Package needs is the one rule for tests that need something which is not part of Joule: without it they are skipped and say
// what is missing, and where JOULE_REQUIRE_ALL=1 says that nothing may be left out they fail. What takes long to make is kept in one
// folder.
package needs

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Cache is the folder that tests keep between runs: joule-test in the user's cache folder or, where there is none that can be
// written, in that for temporary files.
func Cache() (dir string, err error) {
	bases := []string{os.TempDir()}
	if base, err := os.UserCacheDir(); err == nil {
		bases = []string{base, os.TempDir()}
	}
	for _, base := range bases {
		dir = filepath.Join(base, "joule-test")
		if err = writable(dir); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no folder to keep things in: %w", err)
}

// writable makes a folder, and a file in it for a moment.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// Skip skips the test for want of what format names, or fails it where nothing may be left out.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("JOULE_REQUIRE_ALL") == "1" {
		t.Fatalf("required: "+format, args...)
	}
	t.Skipf(format, args...)
}
