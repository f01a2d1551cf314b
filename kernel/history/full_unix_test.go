//go:build unix

package history

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull: when the disk is full nothing of a line is left in the file, cells are found all the same, and are written when
// there is room again. A limit on the size of files stands for the disk; it is for a whole process, so a child does the work.
func TestDiskFull(t *testing.T) {
	if path := os.Getenv("JOULE_TEST_FULL"); path != "" {
		writeBeyond(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "history.jsonl")
	cmd := exec.Command(os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	cmd.Env = append(os.Environ(), "JOULE_TEST_FULL="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list, err := open(t, path).NewSession().Tail(-1)
	if err != nil || len(list) != 30 {
		t.Errorf("%d cells, %v", len(list), err)
	}
}

func writeBeyond(t *testing.T, path string) {
	signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit is then an error
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	unlimited := limit
	limit.Cur = 4096
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	x := open(t, path).NewSession()
	for i := range 29 {
		put(t, x, i+1, fmt.Sprint(i, strings.Repeat("x", 400)))
		if list, err := x.Tail(-1); err != nil || len(list) != i+1 || list[i].Line != i+1 {
			t.Fatalf("cell %d: %d found, %v", i, len(list), err)
		}
	}
	unlock, err := lock(path + ".lock") // somebody may be trying again just now
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	unlock()
	if err != nil || len(raw) > 4096 || !strings.HasSuffix(string(raw), "\n") {
		t.Errorf("%d bytes, ending in %q, %v", len(raw), raw[max(0, len(raw)-5):], err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		t.Fatal(err)
	}
	put(t, x, 30, "room again")
	if _, err := x.Tail(1); err != nil {
		t.Error(err)
	}
}
