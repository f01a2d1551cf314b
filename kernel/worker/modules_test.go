package worker_test

import (
	"archive/zip"
	"context"
	"debug/buildinfo"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"joule/install/setup"
	"joule/kernel"
	"joule/kernel/worker"
)

// modules are what a proxy serves: module@version → the files of the module.
type modules map[string]map[string]string

// proxy writes a proxy that is a tree of files, and lets the go command use it and nothing else.
func proxy(t *testing.T, ms modules) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(ms)) {
		path, version, _ := strings.Cut(name, "@")
		at := filepath.Join(dir, filepath.FromSlash(path), "@v")
		write(t, filepath.Join(at, version+".mod"), ms[name]["go.mod"])
		write(t, filepath.Join(at, version+".info"), fmt.Sprintf(`{"Version":%q,"Time":"2024-01-01T00:00:00Z"}`, version))
		list, _ := os.ReadFile(filepath.Join(at, "list"))
		write(t, filepath.Join(at, "list"), string(list)+version+"\n")
		f, err := os.Create(filepath.Join(at, version+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		for _, file := range slices.Sorted(maps.Keys(ms[name])) {
			w, err := z.Create(name + "/" + file)
			if err == nil {
				_, err = w.Write([]byte(ms[name][file]))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOPROXY", "file://"+dir)
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "")
	t.Setenv("GOMODCACHE", filepath.Join(dir, "no-cache"))
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files writes files below dir: name, text, name, text.
func files(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		write(t, filepath.Join(dir, filepath.FromSlash(pairs[i])), pairs[i+1])
	}
}

// ownLibrary is a copy of the installation's library, whose module cache a test may fill.
func ownLibrary(t *testing.T) (l setup.Layout, lib string) {
	t.Helper()
	l = installed(t)
	lib = filepath.Join(t.TempDir(), "lib")
	t.Cleanup(func() { exec.Command("chmod", "-R", "u+w", lib).Run() }) // the go command writes modules read-only
	err := filepath.WalkDir(l.Modules(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(l.Modules(), path)
		if err != nil {
			return err
		}
		to := filepath.Join(lib, "mod", below)
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		// Links do for what the go command never writes twice; it does write the lists of versions.
		if !strings.HasPrefix(below, "cache") && os.Link(path, to) == nil {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
	if err == nil {
		err = os.Symlink(l.Sources(), filepath.Join(lib, "src"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return l, lib
}

// notebookIn is a notebook in dir with a library of its own.
func notebookIn(t *testing.T, l setup.Layout, lib, dir string) *notebook {
	t.Helper()
	e, err := worker.New(worker.Options{Worker: l.Worker(), Lib: lib, Catalog: l.Catalog(), Dir: dir, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(false) })
	return &notebook{t: t, e: e}
}

// step is a cell and what it shows: want is part of it. Before it, do happens.
type step struct {
	why, code, want string
	do              func()
}

func (nb *notebook) steps(steps []step) {
	nb.t.Helper()
	for _, s := range steps {
		if s.do != nil {
			s.do()
		}
		if got := nb.run(s.code); !strings.Contains(got, s.want) || s.want == "" && got != "" {
			nb.t.Errorf("%s:\n%s\n got %q\nwant %q", s.why, s.code, got, s.want)
		}
	}
}

func greeting(version, text string) map[string]string {
	return map[string]string{
		"go.mod":       "module example.com/greet\n\ngo 1.26\n",
		"greet.go":     "package greet\n\nfunc Hello() string { return \"" + text + "\" }\n\ntype G struct{ N int }\n\nfunc (g G) Twice() int { return 2 * g.N }\n",
		"deep/deep.go": "package deep\n\nimport \"example.com/greet\"\n\nfunc Deep() string { return \"deep \" + greet.Hello() }\n",
	}
}

func TestVersionsArePinned(t *testing.T) {
	proxy(t, modules{"example.com/greet@v1.0.0": greeting("v1.0.0", "one"), "example.com/greet@v1.1.0": greeting("v1.1.0", "two"),
		"example.com/other/m@v0.2.0": {"go.mod": "module example.com/other/m\n\ngo 1.26\n\nrequire example.com/greet v1.1.0\n",
			"m.go": "package m\n\nimport \"example.com/greet\"\n\nfunc M() string { return \"m \" + greet.Hello() }\n"}})
	l, lib := ownLibrary(t)
	nb := notebookIn(t, l, lib, t.TempDir())
	nb.steps([]step{
		{why: "nothing yet", code: "%require", want: "nothing is pinned in this notebook\n"},
		{why: "a version", code: "%require example.com/greet@v1.0.0", want: "example.com/greet@v1.0.0\n"},
		{why: "pin and import in one cell", code: "%require example.com/greet@v1.0.0\nimport \"example.com/greet\"\ngreet.Hello()", want: "=> \"one\""},
		{why: "the list can be pasted", code: "%require", want: "%require example.com/greet@v1.0.0\n"},
		{why: "another package of it, in the same version", code: "import \"example.com/greet/deep\"\ndeep.Deep()", want: "=> \"deep one\""},
		{why: "its types are Go's", code: "g := greet.G{21}\ng.Twice()", want: "=> 42"},
		{why: "a loaded package cannot be exchanged", code: "%require example.com/greet@v1.1.0", want: "%require -rebuild example.com/greet@v1.1.0"},
		{why: "nor by way of another module", code: "import \"example.com/other/m\"\nm.M()", want: "greet v1.1.0 instead of v1.0.0, which is loaded"},
		{why: "nothing has changed", code: "g.Twice()", want: "=> 42"},
	})
	got := nb.run("%require -rebuild example.com/greet@v1.1.0")
	for _, want := range []string{"example.com/greet@v1.1.0\n", "\"two\"\n", "\"deep two\"\n", "42\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("after -rebuild there is no %q in %q", want, got)
		}
	}
	nb.steps([]step{
		{why: "values are there", code: "g.N", want: "=> 21"},
		{why: "the new version runs", code: "greet.Hello()", want: "=> \"two\""},
		{why: "what needs the new version works now", code: "import \"example.com/other/m\"\nm.M()", want: "example.com/other/m v0.2.0; the line %require example.com/other/m@v0.2.0 keeps that version\n=> \"m two\""},
		{why: "the latest, several on a line", code: "%require example.com/greet example.com/other/m@v0.2.0", want: "example.com/greet@v1.1.0\nexample.com/other/m@v0.2.0\n"},
		{why: "pins outlive %reset", code: "%reset\nimport \"example.com/greet\"\ngreet.Hello()", want: "=> \"two\""},
		{why: "a pin is taken back", code: "%reset\n%require example.com/other/m@none\n%require", want: "%require example.com/greet@v1.1.0\n"},
	})
	// Another notebook at the same time has another version, and what was compiled for one is not used by the other.
	second := notebookIn(t, l, lib, t.TempDir())
	second.steps([]step{
		{why: "the other version in another notebook", code: "%require example.com/greet@v1.0.0\nimport \"example.com/greet\"\ngreet.Hello()", want: "=> \"one\""},
	})
	nb.steps([]step{{why: "the first has its own", code: "import \"example.com/greet\"\ngreet.Hello()", want: "=> \"two\""}})
}

// TestAPluginThatImportsAModule: it works in the notebook where it was written and in every other one.
func TestAPluginThatImportsAModule(t *testing.T) {
	t.Setenv("JOULE_PLUGINS", t.TempDir())
	proxy(t, modules{"example.com/greet@v1.0.0": greeting("v1.0.0", "one")})
	l, lib := ownLibrary(t)
	code := strings.Replace(valley, "// Valley", "import \"example.com/greet\"\n// Valley", 1)
	code = strings.Replace(code, "x.Norm()", "x.Norm().Add(float64(greet.G{}.Twice()))", 1)
	notebookIn(t, l, lib, t.TempDir()).steps([]step{{why: "written", code: code, want: "plugin valley is registered"}, {why: "used", code: at, want: "true"}})
	notebookIn(t, l, lib, t.TempDir()).steps([]step{{why: "used elsewhere", code: at, want: "true"}})
}

func TestWhatCannotBeRequired(t *testing.T) {
	proxy(t, modules{
		"example.com/greet@v1.0.0": greeting("v1.0.0", "one"),
		"example.com/bad@v1.0.0":   {"go.mod": "module example.com/bad\n\ngo 1.26\n", "bad.go": "package bad\n\nvar X int = \"no\"\n"},
		"example.com/prog@v1.0.0": {"go.mod": "module example.com/prog\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n",
			"internal/in/in.go": "package in\n", "never/never.go": "//go:build never\n\npackage never\n",
			"a/a.go": "package a\n\nimport _ \"example.com/prog/b\"\n", "b/b.go": "package b\n\nimport _ \"example.com/prog/a\"\n"},
		"example.com/new@v1.0.0": {"go.mod": "module example.com/new\n\ngo 1.99\n", "new.go": "package new\n"},
	})
	l, lib := ownLibrary(t)
	dir := t.TempDir()
	nb := notebookIn(t, l, lib, dir)
	nb.run("x := 7")
	nb.run("%require example.com/greet@v1.0.0")
	before := nb.run("%require")
	for _, s := range []step{
		{why: "no such module", code: "%require example.com/nope@v1.0.0", want: "error RequireError: go: example.com/nope@v1.0.0: reading "},
		{why: "no such version", code: "%require example.com/greet@v9.9.9", want: "error RequireError: go: example.com/greet@v9.9.9: "},
		{why: "no such package", code: "import \"example.com/greet/none\"", want: "does not contain package example.com/greet/none"},
		{why: "an import of nothing", code: "import \"example.com/nope\"", want: "error ImportError: "},
		{why: "a package with errors", code: "import \"example.com/bad\"", want: "cannot use \"no\" (untyped string constant) as int value"},
		{why: "a program", code: "import \"example.com/prog\"", want: "is a program, not an importable package"},
		{why: "an internal package", code: "import \"example.com/prog/internal/in\"", want: "is internal to its module"},
		{why: "excluded files", code: "import \"example.com/prog/never\"", want: "build constraints exclude all Go files in example.com/prog@v1.0.0/never"},
		{why: "a cycle", code: "import \"example.com/prog/a\"", want: "import cycle not allowed"},
		{why: "a newer Go", code: "%require example.com/new@v1.0.0", want: "requires go >= 1.99"},
		{why: "a standard package that does not exist", code: "import \"no/such\"", want: "error CompileError"},
		{why: "a folder that is none", code: "%require example.com/x => ./none", want: "is not a directory"},
		{why: "a folder without go.mod", code: "%require example.com/x => .", want: "there is no go.mod in " + dir},
		{why: "no version", code: "%require example.com/greet@", want: "\"\" is no version of a module"},
		{why: "a flag as a version", code: "%require example.com/greet@-x", want: "is no version"},
		{why: "a flag as a path", code: "%require -mod=mod", want: "is no path of a module"},
		{why: "climbing", code: "%require example.com/../greet@v1.0.0", want: "is no path of a module"},
		{why: "everything", code: "%require example.com/...@v1.0.0", want: "is no path of a module"},
		{why: "all", code: "%require all", want: "is no module that can be had from elsewhere"},
		{why: "the standard library", code: "%require fmt", want: "is no module that can be had from elsewhere"},
		{why: "unicode", code: "%require exämple.com/grüß@v1.0.0", want: "is no path of a module"},
		{why: "Joule", code: "%require joule => .", want: "is Joule itself"},
		{why: "nothing after the arrow", code: "%require example.com/x =>", want: "a directory follows the =>"},
		{why: "nothing before it", code: "%require => .", want: "the path of a module stands before =>"},
		{why: "a version and a folder", code: "%require example.com/x@v1.0.0 => .", want: "not both"},
		{why: "twice", code: "%require example.com/greet@v1.0.0 example.com/greet@v1.0.0", want: "stands there twice"},
		{why: "a pin that is none", code: "%require example.com/none@none", want: "is not pinned"},
		{why: "below the code", code: "y := 1\n%require example.com/greet@v1.0.0", want: "stands above its code"},
	} {
		got := nb.run(s.code)
		if !strings.Contains(got, s.want) {
			t.Errorf("%s: %s\n got %q\nwant %q", s.why, s.code, got, s.want)
		}
		for _, hidden := range []string{"joule-session", lib, "next"} {
			if strings.Contains(got, hidden) {
				t.Errorf("%s: %s is seen in %q", s.why, hidden, got)
			}
		}
		if now := nb.run("%require"); now != before {
			t.Errorf("%s: the pins are %q, not %q", s.why, now, before)
		}
	}
	nb.steps([]step{
		{why: "the session is untouched", code: "x", want: "=> 7"},
		{why: "and can import", code: "import \"example.com/greet\"\ngreet.Hello()", want: "=> \"one\""},
	})
}

func TestModulesInFolders(t *testing.T) {
	proxy(t, modules{})
	l, lib := ownLibrary(t)
	dir := t.TempDir()
	here := filepath.Join(dir, "notebooks")
	loc := filepath.Join(dir, "my loc ü")
	files(t, loc, "go.mod", "module example.com/loc\n\ngo 1.26\n", "loc.go", "package loc\n\nfunc V() int { return 1 }\n",
		"emb/emb.go", "package emb\n\nimport _ \"embed\"\n\n//go:embed none.txt\nvar files string\n",
		"emb/ok/ok.go", "package ok\n\nimport _ \"embed\"\n\n//go:embed a.txt\nvar Text string\n", "emb/ok/a.txt", "embedded")
	if err := os.MkdirAll(here, 0o755); err != nil {
		t.Fatal(err)
	}
	nb := notebookIn(t, l, lib, here)
	edit := func(n string) func() {
		return func() {
			write(t, filepath.Join(loc, "loc.go"), "package loc\n\nfunc V() int { return "+n+" }\n\n// "+strings.Repeat("x", len(n))+n+"\n")
		}
	}
	nb.steps([]step{
		{why: "a folder with a blank and an umlaut", code: "%require example.com/loc => \"../my loc ü\"", want: "example.com/loc => \"" + loc + "\"\n"},
		{why: "edits before the first use are seen", do: edit("22"), code: "%require example.com/loc=>'../my loc ü'\nimport \"example.com/loc\"\nloc.V()", want: "=> 22"},
		{why: "the pin alone", code: "%require '../my loc ü'", want: "example.com/loc => "},
		{why: "files are embedded", code: "import \"example.com/loc/emb/ok\"\nok.Text", want: "=> \"embedded\""},
		{why: "a mistake is shown where it is", code: "import \"example.com/loc/emb\"", want: filepath.Join(loc, "emb", "emb.go") + ":5:12"},
		{why: "what is loaded stays, also for code that is compiled after an edit", do: edit("333"), code: "type T struct{ n int }\nfunc (t T) f() int { return t.n + loc.V() }\nT{1}.f()", want: "=> 23"},
		{why: "an import of it says so", code: "import \"example.com/loc\"\nloc.V()", want: "example.com/loc has changed since it was read (loc.go)"},
		{why: "requiring it needs a new process", code: "%require '../my loc ü'", want: "example.com/loc (its files have changed), which is loaded"},
	})
	got := nb.run("%require -rebuild")
	if !strings.Contains(got, "334\n") || strings.Contains(got, "error") {
		t.Errorf("-rebuild: %q", got)
	}
	nb.steps([]step{
		{why: "the edit is there", code: "loc.V()", want: "=> 333"},
		{why: "nothing more to do", code: "%require -rebuild '../my loc ü'\nT{2}.f()", want: "=> 335"},
		{why: "after a death too", code: "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)", want: "WorkerDied"},
		{why: "what was loaded is lost", do: edit("4444"), code: "%require '../my loc ü'\nloc.V()", want: "=> 4444"},
		{why: "a mistake in an edit", do: func() { write(t, filepath.Join(loc, "loc.go"), "package loc\n\nfunc V() int { return \"\" }\n") },
			code: "%reset\nimport \"example.com/loc\"", want: filepath.Join(loc, "loc.go") + ":3:23"},
		{why: "a folder that is gone", do: func() { os.RemoveAll(loc) }, code: "%reset\nimport \"example.com/loc\"", want: "error ImportError"},
	})
}

func TestTheModuleOfTheNotebook(t *testing.T) {
	proxy(t, modules{"example.com/greet@v1.0.0": greeting("v1.0.0", "one"), "example.com/greet@v1.1.0": greeting("v1.1.0", "two")})
	l, lib := ownLibrary(t)
	dir := t.TempDir()
	goMod := "module myproject\n\ngo 1.26\n\nrequire example.com/greet v1.0.0\nrequire example.com/side v0.0.0\n\n" +
		"replace example.com/side => \"./si de\"\nreplace golang.org/x/sys => ./sys\n"
	files(t, dir, "go.mod", goMod, "util/util.go", "package util\n\nimport (\n\t\"example.com/greet\"\n\t\"example.com/side\"\n)\n\nfunc U() string { return greet.Hello() + side.S }\n",
		"si de/go.mod", "module example.com/side\n\ngo 1.26\n", "si de/side.go", "package side\n\nconst S = \" side\"\n",
		"cgo/cgo.go", "package cgo\n\n// #include \"include/n.h\"\nimport \"C\"\n\nfunc N() int { return int(C.N) }\n", "cgo/include/n.h", "enum { N = 17 };\n",
		"effect/effect.go", "package effect\n\nimport \"os\"\n\nfunc init() { os.Setenv(\"EFFECT\", \"seen\") }\n",
		"energy/e.go", "package energy2\n\nimport \"joule/ebm\"\n\nfunc Ring() *ebm.Energy { return nil }\n",
		"a/b/c/.keep", "")
	nb := notebookIn(t, l, lib, filepath.Join(dir, "a", "b", "c"))
	nb.steps([]step{
		{why: "a package of the module, whose path has no server", code: "import \"myproject/util\"\nutil.U()", want: "=> \"one side\""},
		{why: "a replacement", code: "import \"example.com/side\"\nside.S", want: "=> \" side\""},
		{why: "what it requires, in its version", code: "import \"example.com/greet\"\ngreet.Hello()", want: "=> \"one\""},
		{why: "nothing of it is a pin", code: "%require", want: "nothing is pinned"},
		{why: "cgo with a header in a folder", code: "import \"myproject/cgo\"\ncgo.N()", want: "=> 17"},
		{why: "for its effect", code: "import _ \"myproject/effect\"", want: "Getting"},
		{why: "which it has", code: "import \"os\"\nos.Getenv(\"EFFECT\")", want: "=> \"seen\""},
		{why: "with a dot", code: "import . \"myproject/util\"\nU()", want: "=> \"one side\""},
		{why: "a package that is not there", code: "import \"myproject/none\"", want: "myproject/none"},
	})
	if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || string(text) != goMod {
		t.Errorf("go.mod was written: %s %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.sum")); err == nil {
		t.Error("go.sum was written")
	}
	var names []string
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { names = append(names, path); return nil })
	for _, n := range names {
		if strings.HasSuffix(n, ".sum") || strings.HasSuffix(n, ".work") {
			t.Errorf("%s was written", n)
		}
	}
}

func TestAnInterruptEndsADownload(t *testing.T) {
	proxy(t, modules{})
	t.Setenv("GOPROXY", slow(t))
	l, lib := ownLibrary(t)
	nb := notebookIn(t, l, lib, t.TempDir())
	for _, code := range []string{"import \"example.com/slow\"", "%require example.com/slow@v1.0.0", "%require -rebuild example.com/slow"} {
		ctx, cancel := context.WithCancel(t.Context())
		asked = cancel
		r := nb.e.Execute(ctx, kernel.Cell{Code: code, Number: 1}, &transcript{})
		cancel()
		if r.Err == nil || r.Err.Name != "Interrupted" {
			t.Errorf("%s: %v", code, r.Err)
		}
	}
	if got := nb.run("1 + 1"); got != "=> 2\n" {
		t.Errorf("afterwards: %q", got)
	}
}

// TestOthersGoOnDuringADownload: a cell that waits for a module keeps nobody waiting but itself, and ends when the kernel does.
func TestOthersGoOnDuringADownload(t *testing.T) {
	proxy(t, modules{})
	t.Setenv("GOPROXY", slow(t))
	l, lib := ownLibrary(t)
	nb := notebookIn(t, l, lib, t.TempDir())
	waiting, ended := make(chan struct{}, 100), make(chan kernel.Result)
	asked = func() { waiting <- struct{}{} }
	go func() {
		ended <- nb.e.Execute(t.Context(), kernel.Cell{Code: "import \"example.com/slow\"", Number: 1}, &transcript{})
	}()
	<-waiting
	nb.steps([]step{{why: "another cell", code: "import \"fmt\"\nx := 3\nfmt.Println(x)", want: "3\n"}})
	if c := nb.e.Complete(t.Context(), "fmt.Printl", 10); len(c.Matches) != 1 {
		t.Errorf("completion: %v", c)
	}
	nb.e.Close(false)
	if r := <-ended; r.Err == nil {
		t.Error("the cell ended without an error")
	}
}

// slow is a proxy that takes every request and answers none: it calls asked.
func slow(t *testing.T) string {
	t.Helper()
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked()
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	}))
	t.Cleanup(func() { close(ended); s.Close() })
	return s.URL
}

// asked is called by the proxy slow.
var asked func()

// TestTheWorkerIsBuiltAgain: a module needs a newer version of one that the worker is made of. The newer version is that of the
// worker with one more file.
func TestTheWorkerIsBuiltAgain(t *testing.T) {
	l, lib := ownLibrary(t)
	info, err := buildinfo.ReadFile(l.Worker())
	if err != nil {
		t.Fatal(err)
	}
	have := ""
	for _, m := range info.Deps {
		if m.Path == "golang.org/x/sys" {
			have = m.Version
		}
	}
	if have == "" {
		t.Fatal("the worker is not made of golang.org/x/sys: choose another module")
	}
	const newer = "v0.999.0"
	sys := map[string]string{"newer/newer.go": "package newer\n\nconst Newer = true\n"}
	root := filepath.Join(l.Modules(), "golang.org", "x", "sys@"+have)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		sys[filepath.ToSlash(below)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	proxy(t, modules{"golang.org/x/sys@" + newer: sys, "example.com/needs@v1.0.0": {
		"go.mod":   "module example.com/needs\n\ngo 1.26\n\nrequire golang.org/x/sys " + newer + "\n",
		"needs.go": "package needs\n\nimport (\n\t\"golang.org/x/sys/newer\"\n\t\"golang.org/x/sys/unix\"\n)\n\nfunc Pid() (int, bool) { return unix.Getpid(), newer.Newer }\n"}})
	t.Setenv("XDG_CACHE_HOME", cacheFor(t))
	nb := notebookIn(t, l, lib, t.TempDir())
	nb.patience = 10 * patience // a program is built
	nb.steps([]step{
		{why: "types and values", code: "type P struct{ X int }\nfunc (p P) Double() int { return 2 * p.X }\nfunc add(a, b int) int { return a + b }"},
		{why: "a value", code: "p := P{add(20, 1)}"},
		{why: "a cell that fails is not run again", code: "panic(\"no\")", want: "error Panic"},
		{why: "it is refused, with the way out", code: "import \"example.com/needs\"", want: "this needs golang.org/x/sys " + newer + " instead of " + have +
			", which the process that runs the cells is made of. The line `%require -rebuild example.com/needs@v1.0.0` builds a process with it"},
		{why: "nothing has changed", code: "p.Double()", want: "=> 42"},
		{why: "as a pin too", code: "%require example.com/needs", want: "%require -rebuild example.com/needs"},
		{why: "and can be compiled", code: "type Q struct{ P }\nQ{p}.Double()", want: "=> 42"},
	})
	interruptAt(t, nb, "Building", "%require -rebuild example.com/needs@v1.0.0")
	nb.steps([]step{{why: "an interrupted build leaves everything as it was", code: "p.Double()", want: "=> 42"}})

	// Two notebooks at once, which build the same.
	other := notebookIn(t, l, lib, t.TempDir())
	said := make(chan string)
	go func() {
		out := &transcript{}
		r := other.e.Execute(t.Context(), kernel.Cell{Number: 1, Code: "%require -rebuild example.com/needs@v1.0.0\nimport \"example.com/needs\"\n_, ok := needs.Pid()\nif !ok { panic(1) }"}, out)
		said <- fmt.Sprint(r.Err, out)
	}()
	got := nb.run("%require -rebuild example.com/needs@v1.0.0\nimport \"example.com/needs\"\npid, ok := needs.Pid()\nok && pid > 0")
	if got := <-said; !strings.HasPrefix(got, "<nil>") {
		t.Errorf("the notebook beside: %s", got)
	}
	if !strings.Contains(got, "Building the program that runs the cells with golang.org/x/sys "+newer) || !strings.HasSuffix(got, "=> true\n") {
		t.Fatalf("-rebuild: %q", got)
	}
	nb.steps([]step{
		{why: "values are there again", code: "p.Double()", want: "=> 42"},
		{why: "what is preloaded works", code: "e := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() })\nm, _ := ebm.Resolve(e, 2)\nm.At(3, 4)", want: "=> 25"},
		{why: "and after a death", code: "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)", want: "WorkerDied"},
		{why: "the same worker starts", code: "needs.Pid()", want: "true"},
		{why: "and after %reset", code: "%reset\nimport \"example.com/needs\"\n_, ok := needs.Pid()\nok", want: "=> true"},
	})
	// The next notebook finds the worker built.
	second := notebookIn(t, l, lib, t.TempDir())
	got = second.run("%require -rebuild example.com/needs@v1.0.0\nimport \"example.com/needs\"\n_, ok := needs.Pid()\nok")
	if strings.Contains(got, "Building") || !strings.HasSuffix(got, "=> true\n") {
		t.Errorf("a second notebook: %q", got)
	}
}

// interruptAt runs a cell and interrupts it when it has said a word.
func interruptAt(t *testing.T, nb *notebook, word, code string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), max(patience, nb.patience))
	defer cancel()
	out := &transcript{seen: make(chan struct{}, 1)}
	go func() {
		for range out.seen {
			if strings.Contains(out.String(), word) {
				cancel()
			}
		}
	}()
	nb.n++
	r := nb.e.Execute(ctx, kernel.Cell{Code: code, Number: nb.n}, out)
	if r.Err == nil || r.Err.Name != "Interrupted" || !strings.Contains(out.String(), word) {
		t.Errorf("%s: %v, having said %q", code, r.Err, out)
	}
}

// cacheFor is an empty folder for what the kernel keeps, with the compiler's own cache left where it is.
func cacheFor(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(out)))
	return t.TempDir()
}
