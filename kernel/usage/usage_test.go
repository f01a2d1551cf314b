package usage

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"joule/internal/needs"
)

// patience is how long a test waits for what takes milliseconds.
const patience = time.Minute

// TestFamily: children of children belong, others do not, and a circle (a number that was used again) ends.
func TestFamily(t *testing.T) {
	all := []process{{pid: 1}, {pid: 5, parent: 2}, {pid: 2, parent: 1}, {pid: 3, parent: 2}, {pid: 4, parent: 3}, {pid: 9, parent: 1}}
	pids := func(tree []process) (list []int) {
		for _, p := range tree {
			list = append(list, p.pid)
		}
		slices.Sort(list)
		return list
	}
	if got := pids(family(all, 2)); !slices.Equal(got, []int{2, 3, 4, 5}) {
		t.Errorf("%v", got)
	}
	if got := family(all, 77); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := pids(family([]process{{pid: 2, parent: 3}, {pid: 3, parent: 2}}, 2)); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("%v", got)
	}
}

// TestParsePS: what ps writes on Linux and macOS.
func TestParsePS(t *testing.T) {
	list := parsePS("    1     0   9876 00:01:02\n 4242     1    512   0:00.25\n  7 1 8 2-03:04:05\nbad\n 9 1 x 0:00\n 9 1 1 -:\n")
	want := []struct {
		pid, parent int
		memory      uint64
		cpu         time.Duration
	}{
		{1, 0, 9876 << 10, 62 * time.Second}, {4242, 1, 512 << 10, 250 * time.Millisecond},
		{7, 1, 8 << 10, 51*time.Hour + 4*time.Minute + 5*time.Second},
	}
	if len(list) != len(want) {
		t.Fatalf("%+v", list)
	}
	for i, w := range want {
		if p := list[i]; p.pid != w.pid || p.parent != w.parent || p.memory() != w.memory || p.cpu != w.cpu {
			t.Errorf("%+v, want %+v", p, w)
		}
	}
}

// TestPSFindsItself: the ps of this system is understood.
func TestPSFindsItself(t *testing.T) {
	if _, err := exec.LookPath("ps"); err != nil {
		needs.Skip(t, "ps: %v", err)
	}
	list, err := psProcesses()
	for deadline := time.Now().Add(patience); err != nil && time.Now().Before(deadline); { // it gives up a ps that is slow
		list, err = psProcesses()
	}
	if err != nil {
		t.Fatal(err)
	}
	if own := family(list, os.Getpid()); len(own) == 0 || own[0].memory() < 1<<20 {
		t.Errorf("%+v", own)
	}
}

// FuzzParsePS: nothing that ps writes makes it panic, and no time is negative.
func FuzzParsePS(f *testing.F) {
	f.Add("1 0 9876 00:01:02\n")
	f.Add("1 0 9876 99999-99:99:99.99\n")
	f.Fuzz(func(t *testing.T, out string) {
		for _, p := range parsePS(out) {
			if p.cpu < 0 {
				t.Errorf("%q: %v", out, p.cpu)
			}
		}
	})
}
