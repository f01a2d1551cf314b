package worker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatIsBesideTheNotebook: what the go command would find beside the notebook and in its settings, well or badly made. Whatever
// it is, cells that need none of it work.
func TestWhatIsBesideTheNotebook(t *testing.T) {
	proxy(t, modules{"example.com/greet@v1.0.0": greeting("v1.0.0", "one"), "example.com/greet@v1.1.0": greeting("v1.1.0", "two"),
		"example.com/fork@v0.1.0": {"go.mod": "module example.com/fork\n\ngo 1.26\n", "greet.go": "package greet\n\nfunc Hello() string { return \"fork\" }\n"}})
	l, lib := ownLibrary(t)
	const hello = "import \"example.com/greet\"\ngreet.Hello()"
	settings := filepath.Join(t.TempDir(), "env")
	write(t, settings, "GOFLAGS=-mod=mod\nGOTOOLCHAIN=go1.99.0\n")
	requires := "module example.com/here\n\ngo 1.26\n\nrequire example.com/greet v1.0.0\n"
	for _, test := range []struct {
		why   string
		env   map[string]string
		files []string
		steps []step
	}{
		{why: "nothing", steps: []step{{why: "the latest", code: hello, want: "=> \"two\""}}},
		{why: "a go.mod that requires", files: []string{"../go.mod", requires}, steps: []step{{why: "its version", code: hello, want: "=> \"one\""},
			{why: "a pin goes before it", code: "%reset\n%require example.com/greet@v1.1.0\n" + hello, want: "=> \"two\""}}},
		{why: "a replacement by another module", files: []string{"go.mod", requires + "replace example.com/greet => example.com/fork v0.1.0\n"},
			steps: []step{{why: "the other", code: hello, want: "=> \"fork\""}}},
		{why: "a replacement of one version", files: []string{"go.mod", requires + "replace example.com/greet v1.0.0 => ./own\n",
			"own/go.mod", "module example.com/greet\n", "own/g.go", "package greet\n\nfunc Hello() string { return \"own\" }\n"},
			steps: []step{{why: "the folder", code: hello, want: "=> \"own\""}}},
		{why: "an excluded version", files: []string{"go.mod", "module example.com/here\n\ngo 1.26\n\nexclude example.com/greet v1.1.0\n"},
			steps: []step{{why: "the one before", code: hello, want: "=> \"one\""}}},
		{why: "a workspace", files: []string{"../go.work", "go 1.26\n\nuse (\n\t./a\n\t./b\n)\n", "../a/go.mod", "module example.com/a\n\ngo 1.26\n",
			"../a/a.go", "package a\n\nimport \"example.com/b\"\n\nfunc A() string { return \"a\" + b.B }\n",
			"../b/go.mod", "module example.com/b\n\ngo 1.26\n", "../b/b.go", "package b\n\nconst B = \"b\"\n"},
			steps: []step{{why: "its modules see each other", code: "import \"example.com/a\"\na.A()", want: "=> \"ab\""}}},
		{why: "a workspace that is switched off", env: map[string]string{"GOWORK": "off"},
			files: []string{"../go.work", "nonsense", "go.mod", requires}, steps: []step{{why: "the go.mod alone", code: hello, want: "=> \"one\""}}},
		{why: "flags", env: map[string]string{"GOFLAGS": "-mod=mod -trimpath -tags=x"}, files: []string{"go.mod", requires},
			steps: []step{{why: "its version, and a word on tags", code: hello, want: "GOFLAGS=-tags=x is not used: cells are compiled as the program that runs them was\n=> \"one\""}}},
		{why: "settings of go env -w", env: map[string]string{"GOENV": settings, "GOFLAGS": ""}, files: []string{"go.mod", requires},
			steps: []step{{why: "its version", code: hello, want: "=> \"one\""}}},
		{why: "a vendor folder", env: map[string]string{"GOFLAGS": "-mod=vendor"}, files: []string{"go.mod", requires, "vendor/modules.txt", "# example.com/greet v1.0.0\n"},
			steps: []step{{why: "said", code: hello, want: "the vendor folder of example.com/here is not used"}}},
		{why: "a go.mod that is none", files: []string{"go.mod", "nonsense here\n"}, steps: []step{{why: "its error, with its place", code: hello, want: "go.mod:1: unknown directive: nonsense"}}},
		{why: "a go.mod for a later Go", files: []string{"go.mod", "module example.com/here\n\ngo 1.99\n"},
			steps: []step{{why: "its error", code: hello, want: "go >= 1.99"}}},
		{why: "a module that is missing", files: []string{"go.mod", requires + "require example.com/gone v1.0.0\n"},
			steps: []step{{why: "nobody asks for it, as with go run", code: hello, want: "=> \"one\""},
				{why: "asked for, its error", code: "import \"example.com/gone/p\"", want: "example.com/gone@v1.0.0"}}},
		{why: "Joule's own name", files: []string{"go.mod", "module joule\n\ngo 1.26\n\nrequire example.com/greet v1.0.0\n", "ebm/no.go", "package ebm\n"},
			steps: []step{{why: "a go.mod of Joule is none", code: hello, want: "=> \"two\""}}},
		{why: "a module that uses the library", files: []string{"go.mod", "module example.com/here\n\ngo 1.26\n\nrequire joule v0.0.0\n\nreplace joule => ../elsewhere\n",
			"ring/ring.go", "package ring\n\nimport \"joule/ebm\"\n\nfunc Ring() *ebm.Model { return ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm() }) }\n"},
			steps: []step{{why: "that of the worker", code: "import \"example.com/here/ring\"\nring.Ring().At(3, 4)", want: "=> 5"}}},
		{why: "a network that is not there", env: map[string]string{"GOPROXY": "http://127.0.0.1:1"}, steps: []step{
			{why: "said at once", code: "import \"example.com/never/seen\"", want: "(the module's server cannot be reached; modules that were used before need no network)"},
			{why: "what was had before needs none", code: "%require example.com/greet@v1.1.0\n" + hello, want: "=> \"two\""}}},
		{why: "no proxy", env: map[string]string{"GOPROXY": "off"}, steps: []step{
			{why: "its words", code: "import \"example.com/never/seen\"", want: "module lookup disabled by GOPROXY=off"}}},
		{why: "settings of the notebook", env: map[string]string{"GOPROXY": "off"}, steps: []step{
			{why: "%env", code: "%env GOPROXY=http://127.0.0.1:1", want: ""},
			{why: "counts from then on", code: "import \"example.com/never/seen\"", want: "127.0.0.1:1"}}},
		{why: "modules switched off", env: map[string]string{"GO111MODULE": "off"}, files: []string{"go.mod", requires},
			steps: []step{{why: "the latest", code: hello, want: "=> \"two\""}}},
		{why: "links, other modules and what is no Go in a folder", files: []string{"loc/go.mod", "module example.com/loc\n\ngo 1.26\n", "loc/loc.go", "package loc\n\nconst L = 1\n",
			"loc/inner/go.mod", "module example.com/loc/inner\n", "loc/inner/broken.go", "nonsense", "loc/.hidden/x.go", "nonsense", "loc/testdata/x.go", "nonsense",
			"loc/_no/x.go", "nonsense", "loc/sub/broken.go", "package sub\n\nvar x int = \"\"\n", "loc/bad/bad.go", "nonsense"},
			steps: []step{{why: "what can be read is", code: "%require example.com/loc => loc\nimport \"example.com/loc\"\nloc.L", want: "=> 1"},
				{why: "what cannot says so", code: "import \"example.com/loc/bad\"", want: filepath.Join("loc", "bad", "bad.go") + ":1:1: expected 'package'"},
				{why: "another module is another", code: "import \"example.com/loc/inner\"", want: "error ImportError"}}},
		{why: "an import of what imports the notebook's cells", files: []string{"loc/go.mod", "module example.com/loc\n", "loc/l.go", "package loc\n\nimport _ \"joule.session/x\"\n"},
			steps: []step{{why: "refused", code: "%require ./loc\nimport \"example.com/loc\"", want: "error ImportError"}}},
		{why: "a package that panics when it is loaded", files: []string{"go.mod", "module example.com/here\n", "p/p.go", "package p\n\nfunc init() { panic(\"at the start\") }\n\nconst P = 1\nvar V = 2\n"},
			steps: []step{{why: "said", code: "import \"example.com/here/p\"\np.V", want: "at the start"}}},
	} {
		t.Run(test.why, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			dir := filepath.Join(t.TempDir(), "notebooks")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			files(t, dir, test.files...)
			before := tree(t, filepath.Dir(dir))
			nb := notebookIn(t, l, lib, dir)
			nb.steps([]step{{why: "a cell that needs nothing", code: "type T struct{ n int }\nfunc (t T) f() int { return t.n }\nT{7}.f()", want: "=> 7"}})
			nb.steps(test.steps)
			nb.steps([]step{{why: "and afterwards", code: "type U struct{ n int }\nfunc (u U) f() int { return u.n }\nU{8}.f()", want: "=> 8"}})
			if after := tree(t, filepath.Dir(dir)); after != before {
				t.Errorf("files were written: %s\nbefore: %s", after, before)
			}
		})
	}
}

// tree is the names and contents of all files below dir.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		b.WriteString(path + "\x00" + string(text) + "\x00")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
