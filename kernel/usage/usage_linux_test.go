package usage

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// keep holds memory that the test allocates.
var keep []byte

// TestMeasure: the memory and the work of this process are seen, and those of a child.
func TestMeasure(t *testing.T) {
	debug.FreeOSMemory() // so that what was allocated before does not go meanwhile
	m := New()
	before := m.Measure()
	if before.PID != os.Getpid() || before.CPUs != runtime.NumCPU() || before.Hostname == "" {
		t.Errorf("%+v", before)
	}
	if before.CPU == nil || *before.CPU != 0 || before.HostCPU != nil {
		t.Errorf("the first measurement has nothing to compare with: %+v", before)
	}
	const size = 64 << 20
	keep = make([]byte, size)
	for i := range keep {
		keep[i] = byte(i)
	}
	child := exec.Command("sh", "-c", "while :; do :; done")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	m.Measure() // the child is known from now on
	began := time.Now()
	const worked = 200 * time.Millisecond // which takes longer where others work too
	for deadline := began.Add(patience); work(t, child.Process.Pid) < worked; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the child does not get to work")
		}
	}
	after := m.Measure()
	took := time.Since(began)
	if got := int64(*after.Memory) - int64(*before.Memory); got < size*9/10 {
		t.Errorf("%d bytes were added, want more than %d", got, size*9/10)
	}
	if least := 100 * (worked / 2).Seconds() / took.Seconds(); *after.CPU < least {
		t.Errorf("a child that has worked for %v of %v: %.1f %%, want at least %.1f", worked, took, *after.CPU, least)
	}
	if after.HostCPU == nil || *after.HostCPU <= 0 || *after.HostCPU > 100 {
		t.Errorf("the computer: %+v", after.HostCPU)
	}
	h := after.Host
	if h == nil || h.Total == 0 || h.Available > h.Total || h.Used != h.Total-h.Available || h.Percent < 0 || h.Percent > 100 {
		t.Errorf("the computer: %+v", h)
	}
	if n, err := Resident(os.Getpid()); err != nil || n < size {
		t.Errorf("%d bytes are resident, %v", n, err)
	}
	keep = nil
}

// work is the processor time that a process has had.
func work(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := parseStat(stat)
	if !ok {
		t.Fatalf("%q", stat)
	}
	return p.cpu
}

// TestParseStat: the name of a program may hold parentheses, spaces and line ends.
func TestParseStat(t *testing.T) {
	for _, c := range []struct {
		stat        string
		pid, parent int
		cpu         time.Duration
		ok          bool
	}{
		{"7 (a b) S 3 7 7 0 -1 4194560 1 0 0 0 11 22 0 0 20 0 1 0 5 6 7\n", 7, 3, 330 * time.Millisecond, true},
		{"7 (a) R 9 (\n) S 3 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20\n", 7, 3, 30 * time.Millisecond, true},
		{"7 (a) S 3 7", 0, 0, 0, false},
		{"7 a S 3 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20", 0, 0, 0, false},
		{"x (a) S 3 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20", 0, 0, 0, false},
		{"", 0, 0, 0, false}, {")(", 0, 0, 0, false},
	} {
		p, ok := parseStat([]byte(c.stat))
		if ok != c.ok || ok && (p.pid != c.pid || p.parent != c.parent || p.cpu != c.cpu) {
			t.Errorf("%q: %+v, %v", c.stat, p, ok)
		}
	}
}
