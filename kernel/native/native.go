// Package native is the road to tier 2: it writes a program's packages into a Go workspace beside the host's sources and runs
// the Go command to make a plugin of them. It is the only package that runs the Go command for cells.
//
// A plugin opens only in a worker that agrees with it on every package they share, so both are built from the installation's
// copy of the sources with the toolchain, the module versions and the flags that are in the worker's build information.
// Measured: what makes the plugin open is that session and host are modules of one workspace; with require and replace the
// paths differ and it is refused. Builds are cached by a hash of their content, of the worker, and of the modules that they are
// made of.
//
// # Modules
//
// A session uses other people's modules in the versions that its pins say, those of the go.mod or go.work beside the notebook
// are part of its workspace, and what nothing pins is had in the latest version and pinned from then on. Each question is
// answered by the go command in a folder beside the session's, which takes its place only when all is well: a failure, an
// interrupt or a crash leaves the session as it was. The files of the person are read and never written.
//
// Three things bound what a process can have. The modules that the worker is made of are there in one version: where another
// is needed, a worker can be built of it (Rebuild). A package that is loaded stays: another version of it needs a new process.
// And a module in a folder may be edited at any time, so that it is copied when it is first used, and everything is compiled
// from the copy.
//
//	Builder, New       the workspace and cache of one session
//	(*Builder).Build   a lowered program → the path of a plugin
//	(*Builder).Get     import paths → a catalog of their types        (modules.go)
//	(*Builder).Require pins                                           (modules.go)
//	(*Builder).Rebuild pins, and a worker that can have them          (rebuild.go)
//
//	beside.go    the go.mod beside the notebook, and the person's settings
//	resolve.go   pins and imports → versions
//	snapshot.go  modules in folders
//	loaded.go    what is in a plugin, and in the process
//	names.go     what a plugin declares belongs to main
//	cache.go     a module cache that can be written, and how many plugins are kept
//	command.go   the go command: its environments and its words; group_*.go its processes
package native

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"joule/kernel/lower"
)

// ErrUnavailable is wrapped by errors that say why nothing can be compiled here.
var ErrUnavailable = errors.New("nothing can be compiled")

// A Builder builds the plugins of one session. Its methods may be called from any goroutine; builds run one at a time.
type Builder struct {
	Dir     string          // of the notebook: its go.mod counts; "" for the current folder. Set before use
	Environ func() []string // the environment of the cells; nil for that of this process. Set before use

	lib string // the installation: src, mod
	mod string // the module cache: that of the installation, or a copy where that one cannot be written

	setup    sync.Mutex
	prepared bool
	worker   string
	original string            // the identity of the installation's worker
	cache    string            // plugins by hash
	goCache  string            // the go command's own, where it has no folder of the person's; "" otherwise
	trimmed  sync.Once         // the plugins that are kept
	target   []string          // settings of the worker that plugins are built with
	gc       string            // the go command
	version  string            // of Go, as a go.work has it
	host     map[string]string // module → version, of what the worker is made of

	life context.Context // ends with Close
	end  context.CancelFunc

	mu       sync.Mutex
	dir      string               // the workspace of this session
	written  []lower.Package      // what it holds
	uses     map[string][]string  // package of the session → packages of other modules that it is made of
	asked    int                  // resolutions
	taken    int                  // snapshots
	snaps    map[string]*snapshot // by their folder: all that were taken
	told     map[string]bool      // notes that a person knows
	person   person
	pins     []Pin
	wanted   []string             // import paths that were got
	packages map[string]*pkg      // what they are made of
	versions map[string]string    // of their modules
	local    map[string]*snapshot // of modules in folders, by module
	loaded   map[string]string    // module → version, of what the process has loaded
	ended    atomic.Bool          // the process is gone with it
}

// New makes a builder for the worker program and the installation folder lib, which holds the host's sources (src) and module
// cache (mod). It does not fail: what is missing is said by Build, when it is needed.
func New(worker, lib string) *Builder {
	life, end := context.WithCancel(context.Background())
	return &Builder{life: life, end: end, lib: lib, mod: filepath.Join(lib, "mod"), worker: worker, uses: map[string][]string{}, snaps: map[string]*snapshot{}, told: map[string]bool{},
		loaded: map[string]string{}}
}

// ready finds the toolchain, when it is first needed: a go command may take its time. What is missing may be there the next time.
func (b *Builder) ready() error {
	b.setup.Lock()
	defer b.setup.Unlock()
	if b.prepared {
		return nil
	}
	err := b.prepare()
	b.prepared = err == nil
	return err
}

func (b *Builder) prepare() error {
	info, err := buildinfo.ReadFile(b.worker)
	if err != nil {
		return fmt.Errorf("native: %w: the worker at %s cannot be read: %v", ErrUnavailable, b.worker, err)
	}
	host := map[string]string{}
	for _, m := range info.Deps {
		if host[m.Path] = m.Version; m.Replace != nil {
			host[m.Path] = "=> " + m.Replace.Path + " " + m.Replace.Version
		}
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
	for _, name := range []string{filepath.Join("src", "go.mod"), "mod"} {
		if _, err := os.Stat(filepath.Join(b.lib, name)); err != nil {
			return fmt.Errorf("native: %w: the installation has lost %s; run the installer again (go run ./install in the sources of Joule)",
				ErrUnavailable, filepath.Join(b.lib, name))
		}
	}
	if b.gc, err = findGo(info.GoVersion, b.environ()); err != nil {
		return err
	}
	cache, own, err := cacheDir()
	if err != nil {
		return fmt.Errorf("native: %w", err)
	}
	if !own {
		b.goCache = filepath.Join(cache, "go-build") // the go command finds no place of its own either
	}
	id, err := workerID(b.worker)
	if err != nil {
		return fmt.Errorf("native: %w", err)
	}
	b.cache = filepath.Join(cache, "plugins", id)
	if err := os.MkdirAll(b.cache, 0o700); err != nil {
		return fmt.Errorf("native: %w: there is no place for what is compiled: %v", ErrUnavailable, err)
	}
	note(b.cache, b.worker)
	if b.original == "" {
		b.original = id
	}
	b.version = "1.26.0"
	if m := goVersion.FindStringSubmatch(info.GoVersion); m != nil {
		b.version = m[1]
	}
	b.target = []string{"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH}
	for _, key := range []string{"GOAMD64", "GOARM64", "GOEXPERIMENT"} {
		if v := settings[key]; v != "" {
			b.target = append(b.target, key+"="+v)
		}
	}
	b.host = host
	return nil
}

// goVersion is the part of a version that a go.work can have.
var goVersion = regexp.MustCompile(`^go(\d+\.\d+(?:\.\d+|rc\d+)?)`)

// findGo finds the toolchain that built the worker, and the C compiler that it needs.
func findGo(version string, environ []string) (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("native: %w: the go command is not on PATH; install %s", ErrUnavailable, version)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOVERSION", "GOROOT", "CC")
	cmd.Env = append(environ, "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-modcacherw")
	cmd.Dir = os.TempDir()
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	var have struct{ GOVERSION, GOROOT, CC string }
	if err == nil {
		err = json.Unmarshal(out, &have)
	}
	if err != nil {
		return "", fmt.Errorf("native: %w: %s does not run: %v %s", ErrUnavailable, path, err, strings.TrimSpace(said.String()))
	}
	if have.GOVERSION != version {
		return "", fmt.Errorf("native: %w: the worker was built with %s and the go command is %s; run the installer again",
			ErrUnavailable, version, have.GOVERSION)
	}
	if _, err := os.Stat(filepath.Join(have.GOROOT, "src", "runtime")); err != nil {
		return "", fmt.Errorf("native: %w: %s looks for Go in %s, which is not there any more; install %s again, or unset GOROOT",
			ErrUnavailable, path, have.GOROOT, version)
	}
	cc := strings.Fields(have.CC)
	if len(cc) == 0 {
		cc = []string{"gcc"}
	}
	if _, err := exec.LookPath(cc[0]); err != nil {
		return "", fmt.Errorf("native: %w: the C compiler %s, which links compiled cells, is not on PATH; install it (gcc or clang), or set CC",
			ErrUnavailable, cc[0])
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
		b.noteUses(pkg)
	}
	b.ending()
	modules := b.modulesOf("joule.session/" + p.Hash + "/main")
	key := p.Hash + versionKey(modules)
	if plugin := b.cached(key); plugin != "" {
		b.load(modules)
		return plugin, nil
	}
	ctx, done := b.alive(ctx)
	defer done()
	tmp := filepath.Join(b.dir, p.Hash+".so")
	cmd := exec.CommandContext(ctx, b.gc, "build", "-buildmode=plugin", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", tmp, "./"+p.Hash+"/main")
	cmd.Dir = filepath.Join(b.dir, "session")
	cmd.Env = b.compiling(b.workFile(b.dir), "PWD="+cmd.Dir)
	ownGroup(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", &BuildError{Err: err, Output: b.words(cmd.Dir, out.String())}
	}
	if err := ownNames(ctx, tmp); err != nil {
		return "", fmt.Errorf("native: %w", err)
	}
	info, err := os.Stat(tmp)
	if err != nil {
		return "", fmt.Errorf("native: %w", err)
	}
	plugin := filepath.Join(b.cache, fmt.Sprintf("%s-%d.so", key, info.Size()))
	if err := move(tmp, plugin); err != nil {
		return "", fmt.Errorf("native: %w", err)
	}
	b.load(modules)
	b.trimmed.Do(func() { go trim(filepath.Dir(b.cache), roomForPlugins, lately) })
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
				os.Chtimes(f, time.Time{}, time.Now()) // it was used
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
	if dir, err = filepath.Abs(dir); err != nil { // TMPDIR may be relative
		return fmt.Errorf("native: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // macOS: /tmp is a link, and the go command compares paths
		return fmt.Errorf("native: %w", err)
	}
	session := filepath.Join(dir, "session")
	files := map[string]string{
		filepath.Join(session, "go.mod"): "module joule.session\n\ngo 1.26.0\n",
		filepath.Join(dir, "go.work"):    b.workText(),
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

// Close ends what still runs and removes the session's workspace. What was built stays (cache.go).
func (b *Builder) Close() error {
	b.end()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		return nil
	}
	dir := b.dir
	b.dir = ""
	return os.RemoveAll(dir)
}
