// Package setuptest gives tests a real installation of Joule and the programs that other people wrote for it to be tested with.
//
// An installation and a virtual environment take minutes to make, so they are kept under the user's cache folder (joule-test),
// named by a hash of what they were made from, and shared by the tests of all packages. To find that hash every source file is
// opened, so the go command runs such a test again after any of them has changed.
//
// Where a program is missing the test is skipped and says what is missing; with JOULE_REQUIRE_ALL=1 it fails.
package setuptest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"joule/install/setup"
	"joule/internal/needs"
)

// Root returns the root of the sources.
func Root(t testing.TB) string {
	t.Helper()
	root, err := setup.FindSources(".")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Installed returns the layout of an installation that was made from the sources as they are, without JupyterLab. Tests must not
// change it. Until the end of the test it is there, also when tests of other sources make installations of theirs.
func Installed(t testing.TB) setup.Layout {
	t.Helper()
	root := Root(t)
	hash, err := setup.Hash(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	name := "prefix-" + hash[:16]
	l, err := setup.PrefixLayout(filepath.Join(cache(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer lock(t, "prefix")()
	inUse := lockFile(t, "used-"+name)
	if err := share(inUse); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inUse.Close() })
	var said strings.Builder
	o := setup.Options{Prefix: l.Prefix, NoLab: true, Sources: root, Stdout: &said, Stderr: &said}
	if err := setup.Run(t.Context(), o); err != nil {
		t.Fatalf("the installation failed: %v\n%s", err, &said)
	}
	now := time.Now()
	os.Chtimes(l.Prefix, now, now)
	prune(t, "prefix-", 3)
	return l
}

// Python returns a Python that has the packages of the requirements files in install/: JOULE_TEST_PYTHON, or that of a virtual
// environment made for the purpose.
func Python(t testing.TB) string {
	t.Helper()
	if python := os.Getenv("JOULE_TEST_PYTHON"); python != "" {
		return python
	}
	root := Root(t)
	requirements := []string{filepath.Join(root, "install", "requirements.txt"), filepath.Join(root, "install", "requirements-test.txt")}
	venv := setup.Venv{Dir: filepath.Join(cache(t), "venv")}
	defer lock(t, "venv")()
	if !venv.Ready(requirements...) {
		if err := venv.Make(t.Context(), requirements...); err != nil {
			needs.Skip(t, "no Python with JupyterLab: %v", err)
		}
	}
	return venv.Python()
}

// Tool returns the path of a command that belongs to the Python that Python returns.
func Tool(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(filepath.Dir(Python(t)), name)
}

// Env returns an environment in which Jupyter sees the installation l and nothing else of this computer's: its own folders are
// temporary.
func Env(t testing.TB, l setup.Layout) []string {
	t.Helper()
	dir := t.TempDir()
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "JUPYTER") || strings.HasPrefix(kv, "IPYTHON") || strings.HasPrefix(kv, "JPY_")
	})
	env = append(env, "JUPYTER_PATH="+filepath.Dir(l.Kernels), "JUPYTER_NO_CONFIG=1", "JOULE_HISTORY="+filepath.Join(dir, "history.jsonl"))
	for _, name := range []string{"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"} {
		env = append(env, name+"="+filepath.Join(dir, strings.ToLower(name)))
	}
	return env
}

// Browser is what a browser test needs: Node.js with playwright-core, and Chromium.
type Browser struct {
	Node     string // the node command
	Modules  string // the folder node_modules that holds playwright-core
	Chromium string // the browser's command
}

// playwright is the release that the browser test is written for.
const playwright = "playwright-core@1.65.1"

// FindBrowser returns the browser, fetching playwright-core with npm the first time.
func FindBrowser(t testing.TB) Browser {
	t.Helper()
	b := Browser{Modules: filepath.Join(cache(t), strings.ReplaceAll(playwright, "@", "-"), "node_modules")}
	for _, c := range []struct {
		path  *string
		names []string
	}{
		{&b.Node, []string{"node", "nodejs"}},
		{&b.Chromium, []string{"chromium", "chromium-browser", "google-chrome"}},
	} {
		for _, name := range c.names {
			if path, err := exec.LookPath(name); err == nil && *c.path == "" {
				*c.path = path
			}
		}
		if *c.path == "" {
			needs.Skip(t, "no browser test: %s is not on PATH", c.names[0])
		}
	}
	defer lock(t, "playwright")()
	if _, err := os.Stat(filepath.Join(b.Modules, "playwright-core", "package.json")); err == nil {
		return b
	}
	dir := filepath.Dir(b.Modules)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--prefix", dir, playwright)
	if out, err := cmd.CombinedOutput(); err != nil {
		needs.Skip(t, "no browser test: npm cannot install %s: %v\n%s", playwright, err, out)
	}
	return b
}

// cache returns the folder that is kept between runs.
func cache(t testing.TB) string {
	t.Helper()
	dir, err := needs.Cache()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// lock waits until no other test uses the lock called name.
func lock(t testing.TB, name string) (unlock func()) {
	t.Helper()
	f := lockFile(t, name)
	if err := flock(f); err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}

// lockFile opens the file that stands for the lock called name.
func lockFile(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(cache(t), name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// prune removes all but the newest folders of the cache whose names start with prefix, and those that a test uses.
func prune(t testing.TB, prefix string, keep int) {
	matches, _ := filepath.Glob(filepath.Join(cache(t), prefix+"*"))
	age := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return -info.ModTime().UnixNano()
	}
	slices.SortFunc(matches, func(a, b string) int { return int(max(-1, min(1, age(a)-age(b)))) })
	for _, old := range matches[min(keep, len(matches)):] {
		inUse := lockFile(t, "used-"+filepath.Base(old))
		if unused(inUse) {
			os.RemoveAll(old)
			os.Remove(inUse.Name()) // who takes this lock has that of all first, and so have we
		}
		inUse.Close()
	}
}

// Run runs a command with the environment env and returns what it wrote; the test fails when the command does.
func Run(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(append([]string{name}, args...), " "), err, out)
	}
	return string(out)
}
