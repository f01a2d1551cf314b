package setup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"joule/kernel/catalog"
)

// format is part of the hash of a build: raise it when the layout of an installation or the way of building changes.
const format = "2"

// importable are the packages that cells can import, as patterns of the go command.
var importable = []string{
	"std", "joule/ebm/...", "joule/plugins/...", "joule/kernel/display/...", "joule/kernel/widgets/...", "joule/kernel/trial/...",
	"gonum.org/v1/gonum/blas/...", "gonum.org/v1/gonum/diff/fd", "gonum.org/v1/gonum/dsp/fourier", "gonum.org/v1/gonum/floats/...",
	"gonum.org/v1/gonum/graph/...", "gonum.org/v1/gonum/integrate/...", "gonum.org/v1/gonum/interp", "gonum.org/v1/gonum/mat",
	"gonum.org/v1/gonum/optimize/...", "gonum.org/v1/gonum/spatial/...", "gonum.org/v1/gonum/stat/...", "gonum.org/v1/plot/...",
}

// available returns those of the importable packages whose modules the sources at root require.
func available(root string) []string {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return importable
	}
	return slices.DeleteFunc(slices.Clone(importable), func(pattern string) bool {
		parts := strings.SplitN(pattern, "/", 4) // gonum.org/v1/plot/…
		return strings.Contains(parts[0], ".") && !strings.Contains(string(mod), strings.Join(parts[:min(3, len(parts))], "/")+" ")
	})
}

// toolchain is what the go command says about itself and its settings.
type toolchain struct {
	GOROOT, GOVERSION, GOOS, GOARCH, GOAMD64, GOARM64, GOEXPERIMENT, GOMODCACHE, GOPROXY, CC string

	cgo bool // there is a C compiler, so the worker can open compiled cells
}

func (t toolchain) command() string { return filepath.Join(t.GOROOT, "bin", executable("go")) }

// findToolchain asks the go command on PATH, in the folder of the sources so that it answers for the version that go.mod asks for.
func findToolchain(ctx context.Context, root string) (toolchain, error) {
	var t toolchain
	path, err := exec.LookPath("go")
	if err != nil {
		return t, problem(err, "The go command is not on your PATH: install Go 1.26 or newer, or add its bin folder to PATH.")
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := command(cmd)
	if err != nil {
		return t, problem(err, "The go command at %s does not work: %v.", path, err)
	}
	if err := json.Unmarshal([]byte(out), &t); err != nil {
		return t, fmt.Errorf("setup: go env: %w", err)
	}
	t.cgo = hasCompiler(ctx, t.CC)
	return t, nil
}

// hasCompiler tells whether the C compiler cc runs; that it exists is not enough on macOS, where a stub offers to install it.
func hasCompiler(ctx context.Context, cc string) bool {
	words := strings.Fields(cc)
	if len(words) == 0 || os.Getenv("CGO_ENABLED") == "0" {
		return false
	}
	_, err := command(exec.CommandContext(ctx, words[0], "--version"))
	return err == nil
}

// hash identifies everything that the programs are made of.
func (t toolchain) hash(sources string) string {
	id := fmt.Sprintln(format, sources, t.GOVERSION, t.GOOS, t.GOARCH, t.GOAMD64, t.GOARM64, t.GOEXPERIMENT, t.CC, t.cgo)
	sum := sha256.Sum256([]byte(id))
	return fmt.Sprintf("%x", sum)
}

// env is what the go command gets beside the person's own environment: the workspace at work, the installation's own module
// cache, and flags that a compiled cell must be built with again. Modules that the person already has are taken from there.
func (t toolchain) env(l Layout, work string) []string {
	proxy := (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(t.GOMODCACHE, "cache", "download"))}).String()
	if t.GOPROXY != "" {
		proxy += "," + t.GOPROXY
	}
	return []string{
		"GOWORK=" + work, "GOMODCACHE=" + l.Modules(), "GOPROXY=" + proxy, "GOTOOLCHAIN=local", "GOFLAGS=-modcacherw",
		"GOROOT=" + t.GOROOT, "PATH=" + filepath.Join(t.GOROOT, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
}

// build builds everything below stage and moves it into the layout's places.
func build(ctx context.Context, l Layout, t toolchain, root string, say func(format string, args ...any)) error {
	stage, err := os.MkdirTemp(l.Lib(), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	if err := os.MkdirAll(l.Modules(), 0o755); err != nil {
		return err
	}
	src, work := filepath.Join(stage, "src"), filepath.Join(stage, "go.work")
	if err := copySources(src, root); err != nil {
		return err
	}
	if err := os.WriteFile(work, []byte("go 1.26.0\n\nuse ./src\n"), 0o644); err != nil {
		return err
	}
	env := t.env(l, work)
	say("Building joule and joule-worker with %s (about a minute the first time) …", t.GOVERSION)
	for _, program := range []string{"joule", "joule-worker"} {
		if err := buildProgram(ctx, t, env, stage, program); err != nil {
			return err
		}
	}
	say("Writing down what cells can import …")
	if err := catalog.Write(filepath.Join(stage, "catalog"), src, env, available(src)...); err != nil {
		return err
	}
	return publish(l, stage, say)
}

// buildProgram builds one of the programs into the stage. The kernel needs no C and so runs everywhere; the worker needs it to
// open compiled cells.
func buildProgram(ctx context.Context, t toolchain, env []string, stage, program string) error {
	cgo, flags := "CGO_ENABLED=0", "-s -w"
	if program == "joule-worker" {
		flags += fmt.Sprintf(" -X 'runtime.defaultGOROOT=%s'", t.GOROOT) // cells find it, as what go run runs does
		if t.cgo {
			cgo = "CGO_ENABLED=1"
		}
	}
	cmd := exec.CommandContext(ctx, t.command(), "build", "-trimpath", "-buildvcs=false", "-ldflags="+flags,
		"-o", filepath.Join(stage, executable(program)), "joule/kernel/"+program)
	cmd.Dir, cmd.Env = filepath.Join(stage, "src"), append(append(os.Environ(), env...), cgo)
	_, err := command(cmd)
	var failed *commandError
	if errors.As(err, &failed) && offline(failed.said) {
		return problem(err, "The Go modules that Joule needs could not be downloaded: connect to the network once (or set GOPROXY) and run this again; "+
			"afterwards Joule needs no network.")
	}
	if errors.As(err, &failed) {
		return fmt.Errorf("setup: building %s: %w\n%s", program, failed.err, failed.said)
	}
	return err
}

// publish moves what was built from the stage to its places.
func publish(l Layout, stage string, say func(format string, args ...any)) error {
	for _, move := range [][2]string{
		{"src", l.Sources()}, {"go.work", l.workspace()}, {"catalog", l.Catalog()},
		{executable("joule-worker"), l.Worker()}, {executable("joule"), l.Joule()},
	} {
		if err := replace(move[1], filepath.Join(stage, move[0])); err != nil {
			return err
		}
		say("wrote %s", move[1])
	}
	return nil
}

// built tells whether everything that build writes is there.
func built(l Layout) bool {
	for _, path := range []string{
		l.Joule(), l.Worker(), l.workspace(), filepath.Join(l.Sources(), "go.mod"), filepath.Join(l.Catalog(), "index.json"), l.Modules(),
	} {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	return true
}

// Hash returns the hash that identifies an installation from the sources at root with the toolchain at hand: as long as it is
// the same, Run has nothing to build.
func Hash(ctx context.Context, root string) (string, error) {
	sources, err := HashSources(root)
	if err != nil {
		return "", err
	}
	t, err := findToolchain(ctx, root)
	if err != nil {
		return "", err
	}
	return t.hash(sources), nil
}
