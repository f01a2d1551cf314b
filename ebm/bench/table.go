package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

func heading(out io.Writer, threads int) {
	what := "thread, processor time"
	if threads > 1 {
		what = "threads, time on the clock"
	}
	fmt.Fprintf(out, "\n%d %s, %s\n\n%-10s %-6s %12s %8s %8s  %s\n", threads, what, processor(), "", "", "ms", "ratio", "wanted", "")
}

// print writes the lines of a task.
func (t task) print(out io.Writer, cs []*contestant) {
	us := cs[0]
	if us.failed != "" {
		fmt.Fprintf(out, "%s: %s\n%-10s %s\n\n", t.name, t.title, us.library, us.failed)
		return
	}
	mine := median(us.times)
	fmt.Fprintf(out, "%s: %s\n%-10s %-6s %12.3f %17s  %s\n", t.name, t.title, us.library, "", mine*1e3, "", t.achieved(mine))
	best := map[string]float64{}
	for _, c := range cs[1:] {
		if c.failed != "" {
			fmt.Fprintf(out, "%-10s %-6s %12s   %s\n", c.library, c.mode, "—", c.failed)
			continue
		}
		theirs := median(c.times)
		if b := best[c.library]; b == 0 || theirs < b {
			best[c.library] = theirs
		}
		fmt.Fprintf(out, "%-10s %-6s %12.3f %8.2f %8s  %s %s\n", c.library, c.mode, theirs*1e3, theirs/mine, "", c.version, t.differs(us, c))
	}
	for _, library := range t.peers {
		if want := t.want[library]; want > 0 && best[library] > 0 {
			verdict, ratio := "reached", best[library]/mine
			if ratio < want {
				verdict = "MISSED"
			}
			fmt.Fprintf(out, "%-10s %-6s %12s %8.2f %8.4g  %s\n", library, "best", "", ratio, want, verdict)
		}
	}
	fmt.Fprintln(out)
}

// achieved is the speed of ours in units of the task and of the machine.
func (t task) achieved(seconds float64) string {
	s := fmt.Sprintf("%.4g %s/s", t.units/seconds, t.unit)
	if t.flops > 0 {
		s += fmt.Sprintf(", %.0f GFLOP/s", t.flops/seconds*1e-9)
		if t.zeros {
			s += " if products with 0 count"
		}
	}
	if t.bytes > 0 {
		s += fmt.Sprintf(", %.1f GB/s", t.bytes/seconds*1e-9)
	}
	return s
}

// differs says where the quality of a result is not that of ours. Of training, where everybody draws numbers of his own, only the sign
// is compared: the energy must have become lower at the data than elsewhere.
func (t task) differs(us, c *contestant) string {
	a, b := us.quality[t.judge], c.quality[t.judge]
	switch {
	case t.judge == "":
		return ""
	case t.tolerance == 0 && a > 0 && b > 0, t.tolerance > 0 && math.Abs(a-b) <= t.tolerance:
		return fmt.Sprintf("(%s %.3f, ours %.3f)", t.judge, b, a)
	}
	return fmt.Sprintf("DIFFERS: %s %.4f, ours %.4f", t.judge, b, a)
}

// processor is the name of the machine's processor.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if _, name, ok := strings.Cut(line, "model name\t: "); ok {
			return strings.TrimSpace(name)
		}
	}
	return "an unknown processor"
}
