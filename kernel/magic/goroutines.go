package magic

import (
	"fmt"
	"strconv"
	"strings"
)

func goroutineMagics() []Magic {
	return []Magic{{
		Name: "goroutines", Usage: "%goroutines\n%goroutines stop [CELL…]",
		Doc: "Lists the goroutines that cells have left running: how many, what they wait for, and those that were told to end but " +
			"are inside compiled code that does not listen. stop tells those of the given cells, or all, to end.",
		Run: goroutines,
	}}
}

func goroutines(c *Call) error {
	q := Question{Goroutines: true}
	if list := strings.Fields(c.Line.Args); len(list) > 0 {
		if list[0] != "stop" {
			return c.usage()
		}
		for _, f := range list[1:] {
			n, err := strconv.Atoi(f)
			if err != nil || n < 0 {
				return fmt.Errorf("%q is not the number of a cell", f)
			}
			q.Stop = append(q.Stop, n)
		}
		if len(list) == 1 {
			q.Stop = []int{-1}
		}
	}
	a, err := c.host.Ask(c.Ctx, q)
	if err != nil {
		return err
	}
	var rows [][]string
	total := 0
	for _, g := range a.Goroutines {
		if g.Running && g.Cell == c.Cell.Number && !g.Stopped {
			continue // the cell that asks
		}
		note := ""
		switch {
		case g.Stopped:
			note = "told to end, does not listen"
		case g.Running:
			note = "the cell runs"
		}
		total += g.Count
		rows = append(rows, []string{fmt.Sprint(g.Cell), fmt.Sprint(g.Count), g.State, g.Where, note})
	}
	foot := count(total, "goroutine") + " of cells"
	if total == 0 {
		foot = "no cell has left a goroutine running"
	}
	c.Out.Display(tabulate([]string{"cell", "count", "state", "in", ""}, rows, foot), false)
	return nil
}
