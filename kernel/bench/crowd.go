package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"joule/kernel/usage"
)

// crowd starts n kernels at once, runs a cell in each, and measures when the last has answered and the memory of all.
func (c contestant) crowd(n int, f *figures) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	processes := make([]*process, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	begin := time.Now()
	for i := range n {
		all.Go(func() {
			if processes[i], errs[i] = c.run(ctx); errs[i] == nil {
				_, errs[i] = processes[i].cell(ctx, c.sum, nil)
			}
		})
	}
	all.Wait()
	f.add("many at once: all have run a cell", since(begin))
	var total uint64
	for i, p := range processes {
		if errs[i] == nil {
			memory, err := usage.MemoryOf(p.cmd.Process.Pid)
			if err != nil {
				return err
			}
			total += memory
		}
	}
	f.add("many at once: memory of all", float64(total)/1e6)
	for _, p := range processes {
		if p != nil {
			all.Go(p.end)
		}
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// peak is the most memory, in bytes, that a process and its children have had, each at its time; 0 where nobody says.
func peak(pid int) (total uint64) {
	total = kilobytes(pid)
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(after); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(dir))
			total += peak(child)
		}
	}
	return total
}

// kilobytes reads the peak of one process.
func kilobytes(pid int) uint64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}
