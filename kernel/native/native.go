// Package native is the road to tier 2: it writes a program's packages into a Go workspace beside the host's sources and runs
// the Go command to make a plugin of them. It is the only package that runs the Go command for cells.
//
// A plugin opens only in a worker that agrees with it on every package they share, so both are built from the installation's
// copy of the sources with the toolchain, the module versions and the flags that are in the worker's build information.
// Measured: what makes the plugin open is that session and host are modules of one workspace; with require and replace the
// paths differ and it is refused. Builds are cached by a hash of their content and of the worker.
//
//	Builder, New     the workspace and cache of one session
//	(*Builder).Build a lowered program → the path of a plugin
//	(*Builder).Get   an import path of somebody's module → a catalog of its types (modules.go)
package native

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"joule/kernel/lower"
)

// ErrUnavailable is wrapped by errors that say why nothing can be compiled here.
var ErrUnavailable = errors.New("nothing can be compiled")

// A Builder builds the plugins of one session. Its methods may be called from any goroutine; builds run one at a time.
type Builder struct {
	worker string
	once   sync.Once
	lib    string // the installation: src, mod
	cache  string // plugins by hash
	dir    string // the workspace of this session

	mu   sync.Mutex
	env  []string
	gc   string            // the go command
	err  error             // why nothing can be built
	host map[string]string // module → version, of what the worker is made of
	gets int

	written []lower.Package // what the workspace holds
}

// New makes a builder for the worker program and the installation folder lib, which holds the host's sources (src) and module
// cache (mod). It does not fail: what is missing is said by Build, when it is needed.
func New(worker, lib string) *Builder {
	return &Builder{lib: lib, worker: worker}
}

// ready finds the toolchain, when it is first needed: a go command may take its time.
func (b *Builder) ready() error {
	b.once.Do(func() { b.err = b.prepare(b.worker) })
	return b.err
}

func (b *Builder) prepare(worker string) error {
	info, err := buildinfo.ReadFile(worker)
	if err != nil {
		return fmt.Errorf("native: %w: the worker at %s cannot be read: %v", ErrUnavailable, worker, err)
	}
	b.host = map[string]string{}
	for _, m := range info.Deps {
		b.host[m.Path] = m.Version
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	switch {
	case runtime.GOOS == "windows":
		return fmt.Errorf("native: %w on Windows: Go has no plugins there; inside WSL everything works", ErrUnavailable)
	case settings["CGO_ENABLED"] != "1":
		return fmt.Errorf("native: %w: the worker was built without a C compiler; install one (gcc or clang) and run the installer again",
			ErrUnavailable)
	}
	if b.gc, err = goCommand(info.GoVersion); err != nil {
		return err
	}
	cacheRoot, err := os.UserCacheDir()
	if err != nil {
		cacheRoot = os.TempDir()
	}
	id, err := workerID(worker)
	if err != nil {
		return fmt.Errorf("native: %w", err)
	}
	b.cache = filepath.Join(cacheRoot, "joule", "plugins", id)
	if err := os.MkdirAll(b.cache, 0o700); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	b.env = append(os.Environ(), "GO111MODULE=on", "GOTOOLCHAIN=local", "GOFLAGS=", "GOPROXY=off", "GOSUMDB=off", "CGO_ENABLED=1",
		"GOMODCACHE="+filepath.Join(b.lib, "mod"), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	for _, key := range []string{"GOAMD64", "GOARM64", "GOEXPERIMENT"} {
		if v := settings[key]; v != "" {
			b.env = append(b.env, key+"="+v)
		}
	}
	return nil
}

// goCommand finds the toolchain that built the worker.
func goCommand(version string) (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("native: %w: the go command is not on PATH; install %s", ErrUnavailable, version)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "env", "GOVERSION")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=")
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("native: %w: %s does not run: %v", ErrUnavailable, path, err)
	}
	if have := strings.TrimSpace(string(out)); have != version {
		return "", fmt.Errorf("native: %w: the worker was built with %s and the go command is %s; run the installer again",
			ErrUnavailable, version, have)
	}
	return path, nil
}

// workerID tells workers apart: a plugin fits one.
func workerID(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// Available says why nothing can be compiled, or nil.
func (b *Builder) Available() error { return b.ready() }

// Build makes the plugin of a program, or finds it in the cache. The packages of the programs built before by this builder can
// be imported.
func (b *Builder) Build(ctx context.Context, p *lower.Program) (string, error) {
	if err := b.ready(); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.workspace(); err != nil {
		return "", err
	}
	for _, pkg := range append(p.Packages, lower.Package{Path: "joule.session/" + p.Hash + "/main", Source: p.Main}) {
		if err := b.write(pkg); err != nil {
			return "", err
		}
		b.written = append(b.written, pkg)
	}
	if plugin := b.cached(p.Hash); plugin != "" {
		return plugin, nil
	}
	tmp := filepath.Join(b.dir, p.Hash+".so")
	cmd := exec.CommandContext(ctx, b.gc, "build", "-buildmode=plugin", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", tmp, "./"+p.Hash+"/main")
	cmd.Dir = filepath.Join(b.dir, "session")
	cmd.Env = append(b.env, "GOWORK="+filepath.Join(b.dir, "go.work"), "PWD="+cmd.Dir)
	ownGroup(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", &BuildError{Err: err, Output: out.String()}
	}
	info, err := os.Stat(tmp)
	if err != nil {
		return "", fmt.Errorf("native: %w", err)
	}
	plugin := filepath.Join(b.cache, fmt.Sprintf("%s-%d.so", p.Hash, info.Size()))
	if err := move(tmp, plugin); err != nil {
		return "", fmt.Errorf("native: %w", err)
	}
	return plugin, nil
}

// cached finds a plugin that was built before. Its name tells its size: a file that is shorter, after a full disk or a crash of
// the machine, would take the worker down.
func (b *Builder) cached(hash string) string {
	files, _ := filepath.Glob(filepath.Join(b.cache, hash+"-*.so"))
	for _, f := range files {
		var size int64
		name := strings.TrimPrefix(filepath.Base(f), hash+"-")
		if _, err := fmt.Sscanf(name, "%d.so", &size); err == nil {
			if info, err := os.Stat(f); err == nil && info.Size() == size {
				return f
			}
		}
		os.Remove(f)
	}
	return ""
}

// A BuildError is a program that the compiler refused. As cells are type-checked before, it is our own fault, or a package
// whose sources are missing.
type BuildError struct {
	Err    error
	Output string // of the go command
}

func (e *BuildError) Error() string { return "native: go build: " + e.Err.Error() + "\n" + e.Output }
func (e *BuildError) Unwrap() error { return e.Err }

// workspace makes the session's module and the go.work that joins it with the host's.
func (b *Builder) workspace() error {
	if b.dir != "" {
		if _, err := os.Stat(filepath.Join(b.dir, "go.work")); err == nil {
			return nil
		}
	}
	sweep()
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", workspacePrefix, os.Getpid()))
	if err != nil {
		return fmt.Errorf("native: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // macOS: /tmp is a link, and the go command compares paths
		return fmt.Errorf("native: %w", err)
	}
	session := filepath.Join(dir, "session")
	files := map[string]string{
		filepath.Join(session, "go.mod"): "module joule.session\n\ngo 1.26.0\n",
		filepath.Join(dir, "go.work"):    "go 1.26.0\n\nuse (\n\t./session\n\t" + fmt.Sprintf("%q", filepath.Join(b.lib, "src")) + "\n)\n",
	}
	if err := os.MkdirAll(session, 0o700); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return fmt.Errorf("native: %w", err)
		}
	}
	b.dir = dir
	for _, p := range b.written { // the folder was swept away under us
		if err := b.write(p); err != nil {
			return err
		}
	}
	return nil
}

// workspacePrefix begins the name of a workspace; the number of its process follows.
const workspacePrefix = "joule-session-"

// sweep removes the workspaces of processes that are gone without having done so.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), workspacePrefix+"*"))
	for _, dir := range dirs {
		var pid int
		if _, err := fmt.Sscanf(strings.TrimPrefix(filepath.Base(dir), workspacePrefix), "%d-", &pid); err == nil && !running(pid) {
			os.RemoveAll(dir)
		}
	}
}

func (b *Builder) write(p lower.Package) error {
	dir := filepath.Join(b.dir, "session", filepath.FromSlash(strings.TrimPrefix(p.Path, "joule.session/")))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	file := p.File
	if file == "" {
		file = "source.go"
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(p.Source), 0o600); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	return nil
}

// move puts a built plugin into the cache at once, so that no other session sees half of it.
func move(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	data, err := os.ReadFile(from) // another file system
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), to)
}

// Close removes the session's workspace. The cache stays.
func (b *Builder) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		return nil
	}
	dir := b.dir
	b.dir = ""
	return os.RemoveAll(dir)
}
