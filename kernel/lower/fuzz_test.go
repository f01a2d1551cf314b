package lower

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"joule/kernel/catalog"
	"joule/kernel/session"
)

var cat *catalog.Catalog

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "catalog")
	if err == nil {
		patterns := append([]string{"joule/kernel/cell", "bufio", "bytes", "context", "encoding/json", "math", "math/rand", "os", "reflect", "runtime",
			"slices", "maps", "strconv", "strings", "sync", "sync/atomic", "time", "unsafe", "iter", "cmp", "math/bits", "math/cmplx"}, usual...)
		err = catalog.Write(filepath.Join(dir, "c"), ".", nil, patterns...)
	}
	if err == nil {
		cat, err = catalog.Open(filepath.Join(dir, "c"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// compiled is an importer of what was lowered for the compiler so far, and of the catalog.
type compiled map[string]*types.Package

func (c compiled) Import(path string) (*types.Package, error) {
	if p := c[path]; p != nil {
		return p, nil
	}
	return cat.Import(path)
}

// add type-checks a package as the compiler would.
func (c compiled) add(path, source string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("go/types: %v", p)
		}
	}()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "lowered.go", source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var all []error
	conf := types.Config{GoVersion: "go1.26", Importer: c, Error: func(err error) { all = append(all, err) }}
	p, _ := conf.Check(path, fset, []*ast.File{file}, nil)
	if c[path] = p; len(all) > 10 {
		all = all[:10]
	}
	return errors.Join(all...)
}

// programs are the sources of cells to lower: the engine's scripts, cell by cell, and programs of the Go distribution's tests.
func programs(t testing.TB, each int) (list [][]string) {
	t.Helper()
	scripts, _ := filepath.Glob("../worker/testdata/*.txt")
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n=== ")[1:] {
			_, part, _ = strings.Cut(part, "\n")
			var cells []string
			for _, cell := range strings.Split(part, "\n+++\n") {
				cell, _, _ = strings.Cut(cell, "\n---")
				cells = append(cells, cell)
			}
			list = append(list, cells)
		}
	}
	files, _ := filepath.Glob(filepath.Join(build.Default.GOROOT, "test", "*", "*.go"))
	for i, name := range files {
		if text, err := os.ReadFile(name); err == nil && len(text) < 3000 && i%each == 0 {
			list = append(list, []string{string(text)})
		}
	}
	return list
}

// lowered lowers the cells that check, one after the other, in both ways, and type-checks what is for the compiler.
func lowered(t *testing.T, cells []string) {
	s := session.New(cat, nil)
	packages := compiled{}
	for i, src := range cells {
		if _, ds := s.Check(i+1, src); len(ds) > 0 {
			continue
		}
		for _, compile := range []bool{true, false} { // the last is what stays
			c, ds := s.Check(i+1, src) // lowering uses a cell up
			if len(ds) > 0 {
				t.Fatalf("cell %d checks once: %v\n%s", i+1, ds, src)
			}
			p, err := Cell(c, How{Compile: compile, Why: "a test"})
			if err != nil {
				t.Fatalf("cell %d: %v\n%s", i+1, err, src)
			}
			for _, pkg := range p.Packages {
				if err := packages.add(pkg.Path, pkg.Source); err != nil {
					t.Errorf("cell %d, compile is %v: %v\n%s\n\nis lowered to\n\n%s", i+1, compile, err, src, pkg.Source)
				}
			}
			if p.Main != "" {
				if err := packages.add(p.Hash, p.Main); err != nil && len(packages) > 0 && !t.Failed() {
					t.Errorf("cell %d, compile is %v, main: %v\n%s\n\nis lowered to\n\n%s", i+1, compile, err, src, p.Main)
				}
			}
			for _, text := range []string{p.Source, p.Alloc} {
				if text == "" {
					continue
				}
				if _, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution); err != nil {
					t.Errorf("cell %d, compile is %v, interpreted: %v\n%s\n\nis lowered to\n\n%s", i+1, compile, err, src, text)
				}
			}
			if !compile {
				s.Commit(c)
			}
		}
	}
}

// TestCompiledSourceChecks lowers known programs.
func TestCompiledSourceChecks(t *testing.T) {
	for _, cells := range programs(t, 10) {
		lowered(t, cells)
	}
}

// FuzzCell lowers every text that is a cell: it never panics, and the compiler takes what it makes.
func FuzzCell(f *testing.F) {
	for _, cells := range programs(f, 40) {
		f.Add(strings.Join(cells, separator))
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) < 4000 {
			lowered(t, strings.Split(src, separator))
		}
	})
}

const separator = "\n+++\n"
