package cli

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"joule/kernel/notebook"
)

// A finding is one line of joule doctor.
type finding struct {
	what, text string
	bad        bool // something does not work
}

// doctor looks at every part of the installation and runs cells with it. The status is 1 when something does not work.
func doctor(ctx context.Context, s streams, args []string) int {
	if len(args) > 0 {
		return s.fail(2, "doctor takes no arguments")
	}
	p, err := findPlace()
	findings := []finding{{"joule", p.joule + ": " + versionLine(), false}}
	if err != nil {
		findings = append(findings, finding{"worker", err.Error(), true})
	} else {
		findings = append(findings, p.examine()...)
		findings = append(findings, p.try(ctx)...)
	}
	status := 0
	for _, f := range findings {
		mark := "ok  "
		if f.bad {
			mark, status = "FAIL", 1
		}
		fmt.Fprintf(s.out, "%s  %-11s  %s\n", mark, f.what, f.text)
	}
	return status
}

func (p place) examine() []finding {
	findings := []finding{p.checkWorker(), p.checkGo()}
	r := p.record()
	if r.Cgo {
		findings = append(findings, finding{"compiler", "the worker can open compiled cells", false})
	} else {
		findings = append(findings, finding{"compiler", "no C compiler when Joule was installed: types with methods and generic declarations are refused; " +
			"install one and run `go run ./install` again", true})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Kernels)) {
		findings = append(findings, p.checkSpec(name, r.Kernels[name]))
	}
	return append(findings, p.checkLab())
}

func (p place) checkWorker() finding {
	info, err := buildinfo.ReadFile(p.worker)
	if err != nil {
		return finding{"worker", fmt.Sprintf("%s is not a Go program (%v); run `go run ./install` again", p.worker, err), true}
	}
	return finding{"worker", p.worker + " (" + info.GoVersion + ")", false}
}

// checkGo looks for the toolchain that compiles cells: it must be the one that built the worker.
func (p place) checkGo() finding {
	path := p.record().Go
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("go"); err != nil {
			return finding{"go", "no go command: cells that need the compiler are refused; install Go and run `go run ./install` again", true}
		}
	}
	out, err := exec.Command(path, "env", "GOVERSION").Output()
	if err != nil {
		return finding{"go", fmt.Sprintf("%s does not work: %v", path, err), true}
	}
	have := strings.TrimSpace(string(out))
	if info, err := buildinfo.ReadFile(p.worker); err == nil && info.GoVersion != have {
		return finding{"go", fmt.Sprintf("%s is %s, but the worker was built with %s; run `go run ./install` again", path, have, info.GoVersion), true}
	}
	return finding{"go", path + " (" + have + ")", false}
}

func (p place) checkSpec(name, dir string) finding {
	text, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return finding{"kernelspec", fmt.Sprintf("%s is missing at %s; run `go run ./install` again", name, dir), true}
	case err != nil:
		return finding{"kernelspec", err.Error(), true}
	case !strings.Contains(string(text), p.joule):
		return finding{"kernelspec", fmt.Sprintf("%s at %s starts another program than this one", name, dir), true}
	}
	return finding{"kernelspec", name + " at " + dir, false}
}

func (p place) checkLab() finding {
	if path, err := exec.LookPath("jupyter-lab"); err == nil {
		return finding{"jupyterlab", path, false}
	}
	own := filepath.Join(p.lib, "venv", "bin", "jupyter-lab")
	if _, err := os.Stat(own); err == nil {
		return finding{"jupyterlab", own, false}
	}
	return finding{"jupyterlab", "none found (`go run ./install` sets one up); joule run works without it", false}
}

// try runs a cell in each tier.
func (p place) try(ctx context.Context) []finding {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	trials := []struct{ what, code, want string }{{"interpreter", "n := 6; n * 7", "42"}}
	if p.record().Cgo {
		trials = append(trials, struct{ what, code, want string }{
			"compiled", "type trial struct{ n int }\n\nfunc (t trial) twice() int { return 2 * t.n }\n\ntrial{21}.twice()", "42"})
	}
	var findings []finding
	for _, t := range trials {
		begin := time.Now()
		got, err := p.value(ctx, t.code)
		switch {
		case err != nil:
			findings = append(findings, finding{t.what, err.Error(), true})
		case got != t.want:
			findings = append(findings, finding{t.what, fmt.Sprintf("a cell gave %q instead of %q", got, t.want), true})
		default:
			took := time.Since(begin).Round(time.Millisecond)
			findings = append(findings, finding{t.what, fmt.Sprintf("a kernel started, ran a cell and ended in %v", took), false})
		}
	}
	return findings
}

// value runs code as the only cell of a notebook and returns its result as text.
func (p place) value(ctx context.Context, code string) (string, error) {
	file := fmt.Sprintf(`{"cells":[{"cell_type":"code","metadata":{},"outputs":[],"source":%q}],"metadata":{},"nbformat":4,"nbformat_minor":4}`, code)
	nb, err := notebook.Parse([]byte(file))
	if err != nil {
		return "", err
	}
	if err := notebook.Run(ctx, nb, notebook.Options{Command: []string{p.joule, "kernel", "-f", "{connection_file}"}}); err != nil {
		return "", err
	}
	outs, err := nb.Cells[0].Outputs()
	if err != nil || len(outs) != 1 {
		return "", fmt.Errorf("cli: %d outputs instead of one (%v)", len(outs), err)
	}
	return outs[0].Plain(), nil
}
