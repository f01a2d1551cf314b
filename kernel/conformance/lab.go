package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"joule/install/setup"
	"joule/kernel"
	"joule/kernel/catalog"
	"joule/kernel/conformance/cells"
	"joule/kernel/worker"
)

// A lab makes engines over one installation.
type lab struct {
	layout setup.Layout
	cat    *catalog.Catalog
	tier   string // where everything runs; "" for where it should
}

func newLab(l setup.Layout) (*lab, error) {
	cat, err := catalog.Open(l.Catalog())
	if err != nil {
		return nil, err
	}
	return &lab{layout: l, cat: cat}, nil
}

// engine starts an engine whose cells run in a folder, or with "" in an empty one of their own.
func (l *lab) engine(log slog.Handler, home string) (e *worker.Engine, end func(), err error) {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return nil, nil, err
	}
	if home == "" {
		home = dir
	}
	e, err = worker.New(worker.Options{Worker: l.layout.Worker(), Lib: l.layout.Lib(), Catalog: l.layout.Catalog(), Dir: home, Log: slog.New(log)})
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return e, func() { e.Close(false); os.RemoveAll(dir) }, nil
}

// A test is cells for a fresh session and what they print or show together.
type test struct {
	dir, name string
	cells     []string
	want      func(shown [][]string, text string) string // "" or what is wrong
	home      string                                     // the folder it runs in; "" for an empty one
	reason    string                                     // why it cannot be right; "" for most
	printed   bool                                       // want looks at standard output alone
}

func (t test) String() string { return t.dir + "/" + t.name }

// An outcome is how a test ended.
type outcome string

// The outcomes.
const (
	right   outcome = "right"
	refused outcome = "refused" // before anything ran, with a reason
	failed  outcome = "failed"  // an error at run time
	silent  outcome = "silent"  // something else was shown, without an error
	hung    outcome = "hung"
	died    outcome = "died" // the process of the cells ended
)

var outcomes = []outcome{right, refused, failed, silent, hung, died}

// A result is the outcome of a test, with what is wrong.
type result struct {
	test
	outcome outcome
	why     string
	took    time.Duration
	count
	refusals []string // of cells by the interpreter itself
}

// patience is what the slowest test takes on a busy computer, ten times.
const patience = 3 * time.Minute

// run runs a test in a fresh session.
func (l *lab) run(ctx context.Context, t test) (r result) {
	begin := time.Now()
	defer func() { r.took = time.Since(begin) }()
	r = result{test: t, outcome: right, count: l.count(t)}
	log := new(refusals)
	defer func() { r.refusals = log.why }()
	e, end, err := l.engine(log, t.home)
	if err != nil {
		r.outcome, r.why = died, err.Error()
		return r
	}
	defer end()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if l.tier != "" {
		if res := e.Execute(ctx, kernel.Cell{Code: "%tier " + l.tier}, new(cells.Transcript)); res.Err != nil {
			r.outcome, r.why = died, trace(res.Err)
			return r
		}
	}
	var shown [][]string
	var text strings.Builder
	for i, code := range t.cells {
		out := new(cells.Transcript)
		res := e.Execute(ctx, kernel.Cell{Code: code, Number: i + 1}, out)
		shown = append(shown, cells.Shown(out, res))
		if t.printed {
			text.WriteString(out.Printed())
		} else {
			text.WriteString(out.Text())
		}
		if ctx.Err() != nil {
			r.outcome, r.why = hung, "the test does not end\n"+out.Text()
			return r
		}
		if res.Err == nil {
			continue
		}
		why := trace(res.Err)
		switch res.Err.Name {
		case "CompileError", "DefineError", "TierError":
			r.outcome, r.why = refused, why
		case "WorkerDied":
			r.outcome, r.why = died, why
		default:
			r.outcome, r.why = failed, why
			if out.Text() != "" {
				r.why += "\n" + out.Text()
			}
		}
		if i > 0 && r.outcome == refused && len(t.cells) > 1 {
			r.why = fmt.Sprintf("cell %d: %s", i+1, r.why)
		}
		return r
	}
	if why := t.want(shown, text.String()); why != "" {
		r.outcome, r.why = silent, why
	}
	return r
}

func trace(e *kernel.Error) string {
	return ansi.ReplaceAllString(strings.Join(e.Traceback, "\n"), "")
}

var errNoTests = errors.New("this Go distribution comes without its test folder")
