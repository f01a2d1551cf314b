// Command install sets Joule up and opens JupyterLab on the tutorials.
//
//	go run ./install
//
// Package setup has the logic and says what is written where.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"joule/install/setup"
)

const usage = `Sets Joule up and opens JupyterLab on the tutorials. Run it in the folder that holds go.mod:

	go run ./install
	Install for yourself, then open JupyterLab (its own, if you have none).

	go run ./install -no-lab
	Install the kernel only: for a JupyterLab, VS Code or other front end that you start yourself.

	go run ./install -sys-prefix
	Install into the Python environment that is active.

	go run ./install -dry-run
	Say which files would be written, and write none.

	go run ./install -uninstall
	Remove everything that was installed.

Flags:

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 when the installation did not succeed, 2 for wrong flags.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := setup.Options{Stdout: stdout, Stderr: stderr}
	flags := flag.NewFlagSet("install", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Prefix, "prefix", "", "install under this `folder`")
	flags.BoolVar(&o.SysPrefix, "sys-prefix", false, "install under the prefix of the Python on PATH")
	flags.StringVar(&o.Name, "name", setup.DefaultName, "`name` of the kernelspec")
	flags.BoolVar(&o.NoLab, "no-lab", false, "do not look for, install or open JupyterLab")
	flags.BoolVar(&o.Uninstall, "uninstall", false, "remove what was installed")
	flags.BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and do nothing")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "install: %q is not a flag; see go run ./install -help\n", flags.Arg(0))
		return 2
	}
	err := setup.Run(ctx, o)
	if ctx.Err() != nil && err != nil {
		fmt.Fprintln(stderr, "install: stopped; run it again to finish")
		return 1
	}
	if err != nil {
		fmt.Fprintln(stderr, "install:", err)
		return 1
	}
	return 0
}
