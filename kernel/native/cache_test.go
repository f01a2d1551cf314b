package native

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestTrim: what was used last is kept, up to a size, whichever worker it was made for.
func TestTrim(t *testing.T) {
	root := t.TempDir()
	now := time.Now()
	files := map[string]struct {
		size   int
		ago    time.Duration
		remain bool
		reason string
	}{
		"a/1.so":    {40, 3 * time.Hour, true, "there is room for it"},
		"b/2.so":    {50, 2 * time.Hour, true, "there is room for it"},
		"a/3.so":    {20, 4 * time.Hour, false, "with it there is too much"},
		"b/.new-1":  {5, 5 * time.Hour, false, "what a killed kernel left goes with the rest"},
		"c/late.so": {5, time.Minute, true, "it was used lately"},
		"old/4.so":  {1, 9 * keepFor, false, "it is the oldest"},
	}
	for _, dir := range []string{"a", "old"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		note(filepath.Join(root, dir), "worker")
		note(filepath.Join(root, dir), "worker")
		if list, _ := os.ReadDir(filepath.Join(root, dir)); len(list) != 1 {
			t.Errorf("one worker left %v", list)
		}
	}
	for name, f := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, f.size), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now, now.Add(-f.ago)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "fresh"), 0o700); err != nil {
		t.Fatal(err)
	}
	trim(root, 100, time.Hour)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, err := os.Stat(filepath.Join(root, name)); (err == nil) != files[name].remain {
			t.Errorf("%s: it is there: %v; %s", name, err == nil, files[name].reason)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "fresh")); err != nil {
		t.Error("the folder of a worker that has just started is gone")
	}

	trim(root, 0, time.Hour)
	if _, err := os.Stat(filepath.Join(root, "c", "late.so")); err != nil {
		t.Error("without any room, what was used lately is gone too: it may not be open yet")
	}
	past := now.Add(-2 * keepFor)
	if err := os.Chtimes(filepath.Join(root, "a"), past, past); err != nil {
		t.Fatal(err)
	}
	trim(root, 0, time.Hour)
	if _, err := os.Stat(filepath.Join(root, "a")); err == nil {
		t.Error("the empty folder of a worker of long ago is still there")
	}
}
