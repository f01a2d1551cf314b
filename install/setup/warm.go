package setup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// trial is a notebook with one cell for each tier. The first build of a compiled cell takes the compiler up to ten seconds; after
// it, a third of one.
const (
	trialInterpreted = `{"cell_type":"code","execution_count":null,"id":"interpreted","metadata":{},"outputs":[],"source":"n := 6; n * 7"}`
	trialCompiled    = `{"cell_type":"code","execution_count":null,"id":"compiled","metadata":{},"outputs":[],` +
		`"source":"type trial struct{ n int }\n\nfunc (t trial) twice() int { return 2 * t.n }\n\ntrial{21}.twice()"}`
)

// warm runs the trial with what has just been installed.
func (i *installation) warm(ctx context.Context) error {
	cells := trialInterpreted
	if i.tools.cgo {
		cells += "," + trialCompiled
	}
	dir, err := os.MkdirTemp("", "joule-trial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "trial.ipynb")
	text := `{"cells":[` + cells + `],"metadata":{},"nbformat":4,"nbformat_minor":5}`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	i.say("Running a first cell …")
	if _, err := command(exec.CommandContext(ctx, i.layout.Joule(), "run", file)); err != nil {
		return fmt.Errorf("setup: the kernel was installed, but a first cell failed: %w", err)
	}
	return nil
}
