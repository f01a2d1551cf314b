// Package usage measures what this process and all processes that it started use of the processor and the memory, and what the
// computer has: what the indicators of front ends show. It needs no cgo and holds nothing open.
//
// On Linux it reads /proc, on macOS and the BSDs it asks ps; elsewhere only the computer's name and processors are known.
package usage

import (
	"os"
	"runtime"
	"sync"
	"time"
)

// Usage is one measurement. Fields that are not known are nil.
type Usage struct {
	Hostname string
	PID      int
	CPUs     int
	CPU      *float64 // of the processes since the last measurement, in percent of one processor; 0 in the first
	Memory   *uint64  // of the processes, in bytes; what they share is counted once where the system says (PSS), else for each
	HostCPU  *float64 // of the computer since the last measurement, in percent of all processors; nil in the first
	Host     *Memory
}

// Memory is the computer's memory, or the part of it that a process may have, in bytes.
type Memory struct {
	Total, Available, Used, Free uint64
	Percent                      float64 // of Total that is not Available
}

// A process is what the system tells about one.
type process struct {
	pid, parent int
	cpu         time.Duration // used so far
	memory      func() uint64 // bytes; called for the processes of the tree only
}

// A ticks is how long the computer's processors have worked and idled since it started, in any unit.
type ticks struct{ busy, total float64 }

// A Meter measures. It remembers the last measurement, of which the percentages are differences.
type Meter struct {
	mu   sync.Mutex
	at   time.Time
	cpu  map[int]time.Duration // by process
	host ticks
}

// New returns a meter.
func New() *Meter { return &Meter{} }

// Measure measures now. It takes about a millisecond with /proc and some ten with ps.
func (m *Meter) Measure() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := Usage{PID: os.Getpid(), CPUs: runtime.NumCPU()}
	u.Hostname, _ = os.Hostname()
	now := time.Now()
	if list, err := processes(); err == nil {
		tree := family(list, u.PID)
		u.CPU, u.Memory = new(float64), new(uint64)
		used := make(map[int]time.Duration, len(tree))
		var spent time.Duration
		for _, p := range tree {
			used[p.pid] = p.cpu
			*u.Memory += p.memory()
			if before, known := m.cpu[p.pid]; known && p.cpu > before {
				spent += p.cpu - before
			}
		}
		if elapsed := now.Sub(m.at); m.cpu != nil && elapsed > 0 {
			*u.CPU = 100 * float64(spent) / float64(elapsed)
		}
		m.cpu, m.at = used, now
	}
	if t, err := hostTicks(); err == nil {
		if total := t.total - m.host.total; m.host.total > 0 && total > 0 {
			percent := min(max(100*(t.busy-m.host.busy)/total, 0), 100)
			u.HostCPU = &percent
		}
		m.host = t
	}
	if host, err := Host(); err == nil && host.Total > 0 {
		host.Percent = 100 * float64(host.Total-min(host.Available, host.Total)) / float64(host.Total)
		u.Host = &host
	}
	return u
}

// Host returns the memory that this process may have: the computer's, or less where its control groups say so.
func Host() (Memory, error) {
	m, err := hostMemory()
	if err == nil {
		confine(&m)
	}
	return m, err
}

// Resident returns what the process pid has in memory, in bytes, what it shares with others included. It takes some microseconds.
func Resident(pid int) (uint64, error) { return residentOf(pid) }

// MemoryOf returns the memory in bytes of the process pid and of all that descend from it.
func MemoryOf(pid int) (total uint64, err error) {
	list, err := processes()
	if err != nil {
		return 0, err
	}
	for _, p := range family(list, pid) {
		total += p.memory()
	}
	return total, nil
}

// family returns the process root and all that descend from it.
func family(all []process, root int) (tree []process) {
	children := make(map[int][]process)
	for _, p := range all {
		if p.pid == root {
			tree = append(tree, p)
		} else {
			children[p.parent] = append(children[p.parent], p)
		}
	}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, children[tree[i].pid]...)
		delete(children, tree[i].pid)
	}
	return tree
}
