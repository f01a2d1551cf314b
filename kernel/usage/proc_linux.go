package usage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc: USER_HZ is 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// processes lists all processes that /proc shows.
func processes() ([]process, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		return nil, errors.New("usage: /proc shows no process")
	}
	var list []process
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue // it has ended
		}
		if p, ok := parseStat(stat); ok {
			p.memory = func() uint64 { return memoryOf(dir) }
			list = append(list, p)
		}
	}
	return list, nil
}

// parseStat reads /proc/PID/stat. The name of the program stands in parentheses and may hold any bytes, these too.
func parseStat(stat []byte) (p process, ok bool) {
	name, after := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if name < 0 || after < name {
		return p, false
	}
	f := strings.Fields(string(stat[after+1:])) // f[0] is field 3 of proc_pid_stat(5)
	if len(f) < 13 {
		return p, false
	}
	var err [4]error
	var user, system int64
	p.pid, err[0] = strconv.Atoi(strings.TrimSpace(string(stat[:name])))
	p.parent, err[1] = strconv.Atoi(f[1])
	user, err[2] = strconv.ParseInt(f[11], 10, 64)
	system, err[3] = strconv.ParseInt(f[12], 10, 64)
	p.cpu = time.Duration(user+system) * tick
	return p, errors.Join(err[:]...) == nil
}

// memoryOf returns the memory of a process: its share of what it has in memory, or all of that in kernels that do not say.
func memoryOf(dir string) uint64 {
	if raw, err := os.ReadFile(dir + "/smaps_rollup"); err == nil {
		if n, ok := kilobytes(string(raw), "Pss"); ok {
			return n
		}
	}
	raw, err := os.ReadFile(dir + "/status")
	if err != nil {
		return 0
	}
	n, _ := kilobytes(string(raw), "VmRSS")
	return n
}

// kilobytes finds a line like "Pss:   12 kB" and returns the number in bytes.
func kilobytes(text, name string) (uint64, bool) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			var n uint64
			if _, err := fmt.Sscan(rest, &n); err == nil {
				return n << 10, true
			}
		}
	}
	return 0, false
}

// hostTicks reads the first line of /proc/stat: user nice system idle iowait irq softirq steal; what follows is in user.
func hostTicks() (t ticks, err error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return t, err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	f := strings.Fields(line)
	if len(f) < 6 || f[0] != "cpu" {
		return t, errors.New("usage: /proc/stat has no line of all processors")
	}
	for i, field := range f[1:min(len(f), 9)] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return t, fmt.Errorf("usage: /proc/stat: %w", err)
		}
		t.total += n
		if i != 3 && i != 4 {
			t.busy += n
		}
	}
	return t, nil
}

func hostMemory() (m Memory, err error) {
	raw, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return m, err
	}
	m.Total, _ = kilobytes(string(raw), "MemTotal")
	m.Free, _ = kilobytes(string(raw), "MemFree")
	m.Available, _ = kilobytes(string(raw), "MemAvailable")
	m.Used = m.Total - min(m.Available, m.Total)
	return m, nil
}

// residentOf reads /proc/PID/statm: the second number counts pages.
func residentOf(pid int) (uint64, error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0, err
	}
	var size, pages uint64
	if _, err := fmt.Sscan(string(raw), &size, &pages); err != nil {
		return 0, err
	}
	return pages * uint64(os.Getpagesize()), nil
}
