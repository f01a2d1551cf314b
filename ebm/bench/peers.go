package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

//go:embed peers/*.py
var scripts embed.FS

// requirements are the peers and what they are installed as.
var requirements = map[string][]string{
	"numpy": {"numpy"}, "sklearn": {"scikit-learn"}, "jax": {"jax", "optax"}, "blackjax": {"blackjax"}, "thrml": {"thrml"},
	"torch": {"torch"}, "torchebm": {"torchebm"},
}

// peers are the others, installed.
type peers struct {
	python  string
	folder  string            // of the scripts
	missing map[string]string // by library: why it cannot be had
}

// prepare makes the virtual environment, where it is not there, and installs what is missing in it.
func prepare(python, venv string, log io.Writer) (*peers, error) {
	if venv == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		venv = filepath.Join(cache, "joule", "bench")
	}
	p := &peers{python: filepath.Join(venv, "bin", "python"), missing: map[string]string{}}
	if runtime.GOOS == "windows" {
		p.python = filepath.Join(venv, "Scripts", "python.exe")
	}
	if _, err := os.Stat(p.python); err != nil {
		fmt.Fprintln(log, "bench: making", venv)
		if out, err := exec.Command(python, "-m", "venv", venv).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s -m venv: %w: %s", python, err, out)
		}
	}
	for _, library := range []string{"numpy", "sklearn", "jax", "blackjax", "thrml", "torch", "torchebm"} {
		if err := p.install(library, log); err != nil {
			p.missing[library] = err.Error()
		}
	}
	var err error
	p.folder, err = os.MkdirTemp("", "joule-bench-")
	if err != nil {
		return nil, err
	}
	return p, os.CopyFS(p.folder, scripts)
}

// install installs a peer unless it is there.
func (p *peers) install(library string, log io.Writer) error {
	if exec.Command(p.python, "-c", "import "+library).Run() == nil {
		return nil
	}
	fmt.Fprintln(log, "bench: installing", library)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	arguments := append([]string{"-m", "pip", "install", "-q"}, requirements[library]...)
	if out, err := exec.CommandContext(ctx, p.python, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("pip install: %w: %.200s", err, out)
	}
	return nil
}

func (p *peers) remove() { _ = os.RemoveAll(p.folder) }

// command is the process of a peer.
func (p *peers) command(library, workload, mode string, threads int) *exec.Cmd {
	script := filepath.Join(p.folder, "peers", "with_"+library+".py")
	return exec.Command(p.python, script, workload, mode, fmt.Sprint(threads))
}
