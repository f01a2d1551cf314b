package magic

import (
	"fmt"
	"go/ast"
	"go/parser"
	"strconv"
	"strings"
)

func timeitMagics() []Magic {
	return []Magic{{
		Name: "timeit", Usage: "%timeit [-n COUNT] [-r RUNS] GO CODE\n%%timeit [-n COUNT] [-r RUNS]\nGo code",
		Doc: "Runs the Go code many times, compiled, and says how long it takes: the mean and the standard deviation of seven runs, or " +
			"of RUNS, each as many times as fit into a tenth of a second, or COUNT times. What the code declares is gone afterwards, " +
			"and what a call returns is not optimised away. Imports and declarations at the top of a %%timeit cell are not measured. " +
			"%%bench counts allocations, too.",
		Run: timeitLine, Cell: timeitCell, Body: true, Timed: true,
	}}
}

// A timing is how %timeit measures.
type timing struct {
	count, runs int // 0 for what is usual
}

// readTiming reads the options before the code.
func readTiming(args string) (t timing, code string, err error) {
	for {
		args = strings.TrimLeft(args, " \t")
		to := &t.count
		switch {
		case strings.HasPrefix(args, "-n"):
		case strings.HasPrefix(args, "-r"):
			to = &t.runs
		default:
			return t, args, nil
		}
		number, rest, _ := strings.Cut(strings.TrimLeft(args[2:], " \t"), " ")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > maxTurns {
			return t, "", fmt.Errorf("%s is followed by a number from 1 to %d", args[:2], maxTurns)
		}
		*to, args = n, rest
	}
}

// maxTurns is more than anybody waits for.
const maxTurns = 1_000_000_000

// around is Go code in a loop that is measured.
func (t timing) around(code string) string {
	return fmt.Sprintf(" trial__.Timeit(%d, %d, func(timeit__ *trial__.B) { for timeit__.Loop() {%s\n}})", t.count, t.runs, code)
}

func timeitLine(c *Call) error {
	t, code, err := readTiming(c.Line.Args)
	switch {
	case err != nil:
		return err
	case code == "":
		return c.usage()
	}
	cell := c.Cell
	cell.Code = strings.Repeat("\n", c.Line.Number-1) + c.Line.timedCode(c.Cell.Code)
	if wrong := c.host.Check(c.Ctx, cell); len(wrong) > 0 {
		return c.host.Explain(wrong)
	}
	if x, err := parser.ParseExpr(code); err == nil {
		if _, call := ast.Unparen(x).(*ast.CallExpr); !call {
			code = "_ = " + code
		}
	}
	cell.Code = trialImport + t.around(code)
	if r := c.host.Run(c.Ctx, cell, c.Out, How{Tier: Compile, Why: "%timeit", Heat: true}); r.Err != nil {
		return r.Err
	}
	return nil
}

// timedCode is the line of a %timeit with blanks for everything but its Go code: what is wrong with that is said of its own place.
func (l Line) timedCode(src string) string {
	start := strings.LastIndexByte(src[:l.Start], '\n') + 1
	_, code, err := readTiming(l.Args)
	if err != nil {
		return strings.Repeat(" ", l.End-start)
	}
	at := l.Start + strings.LastIndex(src[l.Start:l.End], code)
	return strings.Repeat(" ", at-start) + src[at:l.End]
}

func timeitCell(c *Call) error {
	if err := c.onlyGo(); err != nil {
		return err
	}
	t, rest, err := readTiming(c.Line.Args)
	switch {
	case err != nil:
		return err
	case rest != "":
		return c.usage()
	}
	return c.measured(t.around, "%%timeit")
}
