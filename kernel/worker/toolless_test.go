package worker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"joule/kernel/worker"
)

// interpreted is what needs no compiler, and what it shows.
var interpreted = []step{
	{why: "functions and statements", code: "import (\"fmt\"; \"strings\"; \"sort\")\nfunc f(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn f(n-1) + f(n-2)\n}\nfmt.Println(f(12), strings.ToUpper(\"x\"))", want: "144 X\n"},
	{why: "variables, closures, the standard library", code: "xs := []int{3, 1, 2}\nsort.Ints(xs)\nadd := func(a, b int) int { return a + b }\nadd(xs[0], xs[2])", want: "=> 4"},
	{why: "the library", code: "e := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() })\nm, _ := ebm.Resolve(e, 2)\nm.At(3, 4)", want: "=> 25"},
	{why: "what runs for long is not compiled, and runs", code: "s := 0\nfor i := 0; i < 3000000; i++ {\n\ts += f(1)\n}\ns", want: "=> 3000000"},
	{why: "a panic", code: "xs[f(4)]", want: "index out of range"},
	{why: "magics", code: "%plan 2", want: "interpreted"},
}

// TestWithoutACompiler: the parts that compile cells are missing, each in a way of its own; cells that need none run, the others
// say what they need, and work once it is there.
func TestWithoutACompiler(t *testing.T) {
	l := installed(t)
	gc, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	if gc, err = filepath.EvalSymlinks(gc); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	noSources := filepath.Join(t.TempDir(), "lib")
	if err := os.MkdirAll(filepath.Join(noSources, "mod"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, lib, want string
		set             map[string]string
		on              map[string]string // PATH holds nothing but these: name → what it links to, or a script
	}{
		{name: "no go", want: "the go command is not on PATH; install " + runtime.Version(), on: map[string]string{}},
		{name: "no cc", want: "which links compiled cells, is not on PATH", on: map[string]string{"go": gc}},
		{name: "GOROOT has moved", want: "GOROOT", set: map[string]string{"GOROOT": filepath.Join(t.TempDir(), "gone")}},
		{name: "another Go", want: "the go command is go1.1; run the installer again", on: map[string]string{"go": "#!/bin/sh\necho '{\"GOVERSION\":\"go1.1\"}'\n"}},
		{name: "a go that is none", want: "does not run", on: map[string]string{"go": "#!/bin/sh\necho broken >&2\nexit 3\n"}},
		{name: "no sources", lib: noSources, want: "the installation has lost " + filepath.Join(noSources, "src", "go.mod") + "; run the installer again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.set {
				t.Setenv(name, value)
			}
			if test.on != nil {
				bin := t.TempDir()
				for name, what := range test.on {
					if strings.HasPrefix(what, "#!") {
						err = os.WriteFile(filepath.Join(bin, name), []byte(what), 0o755)
					} else {
						err = os.Symlink(what, filepath.Join(bin, name))
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				t.Setenv("PATH", bin)
			}
			lib := l.Lib()
			if test.lib != "" {
				lib = test.lib
			}
			nb := notebookIn(t, l, lib, t.TempDir())
			nb.steps(interpreted)
			nb.steps([]step{
				{why: "a type is refused, by name", code: "type T struct{ n int }", want: "this cell has to be compiled: type T (types are compiled)"},
				{why: "with what it needs", code: "type T struct{ n int }", want: test.want},
				{why: "a module too", code: "import \"example.com/m\"", want: test.want},
				{why: "and a pin", code: "%require example.com/m@v1.0.0", want: test.want},
				{why: "the session is as it was", code: "f(5) + xs[0]", want: "=> 6"},
			})
			if test.on != nil { // it was installed meanwhile
				os.Setenv("PATH", path)
				nb.steps([]step{{why: "now it is there", code: "type T struct{ n int }\nfunc (t T) Twice() int { return 2 * t.n }\nT{21}.Twice()", want: "=> 42"}})
			}
		})
	}
}

func TestWithoutACatalog(t *testing.T) {
	l := installed(t)
	_, err := worker.New(worker.Options{Worker: l.Worker(), Lib: l.Lib(), Catalog: filepath.Join(t.TempDir(), "gone"), Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "run the installer again") {
		t.Errorf("New: %v", err)
	}
}
