package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `Joule is a Go notebook for energy-based learning.

	$ joule run first.ipynb
	Run a notebook and print what its cells show.

	$ joule run first.ipynb -o out.ipynb
	Run a notebook and write it, with its outputs, to another file.

	$ joule doctor
	Check that everything that notebooks need is there and works.

	$ joule version
	Say which version this is.

	$ joule kernel -f connection.json
	Serve a front end. JupyterLab does this for you.

Run "joule COMMAND -help" for the flags of a command. To install or remove Joule: go run ./install -help
`

// A command is one of the words after joule. It returns the exit status: 0 for success, 1 for a failure of what was asked,
// 2 for a question that was not understood.
type command func(ctx context.Context, s streams, args []string) int

// streams are the standard streams; tests give others.
type streams struct {
	out, err io.Writer
}

// fail says what is wrong, in one line unless there is more to show, and returns status.
func (s streams) fail(status int, format string, args ...any) int {
	fmt.Fprintf(s.err, "joule: "+format+"\n", args...)
	return status
}

func commands() map[string]command {
	return map[string]command{"kernel": runKernel, "run": runNotebook, "doctor": doctor, "version": version}
}

// Main runs the command that args (without the program's name) ask for and returns the exit status.
func Main(args []string) int {
	return dispatch(context.Background(), streams{os.Stdout, os.Stderr}, args)
}

func dispatch(ctx context.Context, s streams, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(s.err, usage)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Fprint(s.out, usage)
		return 0
	case "-version", "--version":
		args[0] = "version"
	}
	run, known := commands()[args[0]]
	if !known {
		return s.fail(2, "there is no command %q; see joule help", args[0])
	}
	return run(ctx, s, args[1:])
}

// parse reads flags and operands in any order: joule run a.ipynb -o b.ipynb. When it returns false, the caller ends with status.
func parse(s streams, flags *flag.FlagSet, args []string) (operands []string, status int, ok bool) {
	flags.SetOutput(s.err)
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, 0, false
		} else if err != nil {
			return nil, 2, false
		}
		if flags.NArg() == 0 {
			return operands, 0, true
		}
		operands, args = append(operands, flags.Arg(0)), flags.Args()[1:]
	}
}

// newFlags returns a set of flags whose help begins with the command's form.
func newFlags(s streams, name, form string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(s.err, "Usage: joule %s %s\n", name, form)
		flags.PrintDefaults()
	}
	return flags
}
