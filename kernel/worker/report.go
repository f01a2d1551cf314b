package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"joule/kernel"
	"joule/kernel/lower"
	"joule/kernel/native"
	"joule/kernel/session"
	"joule/kernel/worker/pipe"
)

// goVersion is the version of Go that cells are written in.
var goVersion = strings.TrimPrefix(runtime.Version(), "go")

// Colours of tracebacks, as every front end shows them.
const (
	red   = "31"
	green = "32"
	bold  = "1"
)

func colour(code, s string) string { return "\x1b[" + code + "m" + s + "\x1b[0m" }

func problem(name string, err error) *kernel.Error {
	return &kernel.Error{Name: name, Message: err.Error(), Traceback: []string{colour(red, name) + ": " + err.Error()}}
}

func failed(name string, err error) kernel.Result { return kernel.Result{Err: problem(name, err)} }

// diagnosed shows all type errors of a cell.
func diagnosed(ds session.Diagnostics) *kernel.Error {
	e := &kernel.Error{Name: "CompileError", Message: ds[0].Error()}
	switch more := len(ds) - 1; more {
	case 0:
	case 1:
		e.Message += " (and 1 more error)"
	default:
		e.Message += fmt.Sprintf(" (and %d more errors)", more)
	}
	for _, d := range ds {
		position := fmt.Sprintf("cell[%d]:%d:%d: ", d.Cell, d.Line, d.Col)
		text := strings.TrimPrefix(d.Text(), position)
		message, place, _ := strings.Cut(text, "\n")
		e.Traceback = append(e.Traceback, colour(green, strings.TrimSuffix(position, " "))+" "+colour(red, message))
		if place != "" {
			e.Traceback = append(e.Traceback, place)
		}
	}
	return e
}

// panicked shows a panic with the cell's frames.
func (e *Engine) panicked(f *pipe.Fault, checked *session.Cell, d *pipe.Done) *kernel.Error {
	message := f.Message
	name := "Panic"
	if f.Type == "runtime error" {
		message = strings.TrimPrefix(message, "runtime error: ")
		name = "RuntimeError"
	}
	if m := anew.FindStringSubmatch(message); m != nil {
		message = m[1] + " (the value was made before " + m[2] + " was declared anew)"
	}
	out := &kernel.Error{Name: name, Message: message}
	head := colour(red, name) + ": " + message
	if t := f.Type; t != "string" && t != "runtime error" && !strings.HasPrefix(t, "*errors.") {
		head += "  [" + t + "]"
	}
	out.Traceback = append([]string{head}, e.frames(f.Frames, checked, d)...)
	return out
}

// anew is what the runtime says of a value whose type has been declared again since: to it these are types of two packages.
var anew = regexp.MustCompile(`^(interface conversion: .* is (main\.\S+), not (?:\S+)) \(types from different \w+\)$`)

// frames show where a cell stopped: its functions, then the statement.
func (e *Engine) frames(frames []pipe.Frame, checked *session.Cell, d *pipe.Done) (lines []string) {
	e.define.Lock()
	defer e.define.Unlock()
	lines = e.functions(frames, checked, d, colour)
	if line := checked.StatementLine(d.At, frameLine(frames)); line > 0 {
		lines = append(lines, fmt.Sprintf("  %s", colour(green, fmt.Sprintf("cell[%d]:%d", checked.Number, line))))
		if text := sourceLine(checked.Source, line); text != "" {
			lines = append(lines, "    "+text)
		}
	}
	return lines
}

// functions are the functions of cells in which something happened, innermost first. The lock for definitions is held. checked is the
// cell whose statements are around them, nil when there are none.
func (e *Engine) functions(frames []pipe.Frame, checked *session.Cell, d *pipe.Done, colour func(code, s string) string) (lines []string) {
	e.callLines(frames, checked, d)
	for _, f := range frames {
		if isEntry(f.Function) {
			continue
		}
		cell, file := e.cellOf(f.File)
		for range e.turns[f.From] {
			f.Function = strings.Replace(f.Function, ".func", "", 1)
		}
		lines = append(lines, fmt.Sprintf("  %s in %s", colour(green, fmt.Sprintf("%s:%d", file, f.Line)), functionName(f.Function)))
		if text := sourceLine(e.session.Source(cell), f.Line); text != "" {
			lines = append(lines, "    "+text)
		}
	}
	return lines
}

// inGoroutine says of a panic in a goroutine where it happened. It is called by whoever reads what the child says, who must not wait for
// the lock: a cell may hold it that waits for an answer.
func (e *Engine) inGoroutine(f *pipe.Fault, say func(text string)) {
	told := func() {
		text := "panic in a goroutine: " + f.Message + "\n"
		for _, line := range e.functions(f.Frames, nil, nil, func(_, s string) string { return s }) {
			text += line + "\n"
		}
		e.define.Unlock()
		say(text)
	}
	if e.define.TryLock() {
		told()
		return
	}
	go func() {
		e.define.Lock()
		told()
	}()
}

// callLines gives the frames of which only the beginning is known the line of their call, if there is one call it can be.
func (e *Engine) callLines(frames []pipe.Frame, checked *session.Cell, d *pipe.Done) {
	for i := 1; i < len(frames); i++ {
		f, inner := &frames[i], lastPart(functionName(frames[i-1].Function))
		if !f.Begin {
			continue
		}
		from, to := 0, math.MaxInt
		if isEntry(f.Function) && checked != nil {
			from, to = checked.StatementLines(d.At)
		}
		calls := e.calls[f.Function]
		if literal.MatchString(f.Function) {
			calls = e.literals[f.From]
		}
		only := func(is func(lower.Call) bool) (line int) {
			for _, c := range calls {
				switch {
				case !is(c) || c.Line < from || c.Line > to:
				case line == 0 || line == c.Line:
					line = c.Line
				default:
					return -1
				}
			}
			return line
		}
		line := only(func(c lower.Call) bool { return c.Name == inner })
		if line == 0 {
			line = only(func(c lower.Call) bool { return c.Indirect })
		}
		if line > 0 {
			f.Line, f.Begin = line, false
		}
	}
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// frameLine is the line of the statements' own frame where compiled code knows it, which is inside the statement too.
func frameLine(frames []pipe.Frame) int {
	for _, f := range frames {
		if isEntry(f.Function) && !f.Begin {
			return f.Line
		}
	}
	return 0
}

// isEntry tells the function that holds the statements.
func isEntry(name string) bool {
	return strings.HasPrefix(name, "entry_") && !strings.Contains(name, ".") || strings.HasSuffix(name, ".Entry__")
}

// cellOf finds the cell that a frame's file names, by its label or by its key, and what to call it.
func (e *Engine) cellOf(file string) (key int, name string) {
	key, ok := e.labels[file]
	if !ok {
		if _, err := fmt.Sscanf(file, "cell[%d]", &key); err != nil {
			return 0, file
		}
	}
	return key, fmt.Sprintf("cell[%d]", e.session.Number(key))
}

// ownPackage is the package that compiled source of a cell is in.
var ownPackage = regexp.MustCompile(`^(cell\d+|code|main)\.`)

var (
	inner   = regexp.MustCompile(`\.func|-range`)
	literal = regexp.MustCompile(`\.func`)
	marks   = regexp.MustCompile(`\bF[nmp]\d+_`)
)

// functionName turns a lowered symbol into what the person wrote.
func functionName(symbol string) string {
	if m := inner.FindStringIndex(symbol); m != nil { // a function literal, or the body of a range over a function
		around, literal := symbol[:m[0]], marks.ReplaceAllString(symbol[m[0]+1:], "")
		if isEntry(around) {
			return strings.TrimPrefix(literal, "-")
		}
		return functionName(around) + symbol[m[0]:m[0]+1] + literal
	}
	symbol = ownPackage.ReplaceAllString(symbol, "")
	if _, after, ok := strings.Cut(symbol, "_"); ok && strings.HasPrefix(symbol, "Fn") {
		return after
	} else if ok && (strings.HasPrefix(symbol, "Fm") || strings.HasPrefix(symbol, "Fp")) {
		return strings.Replace(after, "__", ".", 1)
	}
	if i := strings.LastIndexByte(symbol, '_'); i > 0 && strings.Trim(symbol[i+1:], "0123456789") == "" {
		symbol = symbol[:i]
	}
	if rest, ok := strings.CutPrefix(symbol, "pointer_method_"); ok {
		t, m, _ := strings.Cut(rest, "_")
		return "(*" + t + ")." + m
	}
	return strings.Replace(strings.TrimPrefix(symbol, "method_"), "_", ".", 1)
}

func sourceLine(src string, n int) string {
	lines := strings.Split(src, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

func (e *Engine) stopped(checked *session.Cell, d *pipe.Done) *kernel.Error {
	out := &kernel.Error{Name: "Interrupted", Message: "the cell was interrupted"}
	out.Traceback = append([]string{colour(red, out.Name) + ": " + out.Message}, e.frames(nil, checked, d)...)
	return out
}

// guarded reports a cell that the watchdog has stopped. What recursed deeper than the interpreter can may be right: it is compiled
// for the next time.
func (e *Engine) guarded(c *child, r *running, f *pipe.Fault, checked *session.Cell, d *pipe.Done) *kernel.Error {
	out := &kernel.Error{Name: "RuntimeError", Message: f.Message}
	trace := []string{colour(red, out.Name) + ": " + out.Message}
	if f.Interpreted && e.builder.Available() == nil {
		e.compileNext(checked, r.interpreted)
		out.Message += ", or deeper than the interpreter can"
		trace = []string{colour(red, out.Name) + ": " + out.Message, "It is being compiled, and may recurse deeper when it runs again."}
		go e.heat(context.Background(), c, checked)
	}
	out.Traceback = append(trace, e.frames(nil, checked, d)...)
	return out
}

// died reports the death of the child during a cell. The lock for definitions is held.
func (e *Engine) died(c *child) *kernel.Error {
	c.reported.Store(true)
	how, said := c.obituary()
	words := lastWords(said)
	message := how
	for line := range strings.Lines(words) {
		reason, ok := strings.CutPrefix(line, "fatal error: ")
		if !ok {
			reason, ok = strings.CutPrefix(line, "panic: ") // of a package that was being loaded, or on a thread of C
		}
		if ok {
			message += ": " + strings.TrimSpace(reason)
			break
		}
	}
	out := &kernel.Error{Name: "WorkerDied", Message: message, Traceback: []string{colour(red, "WorkerDied") + ": " + message}}
	if words != "" {
		out.Traceback = append(out.Traceback, words)
	}
	out.Traceback = append(append(out.Traceback, e.places(said)...), afterDeath)
	return out
}

// diedAlone is died for those who do not hold the lock.
func (e *Engine) diedAlone(c *child) *kernel.Error {
	e.define.Lock()
	defer e.define.Unlock()
	return e.died(c)
}

// afterDeath is what a person can do then.
const afterDeath = "A new process was started. %replay declares the functions and types again and says which values are lost; " +
	"%replay all runs the cells again that have worked."

// dump matches where the runtime begins to list registers, stacks and goroutines, which are its own affair.
var dump = regexp.MustCompile(`(?m)^\n?(goroutine \d+ |runtime stack:|runtime: g \d|PC=0x|rax |[\w./]+\(.*\)\n\t/?\S+\.(go|s):\d+)`)

// lastWords are the end of what a process said, without the runtime's lists.
func lastWords(said string) string {
	if i := dump.FindStringIndex(said); i != nil {
		said = said[:i[0]]
	}
	return lastLines(strings.TrimSpace(said), 30)
}

// places are the lines of cells that stand in the runtime's lists. The lock for definitions is held.
func (e *Engine) places(said string) (list []string) {
	for _, m := range inCell.FindAllStringSubmatch(said, -1) {
		key, name := e.cellOf(m[1])
		n, _ := strconv.Atoi(m[2])
		place := "  " + colour(green, fmt.Sprintf("%s:%d", name, n))
		if slices.Contains(list, place) || len(list) >= maxPlaces {
			continue
		}
		list = append(list, place)
		if text := sourceLine(e.session.Source(key), n); text != "" {
			list = append(list, "    "+text)
		}
	}
	return list
}

// maxPlaces is how many lines are shown of the places where a process died.
const maxPlaces = 20

// buildFailed says why a cell could not be compiled.
func (e *Engine) buildFailed(ctx context.Context, err error, p *lower.Program, checked *session.Cell) *kernel.Error {
	if ctx.Err() != nil {
		return &kernel.Error{Name: "Interrupted", Message: "interrupted while the cell was being compiled",
			Traceback: []string{colour(red, "Interrupted") + ": the cell was being compiled"}}
	}
	if errors.Is(err, native.ErrUnavailable) {
		var why []string
		for _, u := range p.Plan {
			if u.Tier == lower.Compile {
				why = append(why, fmt.Sprintf("%s (%s)", u.Name, u.Why))
			}
		}
		return problem("CompileError", fmt.Errorf("this cell has to be compiled: %s; %w", strings.Join(why, ", "), err))
	}
	var build *native.BuildError
	if errors.As(err, &build) {
		return e.compilerSaid(build, checked)
	}
	return problem("CompileError", err)
}

// inCell finds a place in compiled code of a cell.
var inCell = regexp.MustCompile(`(cell#[0-9a-f]+):(\d+)`)

// ofCell finds a compiler error in a line of a cell, and lowered names in it.
var (
	ofCell      = regexp.MustCompile(`^.*?(cell#[0-9a-f]+):(\d+)(?::\d+)?: (.*)$`)
	ofNone      = regexp.MustCompile(`^generated:\d+(?::\d+)?: (.*)$`) // of source that no line of the cell is behind
	loweredName = regexp.MustCompile(`__\d+\b`)
)

// compilerSaid shows what the compiler refused although the cell had been checked, in terms of the cell.
func (e *Engine) compilerSaid(build *native.BuildError, checked *session.Cell) *kernel.Error {
	var lines []string
	said := "the compiler refused the cell"
	own := func(s string) string {
		return strings.ReplaceAll(loweredName.ReplaceAllString(s, ""), lower.ClauseName+".", "main.")
	}
	for line := range strings.Lines(build.Output) {
		line = strings.TrimSpace(line)
		if m := ofNone.FindStringSubmatch(line); m != nil && len(lines) == 0 {
			said += ": " + own(m[1])
			lines = append(lines, said)
		}
		m := ofCell.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		key, name := e.cellOf(m[1])
		source := e.session.Source(key)
		if m[1] == lower.Label(checked.Source) {
			name, source = fmt.Sprintf("cell[%d]", checked.Number), checked.Source
		}
		n, _ := strconv.Atoi(m[2])
		lines = append(lines, fmt.Sprintf("%s %s", colour(green, fmt.Sprintf("%s:%d:", name, n)), own(m[3])))
		if text := sourceLine(source, n); text != "" {
			lines = append(lines, "    "+text)
		}
	}
	if len(lines) == 0 {
		return problem("CompileError", build)
	}
	return &kernel.Error{Name: "CompileError", Message: said, Traceback: lines}
}
