package usage

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// psTimeout is how long ps may take.
const psTimeout = time.Second

// psProcesses lists all processes that ps shows, with their resident memory.
func psProcesses() ([]process, error) {
	ctx, cancel := context.WithTimeout(context.Background(), psTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,ppid=,rss=,time=").Output()
	if err != nil {
		return nil, fmt.Errorf("usage: ps: %w", err)
	}
	return parsePS(string(out)), nil
}

// parsePS reads lines of pid, ppid, rss in KiB and time. Lines that it does not understand are left out.
func parsePS(out string) (list []process) {
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) != 4 {
			continue
		}
		pid, e1 := strconv.Atoi(f[0])
		parent, e2 := strconv.Atoi(f[1])
		rss, e3 := strconv.ParseUint(f[2], 10, 53)
		cpu, ok := parseTime(f[3])
		if e1 != nil || e2 != nil || e3 != nil || !ok {
			continue
		}
		list = append(list, process{pid: pid, parent: parent, cpu: cpu, memory: func() uint64 { return rss << 10 }})
	}
	return list
}

// parseTime reads a processor time: [[DAYS-]HOURS:]MINUTES:SECONDS, seconds with or without a fraction.
func parseTime(s string) (d time.Duration, ok bool) {
	var days int64
	if before, after, found := strings.Cut(s, "-"); found {
		var err error
		if days, err = strconv.ParseInt(before, 10, 16); err != nil || days < 0 {
			return 0, false
		}
		s = after
	}
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	seconds := 0.0
	for _, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || !(n >= 0 && n < 1e6) {
			return 0, false
		}
		seconds = 60*seconds + n
	}
	return time.Duration(days)*24*time.Hour + time.Duration(seconds*float64(time.Second)), true
}
