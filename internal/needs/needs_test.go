package needs

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// recorder is a test that notes how it ends.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Fatalf(format string, args ...any) { r.end("failed", format, args) }
func (r *recorder) Skipf(format string, args ...any)  { r.end("skipped", format, args) }

func (r *recorder) end(how, format string, args []any) {
	if r.ended == "" { // a real test ends at the first
		r.ended = how + ": " + fmt.Sprintf(format, args...)
	}
}

// TestCache: without a home, or with one in which nothing can be made, there is a folder all the same.
func TestCache(t *testing.T) {
	home, temporary := t.TempDir(), t.TempDir()
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	for _, c := range []struct{ cache, want, reason string }{
		{filepath.Join(home, "new"), home, "the user's folder is made"},
		{filepath.Join(file, "below"), temporary, "a folder cannot be made below a file"},
		{"", temporary, "a user without a home has no folder"},
	} {
		t.Setenv("HOME", "")
		t.Setenv("XDG_CACHE_HOME", c.cache)
		got, err := Cache()
		if runtime.GOOS != "linux" {
			continue // there the user's folder is found in other ways
		}
		if err != nil || !strings.HasPrefix(got, c.want) || filepath.Base(got) != "joule-test" {
			t.Errorf("%s: %q %v, want one in %s", c.reason, got, err, c.want)
		}
	}
}

func TestSkip(t *testing.T) {
	for _, c := range []struct{ value, want, reason string }{
		{"", "skipped: no ps", "somebody's machine need not have everything"},
		{"0", "skipped: no ps", "0 is no demand"},
		{"1", "failed: required: no ps", "where nothing may be left out"},
	} {
		t.Setenv("JOULE_REQUIRE_ALL", c.value)
		r := &recorder{}
		Skip(r, "no %s", "ps")
		if r.ended != c.want {
			t.Errorf("%q: %s, want %s: %s", c.value, r.ended, c.want, c.reason)
		}
	}
}
