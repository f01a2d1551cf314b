package magic

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func planMagics() []Magic {
	return []Magic{{
		Name: "plan", Usage: "%plan [CELL]",
		Doc: "Shows which parts of a cell were interpreted and which compiled, and why: of the cell that it stands in, of the one " +
			"given, or of the last one.",
		Run: plan,
	}, {
		Name: "tier", Usage: "%tier [auto|1|2]",
		Doc: "Chooses how cells run from here on: auto lets each part run where it is exact and fast to start, 1 interprets " +
			"everything and refuses what has to be compiled, 2 compiles everything. Without an argument it says what is chosen.",
		Run: tier, Early: true, Sets: true,
	}, {
		Name: "native", Usage: "%%native\nGo code",
		Doc:  "Compiles this cell, whatever the interpreter could run of it.",
		Cell: native, Body: true,
	}}
}

func plan(c *Call) error {
	c.mu.Lock()
	number := c.last
	if c.Parts.HasGo() {
		number = c.Cell.Number
	}
	known := slices.Sorted(maps.Keys(c.plans))
	c.mu.Unlock()
	if c.Line.Args != "" {
		list, err := spans(c.Line.Args)
		if err != nil || len(list) != 1 || list[0].from != list[0].to {
			return c.usage()
		}
		number = list[0].from
	}
	c.mu.Lock()
	steps, ok := c.plans[number]
	c.mu.Unlock()
	switch {
	case len(known) == 0:
		return fmt.Errorf("no cell of Go has run yet")
	case !ok:
		return fmt.Errorf("no cell of Go ran under the number %d", number)
	}
	c.Print("%s", planText(number, steps))
	return nil
}

// planText is a plan as a table.
func planText(number int, steps []Step) string {
	if len(steps) == 0 {
		return fmt.Sprintf("cell %d has nothing to run\n", number)
	}
	width := 0
	for _, s := range steps {
		width = max(width, len(s.Unit))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "cell %d\n", number)
	for _, s := range steps {
		where, why := "interpreted", cmp.Or(s.Why, "nothing in it needs the compiler")
		if s.Compiled {
			where, why = "compiled", s.Why
		}
		line := fmt.Sprintf("  %-*s  %-11s  %s", width, s.Unit, where, why)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// planned keeps the plan of a cell.
func (r *Runner) planned(number int, steps []Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.plans) >= maxPast {
		clear(r.plans)
	}
	r.plans[number], r.last = steps, number
}

func tier(c *Call) error {
	names := map[string]Tier{"auto": Auto, "1": Interpret, "2": Compile}
	if c.Line.Args == "" {
		c.Print("%s\n", tierName(c.chosen()))
		return nil
	}
	t, ok := names[c.Line.Args]
	if !ok {
		return c.usage()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tier = t
	return nil
}

func (r *Runner) chosen() Tier {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tier
}

func tierName(t Tier) string { return [...]string{"auto", "1", "2"}[t] }

func native(c *Call) error { return c.body(How{Tier: Compile, Why: "%%native"}) }

// body runs the Go code and the lines below a %% line.
func (c *Call) body(how How) error {
	if c.Line.Args != "" {
		return c.usage()
	}
	call := func(l Line) *Call {
		inner := *c
		inner.Line = l
		return &inner
	}
	if err := c.lines(c.Ctx, call, c.Parts, how); err != nil {
		return err
	}
	return nil
}
