package magic

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"joule/kernel"
	"joule/kernel/display"
	"joule/kernel/session"
)

func replayMagics() []Magic {
	return []Magic{{
		Name: "replay", Usage: "%replay [CELL…]\n%replay all",
		Doc: "Brings the session back after the process that ran the cells has died: functions, types and constants are declared " +
			"again at once, then the given cells run again (numbers and ranges such as 3 5-8, or all), and it says which values are " +
			"still lost. What is lost cannot be used: it is never a zero.",
		Run: replay, Early: true,
	}}
}

func replay(c *Call) error {
	all := c.Line.Args == "all"
	var wanted []span
	if !all {
		var err error
		if wanted, err = spans(c.Line.Args); err != nil {
			return err
		}
	}
	if _, err := c.host.Ask(c.Ctx, Question{}); err != nil { // a dead worker is noticed, and replaced
		return err
	}
	cells := c.cells(c.Cell.Number)
	var again []Past
	if all || len(wanted) > 0 {
		var err error
		if again, err = choose(cells, wanted); err != nil {
			return err
		}
	}
	back := c.declare(cells)
	for _, p := range again {
		if c.Ctx.Err() != nil {
			return c.Ctx.Err()
		}
		if parts, _ := Read(p.Number, p.Code); slices.ContainsFunc(parts.Lines, func(l Line) bool { return l.Name == "replay" }) {
			continue
		}
		c.Print("cell %d\n", p.Number)
		if err := c.again(p); err != nil {
			c.Out.Stream("stderr", []byte(fmt.Sprintf("cell %d failed; what follows was not run again\n", p.Number)))
			return err
		}
	}
	if len(again) > 0 {
		maps.Copy(back, c.declare(cells)) // what needed a value of one of them
	}
	c.tell(back, len(again))
	return nil
}

// again runs a cell once more, magics and all, under the number that it had.
func (c *Call) again(p Past) error {
	result := c.execute(c.Ctx, kernel.Cell{Code: p.Code, Number: p.Number}, c.Out)
	if result.Err != nil {
		return result.Err
	}
	if result.Value != nil {
		c.Out.Display(*result.Value, false)
	}
	return nil
}

// lost lists the names that went with a worker.
func (c *Call) lost() (list []Name) {
	for _, n := range c.host.Names() {
		if n.Lost && n.Stale != "" {
			list = append(list, n)
		}
	}
	return list
}

// declare declares the lost functions, types and constants of cells again, and returns their names. It goes round until
// nothing more comes back, because one may need another from a cell that is later in the list.
func (c *Call) declare(cells []Past) map[string]bool {
	back := map[string]bool{}
	for {
		lost := map[string]int{}
		for _, n := range c.lost() {
			if n.Kind != "var" {
				lost[n.Name] = n.Cell
			}
		}
		before := len(lost)
		for _, p := range cells {
			if before == 0 || c.Ctx.Err() != nil {
				return back
			}
			if slices.Contains(slices.Collect(maps.Values(lost)), p.Number) {
				c.declareCell(p)
			}
		}
		for _, n := range c.lost() {
			delete(lost, n.Name)
		}
		for name := range lost {
			back[name] = true
		}
		if len(lost) == 0 {
			return back
		}
	}
}

// declareCell gives the declarations of a cell to the host. Those that need something lost are left out, one after the other.
func (c *Call) declareCell(p Past) {
	parts, _ := Read(p.Number, p.Code)
	text := parts.Go
	declarations := session.Declarations(text)
	for len(declarations) > 0 {
		only := []byte(text)
		blankBytes(only, 0, len(only))
		for _, d := range declarations {
			copy(only[d.Start:d.End], text[d.Start:d.End])
		}
		// Constants of a number that is not the cell's own would lose their place: it keeps its number and its lines.
		rep := c.host.Run(c.Ctx, kernel.Cell{Code: string(only), Number: p.Number, Silent: true}, quiet{}, How{})
		if rep.Err == nil {
			return
		}
		var cell, line int
		if _, err := fmt.Sscanf(rep.Err.Message, "cell[%d]:%d:", &cell, &line); err != nil || cell != p.Number {
			return
		}
		n := len(declarations)
		declarations = slices.DeleteFunc(declarations, func(d session.Span) bool {
			return lineOf(text, d.Start) <= line && line <= lineOf(text, d.End)
		})
		if len(declarations) == n {
			return
		}
	}
}

func lineOf(text string, off int) int { return 1 + strings.Count(text[:off], "\n") }

func blankBytes(b []byte, from, to int) {
	for i := from; i < to; i++ {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}

// tell says what is back and what is not.
func (c *Call) tell(back map[string]bool, ran int) {
	if len(back) > 0 {
		c.Print("declared again: %s\n", strings.Join(slices.Sorted(maps.Keys(back)), ", "))
	}
	byCell := map[int][]string{}
	for _, n := range c.lost() {
		byCell[n.Cell] = append(byCell[n.Cell], n.Name)
	}
	if len(byCell) == 0 {
		if len(back) == 0 && ran == 0 {
			c.Print("nothing is lost\n")
		}
		return
	}
	numbers := slices.Sorted(maps.Keys(byCell))
	for _, n := range numbers {
		c.Print("lost: %s (cell %d)\n", strings.Join(byCell[n], ", "), n)
	}
	c.Print("to run these cells again: %%replay %s\n", strings.Trim(fmt.Sprint(numbers), "[]"))
}

// quiet takes output that nobody wants to see twice.
type quiet struct{}

func (quiet) Stream(string, []byte)        {}
func (quiet) Display(display.Bundle, bool) {}
func (quiet) ClearOutput(bool)             {}
func (quiet) Input(context.Context, string, bool) (string, error) {
	return "", kernel.ErrNoInput
}
