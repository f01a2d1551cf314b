package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"joule/kernel"
	"joule/kernel/display"
	"joule/kernel/lower"
	"joule/kernel/magic"
	"joule/kernel/session"
	"joule/kernel/worker/pipe"
)

// grace is how long an interrupted cell may take to end before it is left behind.
const grace = 3 * time.Second

// run runs a cell of Go as it is.
func (e *Engine) run(ctx context.Context, cell kernel.Cell, out kernel.Output, evaluate bool) kernel.Result {
	return e.runHow(ctx, cell, out, evaluate, magic.How{}).Result
}

// runHow runs a cell of Go. With keep false its declarations become part of the session; an evaluated expression leaves none.
func (e *Engine) runHow(ctx context.Context, cell kernel.Cell, out kernel.Output, evaluate bool, how magic.How) magic.Report {
	if strings.TrimSpace(cell.Code) == "" {
		return magic.Report{}
	}
	c, err := e.alive(out)
	if err != nil {
		return magic.Report{Result: failed("WorkerError", err)}
	}
	began := time.Now()
	if how.Heat {
		if fail := e.heatBefore(ctx, c, cell); fail != nil {
			return e.report(kernel.Result{Err: fail}, time.Since(began), nil)
		}
	}
	r, checked, fail := e.prepare(ctx, c, cell, out, evaluate, how)
	prepared := time.Since(began)
	if fail != nil {
		return e.report(kernel.Result{Err: fail}, prepared, nil)
	}
	result, done := e.wait(ctx, c, r, checked, out)
	return e.report(result, prepared, done)
}

// alive returns a running child, a new one if the last has died. A death that no cell has reported is reported to out.
func (e *Engine) alive(out kernel.Output) (*child, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errors.New("worker: the kernel is shutting down")
	}
	select {
	case <-e.child.gone:
	default:
		return e.child, nil
	}
	if e.child.reported.CompareAndSwap(false, true) {
		how, said := e.child.obituary()
		out.Stream("stderr", []byte(strings.TrimSpace("Since the last cell "+how+"\n"+lastWords(said))+"\n"+afterDeath+"\n"))
	}
	c, err := start(e.o)
	if err != nil {
		return nil, err
	}
	e.child, e.lost = c, true
	e.builder.Ended()
	return c, nil
}

// running is a cell that was sent to the child.
type running struct {
	*run
	seq         int
	interpreted bool // its statements are
	stops       map[int][]magic.Stop
}

// prepare checks, lowers, builds and defines a cell. One cell at a time: each sees what the one before declared.
func (e *Engine) prepare(ctx context.Context, c *child, cell kernel.Cell, out kernel.Output, evaluate bool,
	how magic.How) (*running, *session.Cell, *kernel.Error) {
	if fail := e.fetch(ctx, cell.Code, out); fail != nil { // before the lock: it may take long
		return nil, nil, fail
	}
	e.define.Lock()
	defer e.define.Unlock()
	e.forget()
	e.loadPlugins(ctx, c, cell.Code, out)
	compile, why := how.Tier == magic.Compile, how.Why
	if how.Tier == magic.Auto && e.hot[lower.Label(cell.Code)] {
		compile, why = true, "it ran for long when it was interpreted"
	}
	able := e.builder.Available() == nil
	for {
		l, fail := patiently(ctx, e, checkPatience, func(s *session.Session) lowered {
			return lowerCell(s, cell, evaluate, how, compile, why, able)
		})
		switch {
		case fail != nil:
			return nil, nil, fail
		case l.fail != nil:
			return nil, nil, l.fail
		}
		checked, program, stops := l.checked, l.program, l.stops
		if how.Tier == magic.Interpret {
			if fail := interpretedOnly(program); fail != nil {
				return nil, nil, fail
			}
		}
		if err := e.effects(ctx, c, cell.Code); err != nil {
			return nil, nil, e.buildFailed(ctx, err, program, checked)
		}
		x := unit(checked, program)
		x.Quiet = !evaluate && checked.MayFail()
		if len(program.Packages) > 0 {
			var err error
			if x.Plugin, err = e.builder.Build(ctx, program); err != nil {
				return nil, nil, e.buildFailed(ctx, err, program, checked)
			}
		}
		if len(checked.Renewed) > 0 {
			if err := e.held(ctx, c, checked, x); err != nil {
				return nil, nil, e.died(c)
			}
			if ctx.Err() != nil {
				return nil, nil, problem("Interrupted", errors.New("the cell was being prepared; nothing of it has run"))
			}
		}
		seq, r, err := c.begin(x, out, notes(checked, evaluate))
		if err != nil {
			return nil, nil, e.died(c)
		}
		reply, ok := c.answer(ctx, r)
		switch {
		case !ok:
			return nil, nil, e.died(c)
		case reply.Refused != "" && !compile && how.Tier == magic.Auto:
			e.log.Debug("the interpreter refused a unit", "cell", cell.Number, "reason", reply.Refused)
			compile, why = true, "the interpreter does not take it: "+reply.Refused
			continue
		case reply.Refused != "" || reply.Failed != "":
			return nil, nil, problem("DefineError", errors.New(reply.Refused+reply.Failed))
		}
		maps.Copy(e.calls, program.Calls)
		maps.Copy(e.literals, program.Literals)
		maps.Copy(e.turns, program.Turns)
		if !evaluate {
			e.session.Commit(checked)
			e.labels[lower.Label(cell.Code)] = checked.Key
			e.noteTiers(checked, program)
		}
		if how.Plan != nil {
			how.Plan(steps(program))
		}
		return &running{r, seq, program.Entry != "" && !program.EntryCompiled, stops}, checked, nil
	}
}

// lowered is a cell that can be built, or what is wrong with it.
type lowered struct {
	checked *session.Cell
	program *lower.Program
	stops   map[int][]magic.Stop
	fail    *kernel.Error
}

// lowerCell checks and lowers a cell; able says that it could be compiled.
func lowerCell(s *session.Session, cell kernel.Cell, evaluate bool, how magic.How, compile bool, why string, able bool) (l lowered) {
	checked, ds := s.Check(cell.Number, cell.Code)
	if len(ds) > 0 {
		return lowered{fail: diagnosed(ds)}
	}
	if evaluate && (checked.Last == nil || len(checked.Body.Body.List) != 1) {
		return lowered{fail: &kernel.Error{Name: "CompileError", Message: "not an expression"}}
	}
	l.checked, l.stops = checked, pauses(checked, how.Stops)
	checked.Pauses = slices.Collect(maps.Keys(l.stops))
	tiers := lower.How{Compile: compile, Why: why}
	if able && !compile && how.Tier == magic.Auto {
		tiers = lower.Eager(checked)
	}
	program, err := lower.Cell(checked, tiers)
	if err != nil {
		return lowered{fail: problem("CompileError", err)}
	}
	l.program = program
	return l
}

// notes are what a person is told of a cell before its output.
func notes(checked *session.Cell, evaluate bool) func(kernel.Output) {
	if evaluate {
		return nil
	}
	return func(out kernel.Output) {
		if n := len(checked.Imported); n > 0 {
			text := "imported " + strings.Join(checked.Imported, ", ")
			html := `<span style="color: var(--jp-ui-font-color2, gray)">` + text + `</span>`
			out.Display(display.Bundle{Data: map[string]string{"text/plain": text, "text/html": html}}, false)
		}
		for _, note := range checked.Notes {
			out.Stream("stderr", []byte(note+"\n"))
		}
	}
}

// held notes which variables have values of the types that a cell declares anew, and tells the child of these.
func (e *Engine) held(ctx context.Context, c *child, checked *session.Cell, x *pipe.Exec) error {
	x.Former = formers(checked.Formers())
	q := &pipe.Ask{Former: formers(checked.Renewed)}
	for _, o := range checked.Suspects {
		q.Behind = append(q.Behind, o.ID)
	}
	if len(q.Behind) == 0 {
		return nil
	}
	seq, r, err := c.ask(q)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { c.conn.Send(&pipe.Request{Seq: seq, Stop: true}) })() // it ends with what it knows
	reply, ok := c.answer(ctx, r)
	if !ok {
		return errors.New("worker: the process has ended")
	}
	var has, may, unseen []*session.Object
	for _, o := range checked.Suspects {
		switch {
		case slices.Contains(reply.Told.Held, o.ID):
			has = append(has, o.Object)
		case o.Direct && slices.Contains(reply.Told.Doubt, o.ID):
			may = append(may, o.Object)
		case o.Direct && reply.Told.Unseen:
			unseen = append(unseen, o.Object)
		}
	}
	checked.SayHeld(has, may, unseen)
	return nil
}

func formers(list []session.Former) (told []pipe.Former) {
	for _, f := range list {
		told = append(told, pipe.Former{Home: f.Home, Symbol: lower.Symbol(f.Object), Name: f.Name, Generic: f.Generic(), Cell: f.Cell, Now: f.Now})
	}
	return told
}

// forget marks what went with a dead child as lost.
func (e *Engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lost {
		e.session.Lose("was lost when the worker ended")
		e.lost = false
	}
}

func unit(c *session.Cell, p *lower.Program) *pipe.Exec {
	echoes := map[string]string{}
	for _, e := range c.Echoes {
		echoes[e.Now] = e.Former
	}
	return &pipe.Exec{
		Number: c.Number, Static: c.Static, Alloc: p.Alloc, Allocs: p.AllocIDs, Source: p.Source, Slots: p.Slots, Views: p.Views, Funcs: p.Funcs, Echoes: echoes, Hot: p.Hot,
		Entry: p.Entry, EntryCompiled: p.EntryCompiled, AtName: p.At,
	}
}

// answer is next for a child that may have stopped answering: when the person interrupts, it gets the grace of a cell, and then
// it is killed. Whatever it was asked to define is lost with it.
func (c *child) answer(ctx context.Context, r *run) (pipe.Reply, bool) {
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(grace):
			kill(c.cmd)
		case <-c.gone:
		case <-r.answered:
		}
	})
	defer stop()
	defer close(r.answered)
	return c.next(r)
}

// next is the child's next word on a run; false when the child died first.
func (c *child) next(r *run) (pipe.Reply, bool) {
	select {
	case reply := <-r.replies:
		return reply, true
	case <-c.gone:
	}
	select {
	case reply := <-r.replies: // said before it died
		return reply, true
	default:
		return pipe.Reply{}, false
	}
}

// wait waits for the end of a cell, stopping it when ctx ends.
func (e *Engine) wait(ctx context.Context, c *child, r *running, checked *session.Cell, out kernel.Output) (kernel.Result, *pipe.Done) {
	var failed *kernel.Error // at a stop
	var stopped int          // the statement before which it failed
	interrupted := ctx.Done()
	var giveUp <-chan time.Time
	began := time.Now()
	defer func() { e.ran(checked, r.interpreted, time.Since(began)) }()
	hot := time.NewTimer(hotAfter)
	defer hot.Stop()
	heating, cool := context.WithCancel(context.Background())
	defer cool()
	heat := sync.OnceFunc(func() { e.heat(heating, c, checked) })
	for {
		select {
		case <-hot.C:
			go heat()
		case reply := <-r.replies:
			switch {
			case reply.Pause != nil:
				answer := &pipe.Request{Seq: r.seq, Resume: true}
				if failed = reached(ctx, r.stops[reply.Pause.At], reply.Pause.Spent); failed != nil {
					answer, stopped = &pipe.Request{Seq: r.seq, Stop: true}, reply.Pause.At
				}
				c.conn.Send(answer)
			case reply.Deep:
				go func() {
					heat()
					c.conn.Send(&pipe.Request{Seq: r.seq, Warm: true})
				}()
			case reply.Done != nil:
				r.telling.Wait() // what comes before the end is told before it
				if failed != nil {
					reply.Done.At = stopped // the statement before has run to its end
				}
				return e.ended(ctx, c, r, checked, reply.Done, failed), reply.Done
			}
		case <-c.gone:
			if reply, ok := c.next(r.run); ok && reply.Done != nil {
				return e.ended(ctx, c, r, checked, reply.Done, failed), reply.Done
			}
			return kernel.Result{Err: e.diedAlone(c)}, nil
		case <-interrupted:
			interrupted = nil
			if c.conn.Send(&pipe.Request{Seq: r.seq, Stop: true}) == nil {
				giveUp = time.After(grace)
			}
		case <-giveUp:
			return kernel.Result{Err: &kernel.Error{Name: "Interrupted", Message: "the cell does not stop: it is inside compiled code that does not listen. " +
				"The session goes on without it; restart the kernel to end it",
				Traceback: []string{colour(red, "Interrupted") + ": the cell is inside compiled code that does not listen, and was left behind.",
					"The session goes on without it; restart the kernel to end it."}}}, nil
		}
	}
}

// ended is the result of a cell whose statements have ended: what is to be done after the last of them is done here, and
// what failed at a stop is its error.
func (e *Engine) ended(ctx context.Context, c *child, r *running, checked *session.Cell, d *pipe.Done, failed *kernel.Error) kernel.Result {
	result := e.finish(c, r, checked, d)
	if failed == nil && result.Err == nil && !d.Exited {
		failed = reached(ctx, r.stops[len(checked.Body.Body.List)], d.Spent)
	}
	if failed != nil {
		return kernel.Result{Err: failed}
	}
	return result
}

// finish turns the child's report into the cell's result.
func (e *Engine) finish(c *child, r *running, checked *session.Cell, d *pipe.Done) kernel.Result {
	// A return, a Goexit or a panic that the cell recovers from end it early, too.
	if d.Fault != nil || d.Stopped || d.Exited || !checked.Final(d.At) {
		e.drop(checked, d.At)
	}
	c.mu.Lock()
	guard := r.fault
	c.mu.Unlock()
	switch {
	case guard != nil && (d.Stopped || d.Fault != nil):
		return kernel.Result{Err: e.guarded(c, r, guard, checked, d)}
	case d.Stopped:
		return kernel.Result{Err: e.stopped(checked, d)}
	case d.Exited:
		if d.Code == 0 {
			return kernel.Result{}
		}
		return kernel.Result{Err: problem("Exit", fmt.Errorf("the cell exited with status %d", d.Code))}
	case d.Fault != nil:
		return kernel.Result{Err: e.panicked(d.Fault, checked, d)}
	case d.Value != nil:
		b := bundle(d.Value)
		return kernel.Result{Value: &b}
	}
	return kernel.Result{}
}

// drop forgets the variables whose declarations a cell did not reach.
func (e *Engine) drop(checked *session.Cell, at int) {
	e.define.Lock()
	defer e.define.Unlock()
	e.session.Drop(checked.Unreached(at))
}

// input asks the front end for a line and sends it to the child.
func (c *child) input(seq int, r *run, q *pipe.InputRequest) {
	answer := &pipe.Input{ID: q.ID}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-c.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	text, err := r.out.Input(ctx, q.Prompt, q.Password)
	if answer.Text = text; err != nil {
		answer.Error = err.Error()
	}
	c.conn.Send(&pipe.Request{Seq: seq, Input: answer})
}
