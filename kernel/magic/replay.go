package magic

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"joule/kernel"
	"joule/kernel/display"
	"joule/kernel/session"
)

func replayMagics() []Magic {
	return []Magic{{
		Name: "replay", Usage: "%replay [CELL…]\n%replay all",
		Doc: "Brings the session back after the process that ran the cells has died: functions, types and constants are declared " +
			"again at once, then the given cells run again (numbers and ranges such as 3 5-8, or all), and it says which values are " +
			"still lost. What is lost cannot be used: it is never a zero. all takes the cells since the last %reset that have worked " +
			"and have Go code; of the others only what %cd, %env and %tier set. Cells that are given by number run as they are. " +
			"Each runs in the directory in which it ran before.",
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
	if len(wanted) > 0 {
		var err error
		if again, err = choose(cells, wanted); err != nil {
			return err
		}
	}
	back := c.declare(cells)
	ran, err := 0, error(nil)
	if all {
		ran, err = c.everything()
	} else {
		ran, err = c.rerun(named(again), true)
	}
	if err != nil {
		return err
	}
	if ran > 0 {
		maps.Copy(back, c.declare(cells)) // what needed a value of one of them
	}
	c.tell(back, ran, !all)
	return nil
}

// A repeat is a cell that is to run again.
type repeat struct {
	Past
	code string // of it
	part bool   // it is not all of the cell
}

// repeated is what of a cell runs again: not what would begin the session or a replay anew. Where no Go code is, a cell does what
// it did to files and to the world, which may undo what came later: unless it is asked for by name, only what it sets is left.
func repeated(p Past, asked bool) repeat {
	parts, _ := Read(p.Number, p.Code)
	code, part := []byte(p.Code), false
	only := !asked && !parts.HasGo()
	for _, l := range parts.Lines {
		m, _ := find(l.Name)
		again := m.Name == "replay" || m.Name == "reset"
		if again || only && !m.Sets {
			blankBytes(code, l.Start, l.End)
			part = part || !again && m.Name != "require" // what is pinned stays pinned
		}
	}
	if parts.Head != nil && only {
		blankBytes(code, 0, len(code))
		part = true
	}
	return repeat{p, string(code), part}
}

func (p repeat) empty() bool { return strings.TrimSpace(p.code) == "" }

// named are cells that were asked for.
func named(cells []Past) (list []repeat) {
	for _, p := range cells {
		if r := repeated(p, true); !r.empty() {
			list = append(list, r)
		}
	}
	return list
}

// everything runs all cells again that have worked since the session last began, and says what it leaves out.
func (c *Call) everything() (ran int, err error) {
	var list []repeat
	var failed, without []int
	for _, p := range c.since(c.Cell.Number) {
		switch r := repeated(p, false); {
		case r.empty() && !r.part:
		case !p.worked:
			failed = append(failed, p.Number)
		case r.empty():
			without = append(without, p.Number)
		default:
			list = append(list, r)
		}
	}
	failed = slices.DeleteFunc(failed, func(n int) bool { // it worked later, when it was asked for by name
		return slices.ContainsFunc(list, func(p repeat) bool { return p.Number == n })
	})
	c.leftOut("they did not work", failed)
	c.leftOut("no Go code is in them", without)
	inner := *c
	inner.Ctx = context.WithValue(c.Ctx, replayKey{}, true)
	return inner.rerun(list, false)
}

func (c *Call) leftOut(why string, cells []int) {
	if len(cells) > 0 {
		c.Print("left out because %s: %s\n", why, strings.Trim(strings.ReplaceAll(fmt.Sprint(cells), " ", ", "), "[]"))
	}
}

// replayKey is the key of the contexts of cells that run again because all do.
type replayKey struct{}

func replaying(ctx context.Context) bool { return ctx.Value(replayKey{}) != nil }

// since are the cells since the last %reset, in the order in which they ran.
func (r *Runner) since(running int) (list []Past) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.past {
		if p.Number == running {
			continue
		}
		parts, _ := Read(p.Number, p.Code)
		if p.worked && slices.ContainsFunc(parts.Lines, func(l Line) bool { return l.Name == "reset" }) {
			list = nil
		}
		list = append(list, p)
	}
	return list
}

// rerun runs cells again, each in the directory in which it ran before, and returns how many did. It ends at the first that fails,
// because what follows may need it; but a cell that was asked for and has never worked may fail once more.
func (c *Call) rerun(list []repeat, asked bool) (ran int, err error) {
	home := c.host.Dir()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Ctx), wayHome)
		defer cancel()
		if back := c.move(ctx, home); err == nil {
			err = back
		}
	}()
	for _, p := range list {
		if c.Ctx.Err() != nil {
			return ran, c.Ctx.Err()
		}
		if err := c.move(c.Ctx, p.dir); err != nil {
			return ran, fmt.Errorf("cell %d ran in a directory that it cannot run in again: %w", p.Number, err)
		}
		if p.part {
			c.Print("cell %d (only what it sets)\n", p.Number)
		} else {
			c.Print("cell %d\n", p.Number)
		}
		failed := c.again(p)
		if dir := c.host.Dir(); asked && dir != p.dir {
			home = dir // the cell moves the session, as it was asked to
		}
		switch {
		case failed == nil:
			c.nowWorks(p.Past)
		case asked && !p.worked && c.Ctx.Err() == nil && failed.Name != "WorkerDied":
			c.Out.Stream("stderr", fmt.Appendf(nil, "cell %d failed again: %v\n", p.Number, failed))
		default:
			c.Out.Stream("stderr", fmt.Appendf(nil, "cell %d failed; what follows was not run again\n", p.Number))
			return ran, failed
		}
		ran++
	}
	return ran, nil
}

// wayHome is how long the process may take to change its directory when a replay has ended.
const wayHome = 5 * time.Second

// move changes the directory where it is another.
func (c *Call) move(ctx context.Context, dir string) error {
	if dir == c.host.Dir() {
		return nil
	}
	_, err := c.host.Ask(ctx, Question{Dir: dir})
	return err
}

// nowWorks notes that a cell that had failed has worked, after all cells so far.
func (r *Runner) nowWorks(p Past) {
	if p.worked {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p.worked = true
	r.past = append(r.past, p)
}

// again runs a cell once more under the number that it had.
func (c *Call) again(p repeat) *kernel.Error {
	result := c.execute(c.Ctx, kernel.Cell{Code: p.code, Number: p.Number}, c.Out)
	if result.Err == nil && result.Value != nil {
		c.Out.Display(*result.Value, false)
	}
	return result.Err
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

// tell says what is back and what is not, and, where that was not said before, of what cannot be brought back.
func (c *Call) tell(back map[string]bool, ran int, leftOut bool) {
	if len(back) > 0 {
		c.Print("declared again: %s\n", strings.Join(slices.Sorted(maps.Keys(back)), ", "))
	}
	byCell := c.lostByCell()
	if len(byCell) == 0 {
		if len(back) == 0 && ran == 0 {
			c.Print("nothing is lost\n")
		}
		return
	}
	for _, n := range slices.Sorted(maps.Keys(byCell)) {
		c.Print("lost: %s (cell %d)\n", strings.Join(byCell[n], ", "), n)
	}
	worked, failed := c.whichWorked(byCell)
	if len(worked) > 0 {
		c.Print("to run these cells again: %%replay %s\n", strings.Trim(fmt.Sprint(worked), "[]"))
	}
	if leftOut {
		c.leftOut("they did not work", failed)
	}
}

func (c *Call) lostByCell() map[int][]string {
	byCell := map[int][]string{}
	for _, n := range c.lost() {
		byCell[n.Cell] = append(byCell[n.Cell], n.Name)
	}
	return byCell
}

// whichWorked are the cells with lost names that can bring them back, and those that failed.
func (c *Call) whichWorked(byCell map[int][]string) (worked, failed []int) {
	for _, p := range c.cells(c.Cell.Number) {
		switch {
		case byCell[p.Number] == nil:
		case p.worked:
			worked = append(worked, p.Number)
		default:
			failed = append(failed, p.Number)
		}
	}
	slices.Sort(worked)
	slices.Sort(failed)
	return worked, failed
}

// quiet takes output that nobody wants to see twice.
type quiet struct{}

func (quiet) Stream(string, []byte)        {}
func (quiet) Display(display.Bundle, bool) {}
func (quiet) ClearOutput(bool)             {}
func (quiet) Input(context.Context, string, bool) (string, error) {
	return "", kernel.ErrNoInput
}
