package cells

import (
	"context"
	"regexp"
	"strings"
	"sync"

	"joule/kernel"
	"joule/kernel/display"
)

// A Transcript is a kernel.Output that writes down what a cell shows, in order. The zero value is ready.
type Transcript struct {
	mu      sync.Mutex
	text    strings.Builder
	printed strings.Builder // of it, standard output
	Lines   []string        // what Input answers, in turn
}

// Stream implements kernel.Output.
func (t *Transcript) Stream(name string, p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	if name == "stdout" {
		t.printed.Write(p)
	}
}

// Display implements kernel.Output.
func (t *Transcript) Display(b display.Bundle, update bool) {
	head := "display: "
	if update {
		head = "update: "
	}
	t.Stream("", []byte(head+b.Data["text/plain"]+"\n"))
}

// ClearOutput implements kernel.Output.
func (t *Transcript) ClearOutput(bool) { t.Stream("", []byte("clear\n")) }

// Input implements kernel.Output.
func (t *Transcript) Input(context.Context, string, bool) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.Lines) == 0 {
		return "", kernel.ErrNoInput
	}
	line := t.Lines[0]
	t.Lines = t.Lines[1:]
	return line, nil
}

// Text is everything that was shown so far.
func (t *Transcript) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// Printed is what went to standard output so far.
func (t *Transcript) Printed() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.printed.String()
}

// Show runs a cell and returns what it showed, a line each, in the notation of the package.
func Show(ctx context.Context, e kernel.Engine, number int, code string) []string {
	t := new(Transcript)
	r := e.Execute(ctx, kernel.Cell{Code: code, Number: number}, t)
	return Shown(t, r)
}

// Shown is a transcript with the result that followed, a line each.
func Shown(t *Transcript, r kernel.Result) []string {
	text := t.Text()
	if r.Value != nil {
		text = endLine(text) + "= " + r.Value.Data["text/plain"] + "\n"
	}
	if r.Err != nil {
		text = endLine(text) + "! " + r.Err.Name + ": " + r.Err.Message + "\n"
		for _, p := range Positions(r.Err) {
			text += "@ " + p + "\n"
		}
	}
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func endLine(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}

var (
	ansi     = regexp.MustCompile("\x1b\\[[0-9;]*m")
	position = regexp.MustCompile(`^ *(cell\[\d+\]:\d+(:\d+)?)( in \S+)?`)
)

// Positions are the places that a traceback names, without colours: "cell[1]:3 in f".
func Positions(e *kernel.Error) (list []string) {
	for _, line := range e.Traceback {
		for _, line := range strings.Split(ansi.ReplaceAllString(line, ""), "\n") {
			if m := position.FindString(line); m != "" {
				list = append(list, strings.TrimSpace(m))
			}
		}
	}
	return list
}
