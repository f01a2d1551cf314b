package setup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// withoutLab is what still works when JupyterLab cannot be set up.
const withoutLab = "The kernel itself is installed: `%s run NOTEBOOK.ipynb` runs notebooks without Python."

// findLab returns the command of a JupyterLab of version 4 or newer on PATH, or "".
func findLab(ctx context.Context) string {
	path, err := exec.LookPath("jupyter-lab")
	if err != nil {
		return ""
	}
	out, err := command(exec.CommandContext(ctx, path, "--version"))
	if err != nil {
		return ""
	}
	major, _, _ := strings.Cut(strings.TrimSpace(lastLine(out)), ".")
	if n, err := strconv.Atoi(major); err != nil || n < 4 {
		return ""
	}
	return path
}

// FindPython returns a Python on PATH that can make virtual environments: 3.10 or newer, with the modules venv and ensurepip.
func FindPython(ctx context.Context) (string, error) {
	const probe = `import sys; assert sys.version_info >= (3, 10), "it is older than 3.10"; import venv, ensurepip`
	var reason error
	for _, name := range []string{"python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if _, reason = command(exec.CommandContext(ctx, path, "-c", probe)); reason == nil {
			return path, nil
		}
	}
	if reason == nil {
		return "", problem(exec.ErrNotFound, "JupyterLab needs Python 3.10 or newer, and none is on your PATH: install it (on Debian and Ubuntu: "+
			"apt install python3-venv) and run this again.")
	}
	return "", problem(reason, "The Python on your PATH cannot make the virtual environment for JupyterLab (%s): install Python 3.10 or newer with "+
		"its venv module (on Debian and Ubuntu: apt install python3-venv) and run this again.", lastLine(reason.Error()))
}

// A Venv is a virtual environment with the packages of requirements files in it.
type Venv struct{ Dir string }

// Python is the path of its interpreter.
func (v Venv) Python() string { return v.Tool("python") }

// Tool is the path of the command called name in it.
func (v Venv) Tool(name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(v.Dir, "Scripts", name+".exe")
	}
	return filepath.Join(v.Dir, "bin", name)
}

// Ready tells whether the environment holds what the requirements files ask for. The stamp is written last, so an interrupted
// installation is not ready.
func (v Venv) Ready(requirements ...string) bool {
	want, err := stampOf(requirements)
	if err != nil {
		return false
	}
	got, err := os.ReadFile(v.stamp())
	if err != nil || string(got) != want {
		return false
	}
	_, err = os.Stat(v.Python()) // a Python that was uninstalled leaves a dangling link
	return err == nil
}

func (v Venv) stamp() string { return filepath.Join(v.Dir, "joule-requirements") }

// Make makes the environment anew and installs the requirements into it.
func (v Venv) Make(ctx context.Context, requirements ...string) error {
	python, err := FindPython(ctx)
	if err != nil {
		return err
	}
	stamp, err := stampOf(requirements)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(v.Dir), 0o755); err != nil {
		return err
	}
	if _, err := command(exec.CommandContext(ctx, python, "-m", "venv", "--clear", v.Dir)); err != nil {
		return problem(err, "The virtual environment for JupyterLab could not be made: %v.", err)
	}
	args := []string{"-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"}
	for _, file := range requirements {
		args = append(args, "-r", file)
	}
	if _, err := command(exec.CommandContext(ctx, v.Python(), args...)); err != nil {
		var failed *commandError
		if errors.As(err, &failed) && offline(failed.said) {
			return problem(err, "JupyterLab could not be downloaded: connect to the network once and run this again.")
		}
		return problem(err, "JupyterLab could not be installed (%s): once that is solved, run this again.", lastLine(err.Error()))
	}
	if err := os.WriteFile(v.stamp(), []byte(stamp), 0o644); err != nil {
		return err
	}
	return nil
}

func stampOf(requirements []string) (string, error) {
	h := sha256.New()
	for _, file := range requirements {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("setup: %w", err)
		}
		fmt.Fprintf(h, "%d\n", len(data))
		h.Write(data)
	}
	return fmt.Sprintf("%x\n", h.Sum(nil)), nil
}
