package setup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"maps"
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

// miniature writes the sources of a module that has the shape of Joule and is built in a second.
func miniature(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                          "module joule\n\ngo 1.26.0\n",
		"kernel/joule/main.go":            "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"one\") }\n",
		"kernel/joule-worker/main.go":     "package main\n\nfunc main() {}\n",
		"kernel/joule/main_test.go":       "package main\n",
		"kernel/display/doc.go":           "// Package display.\npackage display\n",
		"ebm/doc.go":                      "// Package ebm.\npackage ebm\n",
		"ebm/testdata/x.go":               "not Go",
		"plugins/.hidden":                 "",
		"install/requirements.txt":        "",
		"notebooks/01_first_energy.ipynb": "",
	} {
		write(t, filepath.Join(root, name), text)
	}
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// install runs the installer and returns what it said.
func install(t *testing.T, o setup.Options) (string, error) {
	t.Helper()
	var said bytes.Buffer
	o.Stdout, o.Stderr = &said, &said
	err := setup.Run(t.Context(), o)
	return said.String(), err
}

// must is install for what has to succeed.
func must(t *testing.T, o setup.Options) string {
	t.Helper()
	said, err := install(t, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return said
}

// tree lists everything below dir with its time and a hash of its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		id := fmt.Sprint(info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			id += fmt.Sprintf(" %x", sha256.Sum256(data))
		}
		all[path] = id
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestInstallTwiceAndUninstall(t *testing.T) {
	root, above := miniature(t), t.TempDir()
	o := setup.Options{Prefix: filepath.Join(above, "a b"), NoLab: true, Sources: filepath.Join(root, "kernel")}
	l, _ := setup.PrefixLayout(o.Prefix)

	first := must(t, o)
	for _, path := range []string{
		l.Joule(), l.Worker(), l.Sources(), l.Catalog(), l.Kernel("joule"), filepath.Join(l.Lib(), "go.work"), filepath.Join(l.Lib(), "manifest.json"),
	} {
		if !strings.Contains(first, "wrote "+path+"\n") {
			t.Errorf("%s was not reported", path)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, unwanted := range []string{"kernel/joule/main_test.go", "ebm/testdata", "plugins/.hidden", "install"} {
		if _, err := os.Stat(filepath.Join(l.Sources(), unwanted)); err == nil {
			t.Errorf("%s was copied", unwanted)
		}
	}
	checkKernelspec(t, l.Kernel("joule"), l.Joule(), "Go (Joule)")

	before := tree(t, above)
	if second := must(t, o); strings.Contains(second, "wrote") {
		t.Errorf("the second time it wrote something:\n%s", second)
	}
	dry := o
	dry.DryRun, dry.Uninstall = true, true
	must(t, dry)
	if after := tree(t, above); !maps.Equal(before, after) {
		t.Error("the second installation or the dry run of the removal changed a file")
	}

	o.Uninstall = true
	must(t, o)
	if left := tree(t, above); len(left) != 0 {
		t.Errorf("left behind: %v", slices.Sorted(maps.Keys(left)))
	}
	if said := must(t, o); !strings.Contains(said, "Nothing of Joule is installed") {
		t.Errorf("removing nothing: %s", said)
	}
}

func checkKernelspec(t *testing.T, dir, joule, display string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Argv          []string
		DisplayName   string `json:"display_name"`
		Language      string
		InterruptMode string `json:"interrupt_mode"`
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	want := []string{joule, "kernel", "-f", "{connection_file}"}
	if !slices.Equal(spec.Argv, want) || !filepath.IsAbs(spec.Argv[0]) {
		t.Errorf("argv %q, want %q", spec.Argv, want)
	}
	if spec.DisplayName != display || spec.Language != "go" || spec.InterruptMode != "message" {
		t.Errorf("%s", text)
	}
	for name, size := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != size || img.Bounds().Dy() != size {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	above := t.TempDir()
	l, _ := setup.PrefixLayout(filepath.Join(above, "p"))
	said := must(t, setup.Options{Prefix: l.Prefix, NoLab: true, DryRun: true, Sources: miniature(t)})
	if left := tree(t, above); len(left) != 0 {
		t.Errorf("written: %v", left)
	}
	for _, path := range []string{l.Joule(), l.Worker(), l.Kernel("joule")} {
		if !strings.Contains(said, "would write "+path+"\n") {
			t.Errorf("%s is not announced in\n%s", path, said)
		}
	}
}

// A change of the sources is built; a change that does not compile leaves the installation as it was.
func TestReinstall(t *testing.T) {
	root, prefix := miniature(t), filepath.Join(t.TempDir(), "p")
	o := setup.Options{Prefix: prefix, NoLab: true, Sources: root}
	l, _ := setup.PrefixLayout(prefix)
	must(t, o)
	main := filepath.Join(root, "kernel", "joule", "main.go")

	write(t, main, "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"two\") }\n")
	must(t, o)
	says(t, l.Joule(), "two")

	write(t, main, "package main\n\nfunc main() { no }\n")
	if _, err := install(t, o); err == nil || !strings.Contains(err.Error(), "undefined: no") {
		t.Errorf("sources that do not compile: %v", err)
	}
	says(t, l.Joule(), "two")
	if left, _ := filepath.Glob(filepath.Join(l.Lib(), ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	write(t, main, "package main\n\nimport \"os\"\n\nfunc main() { println(\"no luck\"); os.Exit(1) }\n")
	if _, err := install(t, o); err == nil || !strings.Contains(err.Error(), "a first cell failed") {
		t.Errorf("a kernel that does not run: %v", err)
	}
	write(t, main, "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"two\") }\n")
	must(t, o) // the failure before must not pass for an installation
	says(t, l.Joule(), "two")
}

func says(t *testing.T, program, want string) {
	t.Helper()
	if out, err := exec.Command(program).Output(); err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("%s says %q (%v), want %q", program, out, err, want)
	}
}

func TestNames(t *testing.T) {
	root, above := miniature(t), t.TempDir()
	o := setup.Options{Prefix: filepath.Join(above, "p"), NoLab: true, Sources: root}
	l, _ := setup.PrefixLayout(o.Prefix)
	must(t, o)
	o.Name = "joule-dev"
	must(t, o)
	checkKernelspec(t, l.Kernel("joule-dev"), l.Joule(), "Go (joule-dev)")
	o.Uninstall = true
	must(t, o)
	if _, err := os.Stat(l.Kernel("joule-dev")); err == nil {
		t.Error("the kernelspec of the name is still there")
	}
	checkKernelspec(t, l.Kernel("joule"), l.Joule(), "Go (Joule)")
	o.Name = ""
	must(t, o)
	if left := tree(t, above); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Somebody else's files in the same folders stay.
func TestUninstallLeavesOtherFiles(t *testing.T) {
	root, above := miniature(t), t.TempDir()
	o := setup.Options{Prefix: filepath.Join(above, "p"), NoLab: true, Sources: root}
	must(t, o)
	other := filepath.Join(o.Prefix, "bin", "other")
	write(t, other, "")
	o.Uninstall = true
	must(t, o)
	if left := slices.Sorted(maps.Keys(tree(t, o.Prefix))); !slices.Equal(left, []string{filepath.Dir(other), other}) {
		t.Errorf("left: %v", left)
	}
}

// TestUninstallOneOfTwo: what cells were compiled to stays while another installation of the same build can open it, and goes with the
// last of them.
func TestUninstallOneOfTwo(t *testing.T) {
	root, above, cache := miniature(t), t.TempDir(), t.TempDir()
	var layouts []setup.Layout
	var options []setup.Options
	for _, name := range []string{"a", "b"} {
		o := setup.Options{Prefix: filepath.Join(above, name), NoLab: true, Sources: root}
		l, _ := setup.PrefixLayout(o.Prefix)
		must(t, o)
		layouts, options = append(layouts, l), append(options, o)
	}
	program, err := os.ReadFile(layouts[0].Worker())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(layouts[1].Worker(), program, 0o755); err != nil { // the folder is part of what is built
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache) // where the caches of macOS are
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(program)
	plugin := filepath.Join(user, "joule", "plugins", hex.EncodeToString(sum[:8]), "x.so")
	write(t, plugin, "")
	for _, l := range layouts {
		sum := sha256.Sum256([]byte(l.Worker()))
		if err := os.Symlink(l.Worker(), filepath.Join(filepath.Dir(plugin), ".worker-"+hex.EncodeToString(sum[:8]))); err != nil {
			t.Fatal(err)
		}
	}
	for i, o := range options {
		o.Uninstall = true
		said := must(t, o)
		_, err := os.Stat(plugin)
		if last := i == 1; last != errors.Is(err, fs.ErrNotExist) || last == strings.Contains(said, "kept ") {
			t.Errorf("%s: %v\n%s", o.Prefix, err, said)
		}
	}
}

func TestDefaultLayoutIsThatOfTheUser(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_DATA_HOME", "relative/is/ignored")
	t.Setenv("JUPYTER_DATA_DIR", "")
	l, err := setup.DefaultLayout()
	if err != nil || !strings.HasPrefix(l.Prefix, home) || !strings.HasPrefix(l.Kernels, home) {
		t.Errorf("%+v, %v", l, err)
	}
	t.Setenv("JUPYTER_DATA_DIR", filepath.Join(home, "jd"))
	if l, _ := setup.DefaultLayout(); l.Kernels != filepath.Join(home, "jd", "kernels") {
		t.Errorf("JUPYTER_DATA_DIR is ignored: %s", l.Kernels)
	}
}

// problemOf returns the sentence of a Problem; every other error is a failure of the test.
func problemOf(t *testing.T, err error) string {
	t.Helper()
	var p *setup.Problem
	if !errors.As(err, &p) {
		t.Fatalf("error %v, want a Problem", err)
	}
	if strings.Contains(p.Sentence, "\n") {
		t.Errorf("more than one line: %s", p.Sentence)
	}
	return p.Sentence
}

func contains(t *testing.T, sentence string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(sentence, want) {
			t.Errorf("%q is missing in: %s", want, sentence)
		}
	}
}

// forbid makes a folder that nobody may write to. Permissions do not bind root, a file attribute does.
func forbid(t *testing.T, dir string) {
	if os.Geteuid() != 0 {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		return
	}
	if out, err := exec.Command("chattr", "+i", dir).CombinedOutput(); err != nil {
		needs.Skip(t, "root may write everywhere, and chattr does not work here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("chattr", "-i", dir).CombinedOutput(); err != nil {
			t.Errorf("chattr: %v %s", err, out)
		}
	})
}

// onlyOnPath makes a PATH of nothing but the given programs.
func onlyOnPath(t *testing.T, programs ...string) {
	t.Helper()
	bin := t.TempDir()
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			needs.Skip(t, "%s is not here", name)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

// script puts a shell script on PATH.
func script(t *testing.T, name, text string) {
	t.Helper()
	bin := t.TempDir()
	write(t, filepath.Join(bin, name), "#!/bin/sh\n"+text+"\n")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestProblems(t *testing.T) {
	root := miniature(t)
	ok := func(t *testing.T) setup.Options {
		return setup.Options{Prefix: filepath.Join(t.TempDir(), "p"), NoLab: true, Sources: root}
	}
	for _, test := range []struct {
		name  string
		setup func(t *testing.T) setup.Options
		says  []string
	}{
		{"no Go", func(t *testing.T) setup.Options {
			t.Setenv("PATH", t.TempDir())
			return ok(t)
		}, []string{"go command is not on your PATH", "install Go"}},
		{"not in the sources", func(t *testing.T) setup.Options {
			o := ok(t)
			o.Sources = t.TempDir()
			return o
		}, []string{"Joule's sources are not in", "go run ./install"}},
		{"both prefixes", func(t *testing.T) setup.Options {
			o := ok(t)
			o.SysPrefix = true
			return o
		}, []string{"exclude each other"}},
		{"a name that is a path", func(t *testing.T) setup.Options {
			o := ok(t)
			o.Name = "../x"
			return o
		}, []string{`"../x" cannot be the name`}},
		{"a prefix below a file", func(t *testing.T) setup.Options {
			o := ok(t)
			o.Prefix = filepath.Join(root, "go.mod", "p")
			return o
		}, []string{"-prefix DIR"}},
		{"a prefix that may not be written", func(t *testing.T) setup.Options {
			o := ok(t)
			forbid(t, filepath.Dir(o.Prefix))
			return o
		}, []string{"You may not write to", "-prefix DIR"}},
		{"a prefix that cannot be made", func(t *testing.T) setup.Options {
			if _, err := os.Stat("/proc/self"); err != nil {
				needs.Skip(t, "there is no /proc here")
			}
			o := ok(t)
			o.Prefix = "/proc/joule"
			return o
		}, []string{"/proc/joule", "-prefix DIR"}},
		{"no Python", func(t *testing.T) setup.Options {
			o := ok(t)
			onlyOnPath(t, "go")
			o.NoLab = false
			return o
		}, []string{"needs Python 3.10 or newer", "apt install python3-venv", "joule run NOTEBOOK.ipynb` runs notebooks without Python"}},
		{"Python without venv", func(t *testing.T) setup.Options {
			o := ok(t)
			onlyOnPath(t, "go")
			script(t, "python3", "echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1")
			o.NoLab = false
			return o
		}, []string{"No module named 'ensurepip'", "apt install python3-venv", "joule run"}},
		{"no network for the modules", func(t *testing.T) setup.Options {
			o := ok(t)
			o.Sources = needing(t, "gonum.org/v1/gonum", "v0.17.0")
			t.Setenv("GOMODCACHE", filepath.Join(t.TempDir(), "mod"))
			t.Setenv("GOPROXY", "off")
			t.Setenv("GOFLAGS", "-modcacherw")
			return o
		}, []string{"modules that Joule needs could not be downloaded", "connect to the network once"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := test.setup(t)
			said, err := install(t, o)
			if err == nil {
				t.Fatalf("it succeeded:\n%s", said)
			}
			contains(t, problemOf(t, err), test.says...)
		})
	}
}

// needing returns sources whose worker needs a module.
func needing(t *testing.T, module, version string) (root string) {
	root = miniature(t)
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		if file == "go.mod" {
			text = []byte("module joule\n\ngo 1.26.0\n\nrequire " + module + " " + version + "\n")
		}
		write(t, filepath.Join(root, file), string(text))
	}
	write(t, filepath.Join(root, "kernel", "joule-worker", "main.go"), "package main\n\nimport _ \""+module+"/floats\"\n\nfunc main() {}\n")
	return root
}

// Without a C compiler everything is installed, and a sentence says what is missing.
func TestWithoutCCompiler(t *testing.T) {
	o := setup.Options{Prefix: filepath.Join(t.TempDir(), "p"), NoLab: true, Sources: miniature(t)}
	onlyOnPath(t, "go")
	said := must(t, o)
	contains(t, said, "No C compiler was found", "cells are interpreted", "run this again")
	if l, _ := setup.PrefixLayout(o.Prefix); true {
		says(t, l.Worker(), "")
	}
}

// The modules that the person already has are used: with them an installation needs no network.
func TestModulesComeFromTheUsersCache(t *testing.T) {
	root := needing(t, "gonum.org/v1/gonum", "v0.17.0")
	t.Setenv("GOPROXY", "off")
	o := setup.Options{Prefix: filepath.Join(t.TempDir(), "p"), NoLab: true, Sources: root}
	must(t, o)
	l, _ := setup.PrefixLayout(o.Prefix)
	if _, err := os.Stat(filepath.Join(l.Modules(), "gonum.org", "v1", "gonum@v0.17.0")); err != nil {
		t.Error(err)
	}
	o.Uninstall = true
	must(t, o)
}

func TestWhichJupyterLab(t *testing.T) {
	root := miniature(t)
	for _, test := range []struct{ why, says, want string }{
		{"one of version 4 is used", "echo 4.6.6", "jupyter-lab on " + filepath.Join(root, "notebooks")},
		{"one of version 10 too", "echo warning; echo 10.0.1", "jupyter-lab on "},
		{"an old one is not", "echo 3.6.1", "would write"},
		{"one that is broken is not", "exit 1", "would write"},
		{"one that says nothing is not", "", "would write"},
	} {
		script(t, "jupyter-lab", test.says)
		lab, _ := exec.LookPath("jupyter-lab")
		prefix := filepath.Join(t.TempDir(), "p")
		said, err := install(t, setup.Options{Prefix: prefix, DryRun: true, Sources: root})
		if err != nil {
			needs.Skip(t, "no Python here: %v", err)
		}
		private := strings.Contains(said, "would write "+filepath.Join(prefix, "lib", "joule", "venv"))
		if !strings.Contains(said, test.want) || private == strings.Contains(said, "would open "+lab) {
			t.Errorf("%s:\n%s", test.why, said)
		}
	}
}

// JupyterLab is opened on the loopback interface, on the notebooks, and its failure is a sentence.
func TestOpenJupyterLab(t *testing.T) {
	root := miniature(t)
	t.Setenv("BROWSER", "")
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	args := filepath.Join(t.TempDir(), "args")
	script(t, "jupyter-lab", `[ "$1" = --version ] && echo 4.6.6 && exit; printf '%s\n' "$@" >`+args+`; echo "path $JUPYTER_PATH"; exit 3`)
	o := setup.Options{Prefix: filepath.Join(t.TempDir(), "p"), Sources: root}
	said, err := install(t, o)
	contains(t, problemOf(t, err), "JupyterLab ended with status 3")
	l, _ := setup.PrefixLayout(o.Prefix)
	contains(t, said, "There is no display here", "path "+filepath.Dir(l.Kernels))
	text, _ := os.ReadFile(args)
	contains(t, string(text), "--ServerApp.root_dir="+filepath.Join(root, "notebooks")+"\n", "--ServerApp.ip=127.0.0.1\n", "--no-browser\n",
		"--LabApp.default_url=/lab/tree/01_first_energy.ipynb\n")
	for _, never := range []string{"token", "password", "0.0.0.0"} {
		if strings.Contains(string(text), never) {
			t.Errorf("the arguments speak of %q:\n%s", never, text)
		}
	}
}

func TestCtrlCEndsJupyterLab(t *testing.T) {
	root := miniature(t)
	ready := filepath.Join(t.TempDir(), "ready")
	script(t, "jupyter-lab", `[ "$1" = --version ] && echo 4.6.6 && exit; trap 'echo asked to end; exit 0' TERM; touch `+ready+`; while :; do sleep 0.05; done`)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(ready); err == nil {
				stop()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	var said bytes.Buffer
	o := setup.Options{Prefix: filepath.Join(t.TempDir(), "p"), Sources: root, Stdout: &said, Stderr: &said}
	if err := setup.Run(ctx, o); err != nil {
		t.Errorf("%v", err)
	}
	contains(t, said.String(), "asked to end", "JupyterLab has ended.")
}

func TestVenvWithoutNetwork(t *testing.T) {
	if _, err := setup.FindPython(t.Context()); err != nil {
		needs.Skip(t, "no Python here: %v", err)
	}
	file := filepath.Join(t.TempDir(), "requirements.txt")
	write(t, file, "no-such-package-of-joule==1\n")
	for name, value := range map[string]string{
		"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.DevNull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": "",
	} {
		t.Setenv(name, value)
	}
	venv := setup.Venv{Dir: filepath.Join(t.TempDir(), "venv")}
	err := venv.Make(t.Context(), file)
	contains(t, problemOf(t, err), "JupyterLab could not be", "run this again")
	if venv.Ready(file) {
		t.Error("a failed environment counts as ready")
	}
	write(t, file, "")
	if err := venv.Make(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if !venv.Ready(file) {
		t.Error("a good environment does not count as ready")
	}
	write(t, file, "# other requirements\n")
	if venv.Ready(file) {
		t.Error("an environment for other requirements counts as ready")
	}
}
