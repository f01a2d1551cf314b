package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// runAll runs the tests whose names match, some at once, and keeps their order.
func runAll(ctx context.Context, l *lab, tests []test, o options, out io.Writer) []result {
	var list []test
	for _, t := range tests {
		if o.match == nil || o.match.MatchString(t.String()) {
			list = append(list, t)
		}
	}
	results := make([]result, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range max(o.parallel, 1) {
		wg.Go(func() {
			for i := range next {
				results[i] = l.run(ctx, list[i])
				if r := results[i]; o.verbose {
					mu.Lock()
					fmt.Fprintf(out, "%-8s %5.1fs  %s\n", r.outcome, r.took.Seconds(), r)
					mu.Unlock()
				}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

// report prints the table of a suite and the list of what is not right. It returns how many tests are silently wrong or
// took their process along.
func report(out io.Writer, suite string, results []result, verbose bool) (bad int) {
	type row struct {
		n    map[outcome]int
		took time.Duration
		all  int

		refused int
		count
	}
	var dirs []string
	rows := map[string]*row{}
	total := &row{n: map[outcome]int{}}
	for _, r := range results {
		if rows[r.dir] == nil {
			rows[r.dir] = &row{n: map[outcome]int{}}
			dirs = append(dirs, r.dir)
		}
		for _, x := range []*row{rows[r.dir], total} {
			x.n[r.outcome]++
			x.took += r.took
			x.all++
			x.count = x.plus(r.count)
			x.refused += len(r.refusals)
		}
		if (r.outcome == silent || r.outcome == died) && r.reason == "" {
			bad++
		}
	}
	fmt.Fprintf(out, "\n%-14s %6s", suite, "tests")
	for _, o := range outcomes {
		fmt.Fprintf(out, " %8s", o)
	}
	fmt.Fprintf(out, " %8s %9s %8s %8s %8s %8s\n", "right", "s/test", "units", "tier 1", "of free", "refusals")
	line := func(name string, x *row) {
		fmt.Fprintf(out, "%-14s %6d", name, x.all)
		for _, o := range outcomes {
			fmt.Fprintf(out, " %8d", x.n[o])
		}
		if x.all > 0 {
			fmt.Fprintf(out, " %7.1f%% %9.2f", 100*float64(x.n[right])/float64(x.all), x.took.Seconds()/float64(x.all))
		}
		if x.units > 0 {
			fmt.Fprintf(out, " %8d %7.1f%% %7.1f%% %8d", x.units, 100*float64(x.interpreted)/float64(x.units), 100*float64(x.interpreted)/float64(max(x.free, 1)), x.refused)
		}
		fmt.Fprintln(out)
	}
	for _, d := range dirs {
		line(d, rows[d])
	}
	line("all", total)
	reasons(out, results)
	if verbose {
		for _, r := range results {
			for _, why := range r.refusals {
				fmt.Fprintf(out, "the interpreter refused a cell of %s: %s\n", r, why)
			}
		}
	}
	for _, o := range outcomes[1:] {
		for _, r := range results {
			if r.outcome != o {
				continue
			}
			why := r.why
			if !verbose {
				why, _, _ = strings.Cut(why, "\n")
				why = fmt.Sprintf("%.200s", why)
			}
			if r.reason != "" {
				why = "(" + r.reason + ") " + why
			}
			fmt.Fprintf(out, "%-8s %s: %s\n", r.outcome, r, strings.ReplaceAll(why, "\n", "\n\t"))
		}
	}
	return bad
}

// reasons prints why units are compiled, the most frequent first.
func reasons(out io.Writer, results []result) {
	why := map[string]int{}
	for _, r := range results {
		for w, n := range r.count.why {
			why[w] += n
		}
	}
	list := slices.Collect(maps.Keys(why))
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(why[b]-why[a], cmp.Compare(a, b)) })
	for _, w := range list[:min(len(list), 40)] {
		fmt.Fprintf(out, "%6d units are compiled: %s\n", why[w], w)
	}
}
