package magic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"joule/kernel"
	"joule/kernel/session"
)

// A Host is the engine as magics see it. Its methods may be called from any goroutine.
type Host interface {
	// Run runs a cell of Go.
	Run(ctx context.Context, cell kernel.Cell, out kernel.Output, how How) Report
	// Plugin runs a cell of Go whose declarations become the plugin called name.
	Plugin(ctx context.Context, cell kernel.Cell, name string, out kernel.Output) kernel.Result
	// Check says what is wrong with a cell of Go. It changes nothing.
	Check(ctx context.Context, cell kernel.Cell) session.Diagnostics
	// Describe says what is known of a name of the session, of a package or of a magic.
	Describe(ctx context.Context, name string, detail int) kernel.Inspection
	// Text is the value of an expression as fmt.Print prints it.
	Text(ctx context.Context, expr string) (string, error)
	// Explain makes an error of what is wrong with a cell.
	Explain(session.Diagnostics) *kernel.Error
	// Names lists the names of the session, sorted.
	Names() []Name
	// Ask asks the worker's process, or changes what is the process's own.
	Ask(ctx context.Context, q Question) (Answer, error)
	// Reset starts a new worker with an empty session.
	Reset() error
	// Require pins modules. With rebuild it starts a new worker with an empty session where that is needed for them.
	Require(ctx context.Context, modules []Module, rebuild bool, out kernel.Output) (Required, error)
	// Pinned lists what is pinned, as %require takes it.
	Pinned() []string
	// Dir is the directory of the cells, as far as it is known without asking.
	Dir() string
	// Place turns the label that compiled code has for a cell into the cell's number; 0 for none.
	Place(label string) int
}

// How says how a cell of Go is to be run.
type How struct {
	Tier  Tier
	Why   string            // the reason for the plan where Tier is not Auto
	Heat  bool              // the functions of the session that it calls are compiled first, so that what is measured does not change under way
	Stops []Stop            // places between statements, in order
	Plan  func(plan []Step) // is given the plan before the first stop; may be nil
}

// A Tier is where Go runs.
type Tier int

// The tiers.
const (
	Auto      Tier = iota
	Interpret      // nothing may be compiled
	Compile        // everything is compiled
)

// A Step is one line of a plan: where a unit of a cell runs, and why it has to be compiled.
type Step struct {
	Unit     string
	Compiled bool
	Why      string
}

// A Stop is a place in a cell: before the first statement that begins on a line or below it. Do is called when it is reached,
// after everything above has been shown; its error ends the cell.
type Stop struct {
	Line int
	Do   func(ctx context.Context, spent Spent) *kernel.Error
}

// Spent is the time that Go code has taken since the stop before, or since the beginning of the statements.
type Spent struct {
	Wall time.Duration
	CPU  time.Duration // of the whole worker process; 0 where it cannot be known
}

// A Report is the result of a cell of Go, and how long its parts took.
type Report struct {
	kernel.Result
	Prepare time.Duration // checking, compiling, defining
	Spent   Spent         // since the last stop
	Total   Spent         // of all statements
}

// A Name is one name of the session.
type Name struct {
	Name, Kind, Type string
	Cell             int
	Slot             string // of a variable: where its value is
	Stale            string // why it cannot be used; "" while it can
	Lost             bool   // it went with a worker that died
}

// A Question asks the worker's process; what is zero is not asked and not changed.
type Question struct {
	Dir        string            // change the directory
	Set        map[string]string // environment variables to set
	Unset      []string          // environment variables to remove
	Values     []string          // slots whose values are wanted
	Goroutines bool
	Stop       []int // cells whose goroutines are to end; -1 for all
}

// An Answer is what the process says.
type Answer struct {
	Dir          string
	Env          []string          // as os.Environ
	Values       map[string]string // slot → a short text, for what is cheap to show
	Resident     int64             // bytes in memory
	Plugins      int
	PluginMemory int64 // bytes of these that are in memory; 0 when unknown
	Goroutines   []Goroutines
}

// Goroutines are those of one run of a cell that do the same.
type Goroutines struct {
	Cell    int
	Count   int
	State   string // what they wait for, or "running"
	Where   string // the function of the cell or of a package that they are in
	Stopped bool   // they were told to end and have not
	Running bool   // the cell itself still runs
}

// A Runner runs cells with magics on a host. Its methods may be called from any goroutine.
type Runner struct {
	host     Host
	commands commands

	mu    sync.Mutex
	past  []Past
	tier  Tier
	plans map[int][]Step
	last  int    // the cell whose plan is the newest
	from  string // where %cd - goes back to
}

// Past is a cell that was run.
type Past struct {
	Number int
	Code   string

	dir    string // where it ran
	worked bool   // it has ended, and without an error
}

// NewRunner makes the runner of a host.
func NewRunner(h Host) *Runner { return &Runner{host: h, plans: map[int][]Step{}} }

// Close ends the commands that still run.
func (r *Runner) Close() { r.commands.close() }

// Execute runs one cell.
func (r *Runner) Execute(ctx context.Context, cell kernel.Cell, out kernel.Output) kernel.Result {
	r.remember(cell)
	result := r.execute(ctx, cell, out)
	if result.Err == nil {
		r.worked(cell)
	}
	return result
}

func (r *Runner) execute(ctx context.Context, cell kernel.Cell, out kernel.Output) kernel.Result {
	parts, wrong := Read(cell.Number, cell.Code)
	if len(wrong) > 0 {
		return kernel.Result{Err: r.host.Explain(wrong)}
	}
	parts = r.negations(ctx, cell, parts)
	result, report := kernel.Result{}, Report{}
	call := func(l Line) *Call {
		return &Call{Runner: r, Ctx: ctx, Cell: cell, Parts: parts, Line: l, Out: out, Result: &result, report: &report}
	}
	if parts.Head != nil {
		m, _ := find(parts.Head.Name)
		if err := asError(ctx, m.Cell(call(*parts.Head))); err != nil {
			result.Value, result.Err = nil, err
		}
		return result
	}
	if err := r.lines(ctx, call, parts, How{}); err != nil {
		result.Value, result.Err = nil, err
	}
	return result
}

// lines runs the Go code and the lines of a cell in order.
func (r *Runner) lines(ctx context.Context, call func(Line) *Call, parts Cell, how How) *kernel.Error {
	code := strings.IndexFunc(parts.Go, func(c rune) bool { return !strings.ContainsRune(" \t\r\n", c) })
	base := call(Line{})
	for i, l := range parts.Lines {
		m, _ := find(l.Name)
		switch {
		case m.Early && parts.HasGo() && l.Start > code:
			return r.host.Explain(session.Diagnostics{session.At(base.Cell.Number, base.Cell.Code, l.Start,
				"%"+l.Name+" decides how the cell is run: it stands above its code")})
		case m.Early || !parts.HasGo():
			if ctx.Err() != nil {
				return asError(ctx, ctx.Err())
			}
			if err := asError(ctx, m.Run(call(l))); err != nil {
				return err
			}
		case m.Code:
			how.Stops = append(how.Stops, timed(base.Out, l)...)
		default:
			how.Stops = append(how.Stops, Stop{Line: l.Number, Do: func(ctx context.Context, _ Spent) *kernel.Error {
				c := call(parts.Lines[i])
				c.Ctx = ctx
				return asError(ctx, m.Run(c))
			}})
		}
	}
	if !parts.HasGo() {
		return nil
	}
	return r.code(base, parts.Go, how).Err
}

// code runs Go under the tier that %tier chose, and adds its result to that of the cell.
func (r *Runner) code(c *Call, text string, how How) Report {
	if tier := r.chosen(); how.Tier == Auto && tier != Auto {
		how.Tier, how.Why = tier, "%tier "+tierName(tier)
	}
	how.Plan = func(plan []Step) { r.planned(c.Cell.Number, plan) }
	cell := c.Cell
	cell.Code = text
	rep := r.host.Run(c.Ctx, cell, c.Out, how)
	*c.report = rep
	c.Result.Value, c.Result.Err = rep.Value, rep.Err
	c.Result.Payload = append(c.Result.Payload, rep.Payload...)
	return rep
}

// remember keeps what was run, for %history, %save and %replay.
func (r *Runner) remember(cell kernel.Cell) {
	if cell.Silent || strings.TrimSpace(cell.Code) == "" {
		return
	}
	dir := r.host.Dir()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.past) >= maxPast {
		r.past = slices.Delete(r.past, 0, maxPast/10)
	}
	r.past = append(r.past, Past{Number: cell.Number, Code: cell.Code, dir: dir})
}

// worked notes that the cell remembered last under its number worked.
func (r *Runner) worked(cell kernel.Cell) {
	if cell.Silent {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.past) - 1; i >= 0; i-- {
		if r.past[i].Number == cell.Number && r.past[i].Code == cell.Code {
			r.past[i].worked = true
			return
		}
	}
}

// maxPast is how many cells are remembered.
const maxPast = 10_000

// cells are the cells that were run, each number once with what was run under it last, without the one that is running.
func (r *Runner) cells(running int) (list []Past) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := map[int]int{}
	for _, p := range r.past {
		if p.Number == running {
			continue
		}
		if i, ok := at[p.Number]; ok {
			list[i] = p
			continue
		}
		at[p.Number] = len(list)
		list = append(list, p)
	}
	return list
}

// asError makes a cell's error of what a magic returns.
func asError(ctx context.Context, err error) *kernel.Error {
	var known *kernel.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		if known == nil {
			return nil
		}
		return known
	case ctx.Err() != nil:
		return failure("Interrupted", "the cell was interrupted")
	}
	return failure("MagicError", err.Error())
}

func failure(name, message string) *kernel.Error {
	return &kernel.Error{Name: name, Message: message, Traceback: []string{"\x1b[31m" + name + "\x1b[0m: " + message}}
}

// Print writes to the cell's standard output.
func (c *Call) Print(format string, args ...any) {
	c.Out.Stream("stdout", fmt.Appendf(nil, format, args...))
}

// usage is the error of a call that is written in a wrong way.
func (c *Call) usage() error {
	m, _ := find(c.Line.Name)
	if m.Run == nil {
		return fmt.Errorf("usage: %s", m.Usage)
	}
	return fmt.Errorf("usage: %s", strings.ReplaceAll(m.Usage, "\n", ", or "))
}
