package kerneltest

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"joule/kernel"
	"joule/kernel/display"
)

// A Toy is an engine for a language of one command per line:
//
//	3 + 4 * x          a value; the last line's is the cell's, NAME = EXPR keeps one
//	print TEXT         and eprint TEXT: a line on stdout or stderr
//	bytes HEX          bytes on stdout, as they are
//	flood N            N numbered lines on stdout
//	alternate N        N numbered lines, in turn on stdout and stderr
//	show MIME TEXT     a display, in this type
//	blob MIME N        a display of N bytes
//	put ID TEXT        a display with an id, and set ID TEXT its update
//	clear, clear wait  clear_output
//	ask PROMPT         prints what the person answers; secret PROMPT asks for a password
//	sleep DURATION     or until the interrupt
//	forever            until the interrupt
//	late DURATION TEXT a line from a goroutine that outlives the cell, after a time
//	error NAME TEXT    fails, and so do unknown commands
//	panic TEXT         panics in Execute
//	page TEXT          a payload, and next TEXT another: the code of the next cell
//	number             prints the number of the cell
//	comm ID TEXT       opens a comm of target toy, with TEXT in its data; tell ID TEXT sends over it, drop ID closes it
//
// A comm that a front end opens to the target echo gets everything back that is sent over it, with its buffers; data like
// {"run": LINE} runs a command.
//
// The zero value is ready.
type Toy struct {
	mu       sync.Mutex
	vars     map[string]float64
	closed   bool
	restart  bool
	released sync.WaitGroup
}

// Closed says whether Close was called, and with which argument.
func (e *Toy) Closed() (closed, restart bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed, e.restart
}

// Info implements kernel.Engine.
func (e *Toy) Info() kernel.Info {
	return kernel.Info{Implementation: "toy", Version: "1.0", Banner: "a toy",
		Language:  kernel.Language{Name: "toy", Version: "1", MIMEType: "text/x-toy", FileExtension: ".toy"},
		HelpLinks: []kernel.HelpLink{{Text: "Toys", URL: "https://example.com/toys"}}}
}

// Execute implements kernel.Engine.
func (e *Toy) Execute(ctx context.Context, c kernel.Cell, out kernel.Output) (r kernel.Result) {
	lines := strings.Split(c.Code, "\n")
	for i, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		value, err := e.line(ctx, c, line, out, &r)
		if err != nil {
			r.Value, r.Err = nil, asError(ctx, c, i, err)
			return r
		}
		r.Value = value
	}
	return r
}

// asError says where a line failed, and how.
func asError(ctx context.Context, c kernel.Cell, line int, err error) *kernel.Error {
	var e *kernel.Error
	switch {
	case ctx.Err() != nil:
		e = &kernel.Error{Name: "Interrupted", Message: "the cell was interrupted"}
	case !errors.As(err, &e):
		e = &kernel.Error{Name: "ToyError", Message: err.Error()}
	}
	e.Traceback = []string{fmt.Sprintf("cell[%d]:%d: %s", c.Number, line+1, e.Message)}
	return e
}

// line runs one command.
func (e *Toy) line(ctx context.Context, c kernel.Cell, line string, out kernel.Output, r *kernel.Result) (*display.Bundle, error) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "print":
		out.Stream("stdout", []byte(rest+"\n"))
	case "eprint":
		out.Stream("stderr", []byte(rest+"\n"))
	case "bytes":
		raw, err := hex.DecodeString(rest)
		out.Stream("stdout", raw)
		return nil, err
	case "number":
		out.Stream("stdout", []byte(strconv.Itoa(c.Number)+" "+c.ID+"\n"))
	case "flood", "alternate":
		return nil, flood(verb, rest, out)
	case "show":
		typ, text, _ := strings.Cut(rest, " ")
		out.Display(display.Bundle{Data: map[string]string{typ: text}}, false)
	case "blob":
		typ, count, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(count)
		out.Display(display.Bundle{Data: map[string]string{typ: strings.Repeat("x", n)}}, false)
		return nil, err
	case "put", "set":
		id, text, _ := strings.Cut(rest, " ")
		out.Display(display.Bundle{Data: map[string]string{"text/plain": text}, ID: id}, verb == "set")
	case "clear":
		out.ClearOutput(rest == "wait")
	case "ask", "secret":
		return nil, ask(ctx, rest, verb == "secret", out)
	case "sleep", "forever":
		return nil, sleep(ctx, rest)
	case "late":
		return nil, e.late(rest, out)
	case "comm", "tell", "drop":
		id, text, _ := strings.Cut(rest, " ")
		return nil, talk(verb, id, text, out)
	case "error":
		name, text, _ := strings.Cut(rest, " ")
		return nil, &kernel.Error{Name: name, Message: text}
	case "panic":
		panic(rest)
	case "page":
		r.Payload = append(r.Payload, kernel.Payload{"source": "page", "start": 0, "data": map[string]string{"text/plain": rest}})
	case "next":
		r.Payload = append(r.Payload, kernel.Payload{"source": "set_next_input", "text": rest, "replace": false})
	default:
		return e.statement(line)
	}
	return nil, nil
}

func flood(verb, count string, out kernel.Output) error {
	n, err := strconv.Atoi(count)
	for i := range n {
		name := "stdout"
		if verb == "alternate" && i%2 == 1 {
			name = "stderr"
		}
		out.Stream(name, []byte("line "+strconv.Itoa(i)+"\n"))
	}
	return err
}

func ask(ctx context.Context, prompt string, password bool, out kernel.Output) error {
	line, err := out.Input(ctx, prompt, password)
	if errors.Is(err, io.EOF) {
		line, err = "end of input", nil
	}
	if err == nil {
		out.Stream("stdout", []byte(line+"\n"))
	}
	return err
}

// sleep waits for d, without d for ever.
func sleep(ctx context.Context, d string) error {
	var end <-chan time.Time
	if d != "" {
		wait, err := time.ParseDuration(d)
		if err != nil {
			return err
		}
		end = time.After(wait)
	}
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Toy) late(rest string, out kernel.Output) error {
	d, text, _ := strings.Cut(rest, " ")
	wait, err := time.ParseDuration(d)
	if err == nil {
		e.released.Go(func() {
			time.Sleep(wait)
			out.Stream("stdout", []byte(text+"\n"))
		})
	}
	return err
}

func talk(verb, id, text string, out kernel.Output) error {
	data, err := json.Marshal(map[string]string{"text": text})
	c := kernel.Comm{ID: id, Target: "toy", Data: data, Metadata: json.RawMessage(`{"version":"1"}`), Buffers: [][]byte{[]byte(text)}}
	switch to, ok := out.(kernel.CommOutput); {
	case !ok:
		return errors.New("there are no comms here")
	case verb == "comm":
		to.CommOpen(c)
	case verb == "tell":
		to.CommMsg(c)
	default:
		to.CommClose(c)
	}
	return err
}

// CommOpen implements kernel.CommEngine.
func (e *Toy) CommOpen(_ context.Context, c kernel.Comm, out kernel.CommOutput) (bool, *kernel.Error) {
	if c.Target != "echo" {
		return false, nil
	}
	out.CommMsg(c)
	return true, nil
}

// CommMsg implements kernel.CommEngine.
func (e *Toy) CommMsg(ctx context.Context, c kernel.Comm, out kernel.CommOutput) *kernel.Error {
	var data struct{ Run string }
	if json.Unmarshal(c.Data, &data); data.Run == "" {
		out.CommMsg(c)
		return nil
	}
	var r kernel.Result
	if _, err := e.line(ctx, kernel.Cell{}, data.Run, out, &r); err != nil {
		return asError(ctx, kernel.Cell{}, 0, err)
	}
	return nil
}

// CommClose implements kernel.CommEngine.
func (e *Toy) CommClose(_ context.Context, c kernel.Comm, out kernel.CommOutput) *kernel.Error {
	out.Stream("stdout", []byte("closed "+c.ID+"\n"))
	return nil
}

// statement evaluates NAME = EXPR or EXPR.
func (e *Toy) statement(line string) (*display.Bundle, error) {
	name, expr, assigns := strings.Cut(line, "=")
	if !assigns {
		expr = line
	}
	value, err := e.eval(expr)
	if err != nil {
		return nil, err
	}
	if assigns {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.vars == nil {
			e.vars = make(map[string]float64)
		}
		e.vars[strings.TrimSpace(name)] = value
		return nil, nil
	}
	return plain(value), nil
}

func plain(v float64) *display.Bundle {
	return &display.Bundle{Data: map[string]string{"text/plain": strconv.FormatFloat(v, 'g', -1, 64)}}
}

// eval adds and multiplies numbers and variables.
func (e *Toy) eval(expr string) (float64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	sum := 0.0
	for term := range strings.SplitSeq(expr, "+") {
		product := 1.0
		for factor := range strings.SplitSeq(term, "*") {
			factor = strings.TrimSpace(factor)
			v, known := e.vars[factor]
			if !known {
				var err error
				if v, err = strconv.ParseFloat(factor, 64); err != nil {
					return 0, &kernel.Error{Name: "NameError", Message: strconv.Quote(factor) + " is not known"}
				}
			}
			product *= v
		}
		sum += product
	}
	return sum, nil
}

// Evaluate implements kernel.Engine.
func (e *Toy) Evaluate(_ context.Context, expr string) (display.Bundle, *kernel.Error) {
	v, err := e.eval(expr)
	var failed *kernel.Error
	if errors.As(err, &failed) {
		return display.Bundle{}, failed
	}
	return *plain(v), nil
}

// word is the name that ends at the cursor.
func word(code string, cursor int) (start int, name string) {
	start = cursor
	for start > 0 && !unicode.IsSpace(rune(code[start-1])) && !strings.ContainsRune("+*=", rune(code[start-1])) {
		start--
	}
	return start, code[start:cursor]
}

// Complete implements kernel.Engine: it completes the names of variables.
func (e *Toy) Complete(_ context.Context, code string, cursor int) kernel.Completion {
	start, prefix := word(code, cursor)
	c := kernel.Completion{Start: start, End: cursor}
	e.mu.Lock()
	defer e.mu.Unlock()
	for name := range e.vars {
		if strings.HasPrefix(name, prefix) {
			c.Matches = append(c.Matches, kernel.Match{Text: name, Type: "variable", Signature: "number"})
		}
	}
	slices.SortFunc(c.Matches, func(a, b kernel.Match) int { return strings.Compare(a.Text, b.Text) })
	return c
}

// Inspect implements kernel.Engine: it shows the values of variables.
func (e *Toy) Inspect(_ context.Context, code string, cursor int, detail int) kernel.Inspection {
	_, name := word(code, cursor)
	e.mu.Lock()
	defer e.mu.Unlock()
	v, known := e.vars[name]
	if !known {
		return kernel.Inspection{}
	}
	text := fmt.Sprintf("%s = %g", name, v)
	if detail > 0 {
		text += ", a number"
	}
	return kernel.Inspection{Found: true, Data: map[string]string{"text/plain": text}}
}

// IsComplete implements kernel.Engine: a line that ends with + goes on, one that begins with ) is wrong.
func (e *Toy) IsComplete(code string) kernel.Completeness {
	switch code = strings.TrimSpace(code); {
	case strings.HasPrefix(code, ")"):
		return kernel.Completeness{Status: "invalid"}
	case strings.HasSuffix(code, "+"):
		return kernel.Completeness{Status: "incomplete", Indent: "  "}
	}
	return kernel.Completeness{Status: "complete"}
}

// Close implements kernel.Engine.
func (e *Toy) Close(restart bool) error {
	e.mu.Lock()
	e.closed, e.restart = true, restart
	e.mu.Unlock()
	e.released.Wait()
	return nil
}

var _ kernel.CommEngine = (*Toy)(nil)
