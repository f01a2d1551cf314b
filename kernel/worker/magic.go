package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"joule/kernel"
	"joule/kernel/lower"
	"joule/kernel/magic"
	"joule/kernel/session"
	"joule/kernel/worker/pipe"
)

// host is the engine as magics see it.
type host struct{ *Engine }

var _ magic.Host = host{}

// Run runs the Go code of a cell.
func (h host) Run(ctx context.Context, cell kernel.Cell, out kernel.Output, how magic.How) magic.Report {
	return h.runHow(ctx, cell, out, false, how)
}

// Plugin runs a %%plugin cell.
func (h host) Plugin(ctx context.Context, cell kernel.Cell, name string, out kernel.Output) kernel.Result {
	return h.plugin(ctx, cell, name, cell.Code, out)
}

// Check says what is wrong with a cell.
func (h host) Check(_ context.Context, cell kernel.Cell) session.Diagnostics {
	h.define.Lock()
	defer h.define.Unlock()
	h.forget()
	_, ds := h.session.Check(cell.Number, cell.Code)
	return ds
}

// Describe is what Inspect says of a name alone.
func (h host) Describe(ctx context.Context, name string, detail int) kernel.Inspection {
	return h.Inspect(ctx, name, len(name), detail)
}

// Text is the value of an expression as a text.
func (h host) Text(ctx context.Context, expr string) (string, error) {
	r := h.evaluate(ctx, "fmt.Sprint("+expr+")")
	if r.Err != nil {
		return "", r.Err
	}
	if r.Value == nil {
		return "", nil
	}
	quoted := r.Value.Data["text/plain"]
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return quoted, nil // too long to be shown whole
	}
	return text, nil
}

// Explain shows what is wrong with a cell as the type checker's errors are shown.
func (h host) Explain(ds session.Diagnostics) *kernel.Error { return diagnosed(ds) }

// Names lists the session's names.
func (h host) Names() (list []magic.Name) {
	h.define.Lock()
	defer h.define.Unlock()
	h.forget()
	for _, o := range h.session.Objects() {
		n := magic.Name{Name: o.Name, Kind: o.Kind.String(), Type: h.session.TypeText(o), Cell: o.Cell, Stale: o.Stale, Lost: o.Lost}
		if o.Kind == session.Var {
			n.Slot = o.ID
		}
		list = append(list, n)
	}
	return list
}

// Place finds the cell that a label of compiled code stands for.
func (h host) Place(label string) int {
	h.define.Lock()
	defer h.define.Unlock()
	key, ok := h.labels[label]
	if !ok {
		return 0
	}
	return h.session.Number(key)
}

// Dir is the directory of the cells as %cd has left it. The kernel's own never changes.
func (h host) Dir() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.o.Dir != "" {
		return h.o.Dir
	}
	return h.began
}

// Ask asks the child, and remembers for the next child what was changed.
func (h host) Ask(ctx context.Context, q magic.Question) (a magic.Answer, err error) {
	if q.Dir != "" {
		if info, err := os.Stat(q.Dir); err != nil || !info.IsDir() {
			return a, fmt.Errorf("%s is not a directory", q.Dir)
		}
		q.Dir = filepath.Clean(q.Dir)
	}
	h.mu.Lock()
	c := h.child
	h.mu.Unlock()
	select {
	case <-c.gone:
		if !c.reported.Load() { // it died under this very cell
			return a, h.diedAlone(c)
		}
	default:
	}
	if c, err = h.alive(nowhere{}); err != nil {
		return a, err
	}
	_, r, err := c.ask(&pipe.Ask{Dir: q.Dir, Set: q.Set, Unset: q.Unset, Values: q.Values, Goroutines: q.Goroutines, Stop: q.Stop})
	if err != nil {
		return a, err
	}
	var told *pipe.Told
	select {
	case reply := <-r.replies:
		told = reply.Told
	case <-c.gone:
		return a, h.diedAlone(c)
	case <-ctx.Done():
		return a, ctx.Err()
	}
	if told == nil || told.Error != "" {
		return a, fmt.Errorf("worker: %s", told.Error)
	}
	h.keep(q)
	a = magic.Answer{Dir: told.Dir, Env: told.Env, Values: told.Values, Resident: told.Resident, Plugins: told.Plugins,
		PluginMemory: told.PluginMemory}
	for _, g := range told.Goroutines {
		a.Goroutines = append(a.Goroutines, magic.Goroutines(g))
	}
	return a, nil
}

// keep notes the directory and the variables for the children to come.
func (h host) keep(q magic.Question) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if q.Dir != "" {
		h.o.Dir = q.Dir
	}
	for _, name := range q.Unset {
		delete(h.set, name)
		h.unset[name] = true
	}
	for name, value := range q.Set {
		h.set[name] = value
		delete(h.unset, name)
	}
	h.o.env = h.environ()
}

// environ is the environment of a new child: that of the kernel with what %env has changed.
func (e *Engine) environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		_, set := e.set[name]
		return set || e.unset[name]
	})
	for _, name := range slices.Sorted(maps.Keys(e.set)) {
		env = append(env, name+"="+e.set[name])
	}
	return env
}

// Reset ends the child and begins again with an empty session.
func (h host) Reset() error {
	if err := h.begin(h.o.Worker, h.o.Catalog); err != nil {
		return err
	}
	h.builder.Forget()
	return nil
}

// begin ends the child and begins again: another runs the given program, and the session is empty.
func (h host) begin(worker, base string) error {
	h.define.Lock()
	defer h.define.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errors.New("worker: the kernel is shutting down")
	}
	cat, err := openCatalog(base)
	if err != nil {
		return err
	}
	o := h.o
	o.Worker, o.Catalog = worker, base
	c, err := start(o)
	if err != nil {
		return err
	}
	old := h.child
	old.reported.Store(true) // it was asked for
	old.end()
	h.o, h.child, h.lost, h.cat = o, c, false, cat
	h.session = session.New(h.cat, h.packages)
	h.labels, h.interpreted, h.hot = map[string]int{}, map[string]bool{}, map[string]bool{}
	return nil
}

// steps is a plan for people.
func steps(p *lower.Program) (list []magic.Step) {
	for _, u := range p.Plan {
		list = append(list, magic.Step{Unit: u.Name, Compiled: u.Tier == lower.Compile, Why: u.Why})
	}
	return list
}

// interpretedOnly refuses a program that the interpreter cannot run as a whole.
func interpretedOnly(p *lower.Program) *kernel.Error {
	var why []string
	for _, u := range p.Plan {
		if u.Tier == lower.Compile {
			why = append(why, fmt.Sprintf("%s (%s)", u.Name, u.Why))
		}
	}
	if len(why) == 0 {
		return nil
	}
	return problem("TierError", fmt.Errorf("this has to be compiled, which %%tier 1 forbids: %s", strings.Join(why, ", ")))
}

// pauses are the statements of a cell before which it stops, with the stops that belong there: those that no statement
// follows come at the end, under the number of statements.
func pauses(c *session.Cell, stops []magic.Stop) map[int][]magic.Stop {
	n := len(c.Body.Body.List)
	at := map[int][]magic.Stop{}
	for _, s := range stops {
		i := 0
		for i < n && c.StatementLine(i, 0) < s.Line {
			i++
		}
		at[i] = append(at[i], s)
	}
	return at
}

// reached does what is to be done at a stop.
func reached(ctx context.Context, stops []magic.Stop, spent pipe.Spent) *kernel.Error {
	for i, s := range stops {
		if i > 0 {
			spent = pipe.Spent{}
		}
		if ctx.Err() != nil {
			return problem("Interrupted", errors.New("the cell was interrupted"))
		}
		if err := s.Do(ctx, magic.Spent(spent)); err != nil {
			return err
		}
	}
	return nil
}

// report is the result of a cell with the times that it took.
func (e *Engine) report(r kernel.Result, prepare time.Duration, d *pipe.Done) magic.Report {
	rep := magic.Report{Result: r, Prepare: prepare}
	if d != nil {
		rep.Spent, rep.Total = magic.Spent(d.Spent), magic.Spent(d.Total)
	}
	return rep
}
