package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"joule/kernel/notebook"
)

// runNotebook runs a notebook without a front end, with a kernel that is a process of its own, like that of a front end.
func runNotebook(ctx context.Context, s streams, args []string) int {
	flags := newFlags(s, "run", "NOTEBOOK.ipynb [-o OUT.ipynb]")
	out := flags.String("o", "", "write the notebook with its outputs to this `file` instead of printing them")
	timeout := flags.Duration("timeout", 0, "longest `time` for one cell, such as 90s; 0 is no limit")
	allow := flags.Bool("allow-errors", false, "go on after a cell that fails, and end with status 0")
	operands, status, ok := parse(s, flags, args)
	if !ok {
		return status
	}
	if len(operands) != 1 {
		return s.fail(2, "run needs one notebook: joule run NOTEBOOK.ipynb")
	}
	path := operands[0]
	nb, err := notebook.ReadFile(path)
	if err != nil {
		return s.fail(2, "%v", err)
	}
	p, err := findPlace()
	if err != nil {
		return s.fail(1, "%v", err)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := notebook.Options{
		Command: []string{p.joule, "kernel", "-f", "{connection_file}"}, Dir: filepath.Dir(path), Timeout: *timeout, AllowErrors: *allow,
		Env: []string{"JOULE_HISTORY=off"}, // nobody typed these cells
	}
	if *out == "" {
		o.Watch = func(i int, piece notebook.Output) {
			welcome := slices.Contains(nb.Cells[i].Tags(), "raises-exception")
			switch {
			case piece.Kind != "error":
				print(s, piece)
			case welcome:
				s.trace(piece.Traceback)
			case *allow: // else it ends the run, which reports it
				s.failed(path, &notebook.CellError{Index: i, Source: nb.Cells[i].Source(), Name: piece.EName, Message: piece.EValue,
					Traceback: piece.Traceback})
			}
		}
	}
	err = notebook.Run(ctx, nb, o)
	if *out != "" {
		if err := nb.WriteFile(*out); err != nil {
			return s.fail(1, "%v", err)
		}
	}
	return report(ctx, s, path, err)
}

// print shows one output, which is no error, as text.
func print(s streams, o notebook.Output) {
	switch {
	case o.Kind == "stream" && o.Name == "stderr":
		fmt.Fprint(s.err, o.Text)
	case o.Kind == "stream":
		fmt.Fprint(s.out, o.Text)
	case o.Plain() != "":
		fmt.Fprintln(s.out, strings.TrimSuffix(o.Plain(), "\n"))
	default:
		var types []string
		for mime := range o.Data {
			types = append(types, mime)
		}
		slices.Sort(types)
		fmt.Fprintf(s.out, "[%s]\n", strings.Join(types, ", "))
	}
}

// report says how a run ended.
func report(ctx context.Context, s streams, path string, err error) int {
	var failed *notebook.CellError
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return s.fail(130, "%s: interrupted", path)
	case errors.As(err, &failed):
		return s.failed(path, failed)
	}
	return s.fail(1, "%s: %v", path, err)
}

// failed shows a failed cell with its number and source.
func (s streams) failed(path string, e *notebook.CellError) int {
	status := s.fail(1, "%s: cell %d failed: %s: %s", path, e.Index+1, e.Name, e.Message)
	for i, line := range strings.Split(strings.TrimSuffix(e.Source, "\n"), "\n") {
		fmt.Fprintf(s.err, "%4d | %s\n", i+1, line)
	}
	s.trace(e.Traceback)
	return status
}

// ansi is an escape sequence that sets colours.
var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// trace shows a traceback, in its colours where somebody looks at them: what goes into a file or another program is text. What
// cells themselves write stays as it is.
func (s streams) trace(lines []string) {
	colours := isTerminal(s.err)
	for _, line := range lines {
		if !colours {
			line = ansi.ReplaceAllString(line, "")
		}
		fmt.Fprintln(s.err, line)
	}
}

// isTerminal tells a terminal from a file, a pipe and a writer of a test.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
