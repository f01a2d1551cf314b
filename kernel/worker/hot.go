package worker

import (
	"context"
	"slices"
	"time"

	"joule/kernel"
	"joule/kernel/lower"
	"joule/kernel/session"
)

// What keeps the interpreter busy is compiled. The functions that a running cell calls go into their slots while it runs: the
// next call of each is the compiled one. Before %timeit and %%bench they are compiled in any case. The statements of a cell cannot
// be exchanged under way; when they ran for long they are compiled the next time.
const (
	hotAfter     = 250 * time.Millisecond // functions are compiled when a cell has run for so long
	hotStatement = 500 * time.Millisecond // statements are remembered when they ran for so long
)

// noteTiers remembers which functions and methods of a cell the interpreter runs.
func (e *Engine) noteTiers(checked *session.Cell, p *lower.Program) {
	for _, u := range checked.Funcs {
		name := u.Object.Name
		if u.Decl.Recv != nil {
			name += "." + u.Decl.Name.Name
		}
		_, e.interpreted[name] = p.Funcs[u.Slot]
	}
}

// heat compiles the interpreted functions that a running cell calls. It is given up when one of them is defined anew
// meanwhile, and costs nothing but time when it fails.
func (e *Engine) heat(ctx context.Context, c *child, checked *session.Cell) {
	if e.builder.Available() != nil {
		return
	}
	e.define.Lock()
	names := slices.DeleteFunc(e.session.Reached(checked), func(name string) bool { return !e.interpreted[name] })
	versions := map[string]any{}
	for _, name := range names {
		versions[name] = e.session.Version(name)
	}
	program := e.again(names)
	e.define.Unlock()
	if program == nil {
		return
	}
	plugin, err := e.builder.Build(ctx, program)
	if err != nil {
		e.log.Debug("hot functions were not compiled", "names", names, "error", err)
		return
	}
	e.define.Lock()
	defer e.define.Unlock()
	for name, v := range versions {
		if e.session.Version(name) != v {
			return
		}
	}
	x := unit(&session.Cell{}, program)
	x.Plugin, x.Same = plugin, true
	_, r, err := c.begin(x, nowhere{}, nil)
	if err != nil {
		return
	}
	if reply, ok := c.next(r); ok && reply.Defined {
		for _, name := range names {
			e.interpreted[name] = false
		}
		e.log.Debug("hot functions were compiled", "names", names)
	}
}

// heatBefore is heat for a cell that has not begun. What is wrong with the cell is said when it is prepared; the error is that its check
// was given up.
func (e *Engine) heatBefore(ctx context.Context, c *child, cell kernel.Cell) *kernel.Error {
	checked, fail := e.sound(ctx, cell)
	if checked != nil {
		e.heat(ctx, c, checked)
	}
	return fail
}

// sound is a cell that checks; nil for another.
func (e *Engine) sound(ctx context.Context, cell kernel.Cell) (*session.Cell, *kernel.Error) {
	e.define.Lock()
	defer e.define.Unlock()
	return patiently(ctx, e, checkPatience, func(s *session.Session) *session.Cell {
		checked, ds := s.Check(cell.Number, cell.Code)
		if len(ds) > 0 {
			return nil
		}
		return checked
	})
}

// compileNext notes that the statements of a cell, if the interpreter ran them, are to be compiled the next time.
func (e *Engine) compileNext(checked *session.Cell, statements bool) {
	e.define.Lock()
	defer e.define.Unlock()
	if statements {
		e.hot[lower.Label(checked.Source)] = true
	}
}

// again lowers functions for the compiler; nil when there is nothing to do.
func (e *Engine) again(names []string) *lower.Program {
	if len(names) == 0 {
		return nil
	}
	checked, ds := e.session.Again(names)
	if len(ds) > 0 {
		e.log.Debug("hot functions do not check", "names", names, "error", ds[0])
		return nil
	}
	program, err := lower.Cell(checked, lower.How{Compile: true, Why: "it kept the interpreter busy"})
	if err != nil {
		return nil
	}
	return program
}

// ran remembers statements that ran for long in the interpreter.
func (e *Engine) ran(checked *session.Cell, interpreted bool, took time.Duration) {
	if !interpreted || took < hotStatement || e.builder.Available() != nil {
		return
	}
	e.define.Lock()
	defer e.define.Unlock()
	e.hot[lower.Label(checked.Source)] = true
}
