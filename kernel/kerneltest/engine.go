package kerneltest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/display"
)

// Samples are cells in an engine's language, for CheckEngine.
type Samples struct {
	Print      string // prints "hello, world" and a line end on stdout
	Value      string // has the value 42, as text/plain
	NoValue    string // has no value, and succeeds
	Set        string // sets a variable to 6
	Get        string // has the variable times 7 as its value: 42
	GetExpr    string // an expression for user_expressions with the value 42, after Set
	Error      string // fails while it runs
	Wrong      string // is not of the language; "" if everything is
	Forever    string // prints "started" and a line end, and runs until the interrupt
	Complete   string // is complete
	Incomplete string // goes on
	Prefix     string // ends within a name that can be completed, after Set
	Name       string // is the name that Set sets
}

// CheckEngine checks what every engine promises to the kernel. make is called for each check, with the testing.TB of the
// check; the engine is closed at its end.
func CheckEngine(t *testing.T, make func(testing.TB) kernel.Engine, s Samples) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, kernel.Engine, Samples)
	}{
		{"info", checkInfo}, {"print", checkPrint}, {"value", checkValue}, {"state", checkState}, {"error", checkError},
		{"interrupt", checkInterrupt}, {"interrupted before it begins", checkCancelled}, {"is complete", checkIsComplete},
		{"names", checkNames}, {"any offset", checkOffsets},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := make(t)
			defer func() {
				if err := e.Close(false); err != nil {
					t.Errorf("Close: %v", err)
				}
			}()
			c.check(t, e, s)
		})
	}
}

// A Recorder is an Output that keeps the text of the streams and the displays. The zero value is ready; it answers no
// questions.
type Recorder struct {
	mu       sync.Mutex
	streams  map[string]*strings.Builder
	displays []display.Bundle
	signal   chan struct{}
}

// Stream implements kernel.Output.
func (r *Recorder) Stream(name string, p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams == nil {
		r.streams = make(map[string]*strings.Builder)
	}
	if r.streams[name] == nil {
		r.streams[name] = new(strings.Builder)
	}
	r.streams[name].Write(p)
	if r.signal != nil {
		close(r.signal)
		r.signal = nil
	}
}

// Display implements kernel.Output.
func (r *Recorder) Display(b display.Bundle, _ bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.displays = append(r.displays, b)
}

// ClearOutput implements kernel.Output.
func (r *Recorder) ClearOutput(bool) {}

// Input implements kernel.Output.
func (r *Recorder) Input(context.Context, string, bool) (string, error) {
	return "", kernel.ErrNoInput
}

// Text is what was written to a stream.
func (r *Recorder) Text(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams[name] == nil {
		return ""
	}
	return r.streams[name].String()
}

// Displays is what was shown.
func (r *Recorder) Displays() []display.Bundle {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]display.Bundle(nil), r.displays...)
}

func execute(t *testing.T, e kernel.Engine, code string) (kernel.Result, *Recorder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	out := new(Recorder)
	r := e.Execute(ctx, kernel.Cell{Code: code, Number: 1}, out)
	if ctx.Err() != nil {
		t.Fatalf("%q did not end", code)
	}
	return r, out
}

func is42(b *display.Bundle) bool { return b != nil && strings.TrimSpace(b.Data["text/plain"]) == "42" }

func checkInfo(t *testing.T, e kernel.Engine, _ Samples) {
	i := e.Info()
	l := i.Language
	if i.Implementation == "" || i.Version == "" || l.Name == "" || l.FileExtension == "" || l.MIMEType == "" {
		t.Errorf("something is missing in %+v", i)
	}
}

func checkPrint(t *testing.T, e kernel.Engine, s Samples) {
	r, out := execute(t, e, s.Print)
	if r.Err != nil || out.Text("stdout") != "hello, world\n" || out.Text("stderr") != "" {
		t.Errorf("printed %q and %q, %v", out.Text("stdout"), out.Text("stderr"), r.Err)
	}
}

func checkValue(t *testing.T, e kernel.Engine, s Samples) {
	if r, _ := execute(t, e, s.Value); r.Err != nil || !is42(r.Value) {
		t.Errorf("%q: %+v", s.Value, r)
	}
	for _, code := range []string{s.NoValue, "", "\n \n"} {
		if r, _ := execute(t, e, code); r.Err != nil || r.Value != nil {
			t.Errorf("%q: %+v, want no value and no error", code, r)
		}
	}
}

func checkState(t *testing.T, e kernel.Engine, s Samples) {
	execute(t, e, s.Set)
	for _, between := range []string{s.Error, s.Wrong, s.NoValue} {
		execute(t, e, between)
		if r, _ := execute(t, e, s.Get); !is42(r.Value) {
			t.Errorf("after %q: %+v", between, r)
		}
	}
	if b, err := e.Evaluate(context.Background(), s.GetExpr); err != nil || !is42(&b) {
		t.Errorf("Evaluate(%q): %+v, %v", s.GetExpr, b, err)
	}
	if _, err := e.Evaluate(context.Background(), "((("); err == nil {
		t.Error("Evaluate of nonsense has no error")
	}
}

func checkError(t *testing.T, e kernel.Engine, s Samples) {
	for _, code := range []string{s.Error, s.Wrong} {
		if code == "" {
			continue
		}
		r, out := execute(t, e, code)
		if r.Err == nil || r.Err.Name == "" || len(r.Err.Traceback) == 0 || r.Value != nil {
			t.Errorf("%q: %+v, want a named error with a traceback and no value", code, r)
		}
		if text := out.Text("stderr"); text != "" {
			t.Errorf("%q writes %q to stderr beside its error", code, text)
		}
	}
}

// checkInterrupt: the end of the context ends the cell, and the state is kept.
func checkInterrupt(t *testing.T, e kernel.Engine, s Samples) {
	execute(t, e, s.Set)
	started := make(chan struct{})
	out := &Recorder{signal: started}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan kernel.Result, 1)
	go func() { ended <- e.Execute(ctx, kernel.Cell{Code: s.Forever, Number: 2}, out) }()
	select {
	case <-started:
	case r := <-ended:
		t.Fatalf("ended at once: %+v", r)
	case <-time.After(Patience):
		t.Fatal("did not start")
	}
	cancel()
	select {
	case r := <-ended:
		if r.Err == nil {
			t.Error("the interrupted cell has no error")
		}
	case <-time.After(Patience):
		t.Fatal("the interrupt did not end the cell")
	}
	if r, _ := execute(t, e, s.Get); !is42(r.Value) {
		t.Errorf("the state is lost: %+v", r)
	}
}

// checkCancelled: a context that has ended already ends the cell too.
func checkCancelled(t *testing.T, e kernel.Engine, s Samples) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ended := make(chan kernel.Result, 1)
	go func() { ended <- e.Execute(ctx, kernel.Cell{Code: s.Forever, Number: 1}, new(Recorder)) }()
	select {
	case r := <-ended:
		if r.Err == nil {
			t.Error("no error")
		}
	case <-time.After(Patience):
		t.Fatal("the cell does not end")
	}
}

func checkIsComplete(t *testing.T, e kernel.Engine, s Samples) {
	for code, want := range map[string]string{s.Complete: "complete", s.Incomplete: "incomplete"} {
		if got := e.IsComplete(code); got.Status != want {
			t.Errorf("%q: %+v, want %s", code, got, want)
		}
	}
}

func checkNames(t *testing.T, e kernel.Engine, s Samples) {
	execute(t, e, s.Set)
	c := e.Complete(context.Background(), s.Prefix, len(s.Prefix))
	found := false
	for _, m := range c.Matches {
		found = found || s.Prefix[:c.Start]+m.Text == s.Name
	}
	if !found || c.End != len(s.Prefix) {
		t.Errorf("Complete(%q): %+v", s.Prefix, c)
	}
	if i := e.Inspect(context.Background(), s.Name, len(s.Name), 0); !i.Found || i.Data["text/plain"] == "" {
		t.Errorf("Inspect(%q): %+v", s.Name, i)
	}
	if i := e.Inspect(context.Background(), "qqqqqq", 3, 1); i.Found {
		t.Errorf("a name that is not there was found: %+v", i)
	}
}

// checkOffsets: no offset into no code makes completion or inspection panic, and the range is always within the code.
func checkOffsets(t *testing.T, e kernel.Engine, s Samples) {
	for _, code := range []string{"", s.Set, s.Incomplete, s.Wrong, "é世😀", "\xff\xfe", "\"", "`", "((("} {
		for cursor := 0; cursor <= len(code); cursor++ {
			c := e.Complete(context.Background(), code, cursor)
			if c.Start < 0 || c.Start > c.End || c.End > len(code) {
				t.Errorf("Complete(%q, %d): %d to %d", code, cursor, c.Start, c.End)
			}
			e.Inspect(context.Background(), code, cursor, 1)
		}
		e.IsComplete(code)
	}
}

var _ kernel.Output = (*Recorder)(nil)
