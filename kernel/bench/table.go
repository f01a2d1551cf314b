package main

import (
	"fmt"
	"io"
	"slices"
)

// figures are what was measured of one kernel: samples by the name of the row.
type figures struct {
	samples map[string][]float64
	broken  []string // what did not work as it should
}

func newFigures() *figures { return &figures{samples: make(map[string][]float64)} }

func (f *figures) add(row string, x float64) { f.samples[row] = append(f.samples[row], x) }

// A row is a line of the table.
type row struct {
	name, unit string
	quantile   float64
	most       float64 // the ratio that is wanted
	absolute   float64 // or what is wanted of our figure alone; 0 for nothing
}

func rows() []row {
	return []row{
		{name: "start to kernel_info_reply", unit: "ms", quantile: 0.5, most: 1.0 / 12},
		{name: "1 + 1", unit: "ms", quantile: 0.5, most: 1.0 / 6},
		{name: "1 + 1", unit: "ms", quantile: 0.95, most: 1.0 / 4},
		{name: "a new function and its call", unit: "ms", quantile: 0.5, most: 1.0 / 4},
		{name: "1 000 queued cells", unit: "ms", quantile: 0.5, most: 1.0 / 15},
		{name: "100 000 printed lines", unit: "ms", quantile: 0.5, most: 1.0 / 2},
		{name: "their stream messages", quantile: 1, absolute: 20},
		{name: "a display of 10 MB", unit: "ms", quantile: 0.5, most: 0.9},
		{name: "peak memory it takes", unit: "payloads", quantile: 0.5, absolute: 5},
		{name: "interrupt of an endless loop to idle", unit: "ms", quantile: 0.5, most: 1.0 / 5},
		{name: "kernel_info on control while busy", unit: "ms", quantile: 0.5, most: 1.0 / 5},
		{name: "heartbeat while busy", unit: "ms", quantile: 0.5, most: 1.0 / 5},
		{name: "a new type with a method", unit: "ms", quantile: 0.5, absolute: 600},
		{name: overLocals, unit: "ms", quantile: 0.5, most: 1.0 / 20},
		{name: overLocals + againstGo, quantile: 0.5, absolute: 1.2},
		{name: overVariables, unit: "ms", quantile: 0.5, most: 1.0 / 20},
		{name: overVariables + againstGo, quantile: 0.5, absolute: 2},
		{name: recursion, unit: "ms", quantile: 0.5, absolute: 1000},
		{name: compiledRecursion, unit: "ms", quantile: 0.5, absolute: 1000},
		{name: "memory of many cells", unit: "MB", quantile: 0.5, absolute: 250},
		{name: "many at once: all have run a cell", unit: "ms", quantile: 0.5, most: 1.0 / 4},
		{name: "many at once: memory of all", unit: "MB", quantile: 0.5, most: 3.0 / 4},
	}
}

// print writes the table, and what did not work.
func print(out io.Writer, ours, theirs string, many int, a, b *figures) {
	fmt.Fprintf(out, "%-52s %-4s %11s %11s %8s %8s\n", "", "", ours, theirs, "ratio", "wanted")
	for _, r := range rows() {
		x, y := a.samples[r.name], b.samples[r.name]
		if len(x) == 0 || len(y) == 0 {
			continue
		}
		name := r.name
		if r.unit != "" {
			name += ", " + r.unit
		}
		mine, other := quantile(x, r.quantile), quantile(y, r.quantile)
		wanted, missed := fmt.Sprintf("%.3f", r.most), mine/other > r.most
		if r.absolute > 0 {
			wanted, missed = fmt.Sprintf("≤ %g", r.absolute), mine > r.absolute
		}
		mark := ""
		if missed {
			mark = "  missed"
		}
		fmt.Fprintf(out, "%-52s p%-3.0f %11.3f %11.3f %8.3f %8s%s\n", name, 100*r.quantile, mine, other, mine/other, wanted, mark)
	}
	if many > 0 {
		fmt.Fprintf(out, "many is %d\n", many)
	}
	for name, f := range map[string]*figures{ours: a, theirs: b} {
		for _, what := range f.broken {
			fmt.Fprintf(out, "%s: %s\n", name, what)
		}
	}
}

func quantile(xs []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}
