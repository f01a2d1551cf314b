package native

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCacheDir: a home in which nothing can be made is like none.
func TestCacheDir(t *testing.T) {
	home, temporary := t.TempDir(), t.TempDir()
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	for _, c := range []struct {
		cache, want string
		own         bool
	}{
		{home, filepath.Join(home, "joule"), true},
		{filepath.Join(file, "below"), filepath.Join(temporary, "joule"), false},
		{"", filepath.Join(temporary, "joule"), false},
	} {
		t.Setenv("HOME", "")
		t.Setenv("XDG_CACHE_HOME", c.cache)
		if dir, own, err := cacheDir(); err != nil || dir != c.want || own != c.own {
			t.Errorf("%q: %s %v %v, want %s %v", c.cache, dir, own, err, c.want, c.own)
		}
	}
}
