// Package worker is the engine that the kernel serves: the session in this process, the cells in a child.
//
// A cell is checked and lowered here, compiled here if it has to be, and run in the child, which may die of it. The kernel then
// shows what the child said last, starts another, and the session marks what was lost.
//
//	worker.go    Engine: the kernel's view
//	patience.go  what checks for too long is left behind
//	execute.go   one cell: check, lower, build, define, run
//	hot.go       what runs long is compiled while it runs
//	process.go   the child: start, talk, death; process_*.go the same of each system
//	starve.go    a child that cannot watch its own memory any more
//	report.go    errors as a person sees them
//	modules.go   packages of other modules: imports and %require
//	userplugins.go a person's plugins: folders, and %%plugin cells
//	magic.go     the engine as magics see it
//	pipe/        what kernel and child say to each other
//	child/       the child's side
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"joule/kernel"
	"joule/kernel/catalog"
	"joule/kernel/display"
	"joule/kernel/lower"
	"joule/kernel/magic"
	"joule/kernel/native"
	"joule/kernel/session"
	"joule/kernel/worker/pipe"
)

// Options say where the parts of an installation are.
type Options struct {
	Worker  string // the joule-worker program
	Lib     string // sources and modules for compiled cells: src, mod
	Catalog string // what cells can import
	Dir     string // where cells run; "" for the current folder
	Version string
	Log     *slog.Logger

	env         []string                             // of the cells where %env has changed it; nil for the kernel's own
	inGoroutine func(*pipe.Fault, func(text string)) // see Engine
}

// Predeclared are the packages that every cell can use without import.
var predeclared = map[string]string{
	"ebm": "joule/ebm", "energy": "joule/ebm/energy", "nn": "joule/ebm/nn", "discrete": "joule/ebm/discrete",
	"infer": "joule/ebm/infer", "latent": "joule/ebm/latent", "sampler": "joule/ebm/sampler", "loss": "joule/ebm/loss",
	"optim": "joule/ebm/optim", "train": "joule/ebm/train", "diag": "joule/ebm/diag", "data": "joule/ebm/data",
	"viz": "joule/ebm/viz", "plugins": "joule/plugins", "display": "joule/kernel/display",
}

// An Engine runs the cells of one session. It implements kernel.Engine.
type Engine struct {
	o       Options
	log     *slog.Logger
	cat     *catalog.Catalog
	builder *native.Builder

	define   sync.Mutex // one cell is checked, compiled and defined at a time; cells run side by side
	session  *session.Session
	checks   chan func()             // to the goroutine that checks; nil when there is none
	packages map[string]string       // the predeclared ones: name → import path
	calls    map[string][]lower.Call // by the symbols of interpreted functions
	literals map[int][]lower.Call    // and by the lines of function literals: see lower.Program
	turns    map[int]int             // likewise
	labels   map[string]int          // label of compiled source → the key of the latest cell

	interpreted map[string]bool // functions of the session that the interpreter runs
	hot         map[string]bool // labels of cells whose statements ran long in the interpreter

	magics *magic.Runner
	began  string // the directory in which the kernel was started

	mu     sync.Mutex
	child  *child
	closed bool
	over   chan struct{}     // closed when closed is set
	lost   bool              // the last child died: the session does not know yet
	set    map[string]string // environment variables that %env has set
	unset  map[string]bool   // and removed
}

var _ kernel.Engine = (*Engine)(nil)

// New makes an engine and starts its child, without waiting for it.
func New(o Options) (*Engine, error) {
	cat, err := openCatalog(o.Catalog)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	names := map[string]string{}
	for name, path := range predeclared {
		if cat.Has(path) {
			names[name] = path
		}
	}
	e := &Engine{
		o: o, log: o.Log, cat: cat, session: session.New(cat, names), labels: map[string]int{}, calls: map[string][]lower.Call{},
		literals: map[int][]lower.Call{}, turns: map[int]int{},
		interpreted: map[string]bool{}, hot: map[string]bool{}, packages: names, set: map[string]string{}, unset: map[string]bool{},
		over: make(chan struct{}),
	}
	if e.began, err = os.Getwd(); err != nil {
		e.began = "."
	}
	e.magics = magic.NewRunner(host{e})
	e.o.inGoroutine = e.inGoroutine
	if e.child, err = start(e.o); err != nil {
		return nil, err
	}
	e.builder = native.New(o.Worker, o.Lib)
	e.builder.Dir = o.Dir
	e.builder.Environ = func() []string {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.environ()
	}
	return e, nil
}

func openCatalog(dir string) (*catalog.Catalog, error) {
	cat, err := catalog.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("worker: the installation has lost what cells can import: %w; run the installer again (go run ./install in the sources of Joule)", err)
	}
	return cat, nil
}

// Info says what the engine runs.
func (e *Engine) Info() kernel.Info {
	return kernel.Info{
		Implementation: "joule",
		Version:        e.o.Version,
		Banner:         "Joule: Go for energy-based learning. Packages ebm, sampler, viz, data, diag, plugins and display are loaded.",
		Language: kernel.Language{
			Name: "go", Version: goVersion, MIMEType: "text/x-go", FileExtension: ".go", PygmentsLexer: "go", CodemirrorMode: "go", NBConvert: "script",
		},
		HelpLinks: []kernel.HelpLink{
			{Text: "Go", URL: "https://go.dev/doc/"},
			{Text: "Go standard library", URL: "https://pkg.go.dev/std"},
			{Text: "Gonum", URL: "https://pkg.go.dev/gonum.org/v1/gonum"},
		},
	}
}

// Evaluate gives the value of an expression. It sees the session and leaves nothing in it.
func (e *Engine) Evaluate(ctx context.Context, expr string) (display.Bundle, *kernel.Error) {
	r := e.evaluate(ctx, expr)
	if r.Err != nil {
		return display.Bundle{}, r.Err
	}
	if r.Value == nil {
		return display.Bundle{Data: map[string]string{"text/plain": ""}}, nil
	}
	return *r.Value, nil
}

// Execute runs one cell.
func (e *Engine) Execute(ctx context.Context, cell kernel.Cell, out kernel.Output) kernel.Result {
	e.alive(out) // a death since the last cell is told before anything else; what fails here fails again below
	return e.magics.Execute(ctx, cell, out)
}

// Complete lists what may stand at the cursor.
func (e *Engine) Complete(ctx context.Context, code string, cursor int) kernel.Completion {
	c, code, done := e.magics.Complete(code, cursor)
	if done {
		return c
	}
	return e.completeGo(ctx, code, cursor)
}

func (e *Engine) completeGo(ctx context.Context, code string, cursor int) kernel.Completion {
	e.define.Lock()
	defer e.define.Unlock()
	c, fail := patiently(ctx, e, typingPatience, func(s *session.Session) session.Completion { return s.Complete(code, cursor) })
	switch {
	case fail != nil:
		return kernel.Completion{Start: cursor, End: cursor}
	case c.InString:
		return e.magics.Paths(code, cursor)
	}
	out := kernel.Completion{Start: c.Start, End: c.End}
	for _, m := range c.Matches {
		out.Matches = append(out.Matches, kernel.Match{Text: m.Text, Type: m.Kind, Signature: m.Type})
	}
	return out
}

// Inspect describes the name at the cursor.
func (e *Engine) Inspect(ctx context.Context, code string, cursor, detail int) kernel.Inspection {
	found, code, done := e.magics.Inspect(code, cursor)
	if done {
		return found
	}
	e.define.Lock()
	defer e.define.Unlock()
	found, _ = patiently(ctx, e, typingPatience, func(s *session.Session) kernel.Inspection {
		d, ok := s.Describe(code, cursor, detail)
		if !ok {
			return kernel.Inspection{}
		}
		return kernel.Inspection{Found: true, Data: map[string]string{"text/plain": d.Text(), "text/markdown": d.Markdown()}}
	})
	return found
}

// IsComplete says whether code can run as it stands.
func (e *Engine) IsComplete(code string) kernel.Completeness {
	code, status, isGo := magic.Completeness(code)
	if !isGo {
		return kernel.Completeness{Status: status}
	}
	status, indent := session.Completeness(code)
	return kernel.Completeness{Status: status, Indent: indent}
}

// Close ends the child.
func (e *Engine) Close(bool) error {
	e.magics.Close()
	e.mu.Lock()
	c := e.child
	if !e.closed {
		close(e.over)
	}
	e.closed = true
	e.mu.Unlock()
	if c != nil {
		c.end()
	}
	return e.builder.Close()
}

// nowhere takes output that nobody asked for.
type nowhere struct{}

func (nowhere) Stream(string, []byte)        {}
func (nowhere) Display(display.Bundle, bool) {}
func (nowhere) ClearOutput(bool)             {}
func (nowhere) Input(context.Context, string, bool) (string, error) {
	return "", fmt.Errorf("worker: input is not possible here")
}
