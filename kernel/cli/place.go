package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// A place is an installation: where the files are that a kernel needs.
type place struct {
	joule  string // this program
	lib    string // the folder of sources, modules and catalog
	worker string // the program that runs cells
}

// findPlace finds the installation that this program belongs to: PREFIX/lib/joule for PREFIX/bin/joule, or the folder that JOULE_LIB
// names.
func findPlace() (place, error) {
	exe, err := os.Executable()
	if err != nil {
		return place{}, fmt.Errorf("cli: %w", err)
	}
	if real, err := filepath.EvalSymlinks(exe); err == nil {
		exe = real
	}
	p := place{joule: exe, lib: os.Getenv("JOULE_LIB")}
	if p.lib == "" {
		p.lib = filepath.Join(filepath.Dir(filepath.Dir(exe)), "lib", "joule")
	}
	p.worker = filepath.Join(p.lib, "joule-worker")
	if runtime.GOOS == "windows" {
		p.worker += ".exe"
	}
	if _, err := os.Stat(p.worker); err != nil {
		return p, fmt.Errorf("the program that runs cells is not at %s: install Joule with `go run ./install` in its sources", p.worker)
	}
	return p, nil
}

// preferToolchain puts the toolchain that built the worker in front of PATH: it is the one that can compile cells for it, and a front
// end that was started from a menu has often no Go on its PATH.
func (p place) preferToolchain() {
	if gc := p.record().Go; gc != "" {
		if _, err := os.Stat(gc); err == nil {
			os.Setenv("PATH", filepath.Dir(gc)+string(os.PathListSeparator)+os.Getenv("PATH"))
		}
	}
}

// installed is what the installer wrote down.
type installed struct {
	Build   string            `json:"build"`
	Kernels map[string]string `json:"kernels"`
	Go      string            `json:"go"`
	Cgo     bool              `json:"cgo"`
}

// record reads what the installer wrote down. Without it the zero value says that nothing is known.
func (p place) record() (r installed) {
	if data, err := os.ReadFile(filepath.Join(p.lib, "manifest.json")); err == nil {
		json.Unmarshal(data, &r)
	}
	return r
}
