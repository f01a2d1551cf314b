// Package catalog knows what cells can import: the types of every package, read when first used.
//
// The installer writes a catalog with the toolchain that builds the worker, so what the type checker believes is what the
// worker runs, for every exported symbol of that toolchain's standard library and of Joule itself. Reading one package takes
// 0.2 to 4 ms; no toolchain is needed for it. Beside the types it keeps what the sources say of every exported name, so that
// a front end can show documentation where neither sources nor a toolchain are. For the standard library, Gonum and
// Joule, 282 packages, that is 0.95 MB beside 2.5 MB of types, two seconds more of set-up, and 0.3 to 2 ms when a package is first
// asked for.
//
//	Write      go list -export of the packages → a file of export data and one of documentation each, and index.json
//	Open       a catalog as a types.Importer
//	Doc        the declaration and the comment of a name
//	Add, Drop  the packages of modules that a notebook uses
//
// golang.org/x/tools/go/gcexportdata is the Go team's own reader and writer of export data.
package catalog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
)

// A Catalog is an opened catalog. Its methods may be called from any goroutine.
type Catalog struct {
	mu      sync.Mutex
	names   map[string]string // import path → package name
	dirs    map[string]string // import path → the folder that has its types
	fset    *token.FileSet
	imports map[string]*types.Package
	docs    map[string]map[string]Doc // import path → name → what is written about it, once read
	builtin string                    // the folder that documents predeclared names
}

const index = "index.json"

// Open opens the catalog in dir.
func Open(dir string) (*Catalog, error) {
	c := &Catalog{
		names: map[string]string{}, dirs: map[string]string{}, fset: token.NewFileSet(), imports: map[string]*types.Package{},
		docs: map[string]map[string]Doc{}, builtin: dir,
	}
	return c, c.Add(dir)
}

// Add makes the packages of another catalog importable too: those of modules that a notebook uses. A package that is there
// already stays what it is, because types of it may be in use.
func (c *Catalog) Add(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, index))
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	var names map[string]string
	if err := json.Unmarshal(text, &names); err != nil {
		return fmt.Errorf("catalog: %s: %w", index, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for path, name := range names {
		if c.dirs[path] == "" {
			c.names[path], c.dirs[path] = name, dir
		}
	}
	return nil
}

// Drop takes packages out of the catalog whose types were read or may be read, but are used by nobody: another Add may bring them
// back as something else.
func (c *Catalog) Drop(paths []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, path := range paths {
		delete(c.names, path)
		delete(c.dirs, path)
		delete(c.imports, path)
		delete(c.docs, path)
	}
}

// ErrUnknown is wrapped by the error of Import for a path that the catalog does not hold.
var ErrUnknown = errors.New("not in the catalog")

// Import returns the types of a package. It is the types.Importer of the session's type checker.
func (c *Catalog) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.imports[path]; p != nil && p.Complete() {
		return p, nil
	}
	if _, ok := c.names[path]; !ok {
		return nil, fmt.Errorf("catalog: package %q is %w", path, ErrUnknown)
	}
	data, err := os.ReadFile(file(c.dirs[path], path))
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	p, err := gcexportdata.Read(bytes.NewReader(data), c.fset, c.imports, path)
	if err != nil {
		return nil, fmt.Errorf("catalog: package %q: %w", path, err)
	}
	return p, nil
}

// Has tells whether the catalog holds a package.
func (c *Catalog) Has(path string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return path == "unsafe" || c.names[path] != ""
}

// Paths lists the import paths in the catalog, sorted.
func (c *Catalog) Paths() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var paths []string
	for p := range c.names {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Name is the name of a package; "" for one that the catalog does not hold.
func (c *Catalog) Name(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[path]
}

// Names lists the names of the packages of the standard library, sorted.
func (c *Catalog) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for p, n := range c.names {
		if first, _, _ := strings.Cut(p, "/"); !strings.Contains(first, ".") {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Named lists the import paths of the packages called name, the shortest first: what an import of it most likely means.
func (c *Catalog) Named(name string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var paths []string
	for p, n := range c.names {
		if n == name {
			paths = append(paths, p)
		}
	}
	slices.SortFunc(paths, func(a, b string) int {
		if d := len(a) - len(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return paths
}

// Write makes a catalog in dir of the packages that match patterns ("std", "joule/ebm/..."), as `go list` run in workDir with
// the given extra environment sees them. Internal and main packages are left out. It prepares the catalog beside dir and
// renames it into place.
func Write(dir, workDir string, env []string, patterns ...string) error {
	cmd := exec.Command("go", List(patterns...)...)
	cmd.Dir, cmd.Env = workDir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("catalog: go list: %w\n%s", err, stderr.Bytes())
	}
	return WriteList(dir, out)
}

// List are the arguments of the go command whose output WriteList reads. With the standard library comes the documentation of
// what is predeclared.
func List(patterns ...string) []string {
	args := append([]string{"list", "-export", "-trimpath", "-json=ImportPath,Name,Export,Error,Dir,GoFiles,CgoFiles"}, patterns...)
	if slices.Contains(patterns, "std") || slices.Contains(patterns, "fmt") {
		args = slices.Insert(append(args, builtin), 1, "-e") // which is no package, so that it has errors
	}
	return args
}

// WriteList is Write for whoever runs the go command himself.
func WriteList(dir string, list []byte) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".catalog-*")
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := write(tmp, list); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return nil
}

type listed struct {
	ImportPath, Name, Export, Dir string
	GoFiles, CgoFiles             []string
	Error                         *struct{ Err string }
}

func write(dir string, list []byte) error {
	names := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(list))
	for dec.More() {
		var p listed
		if err := dec.Decode(&p); err != nil {
			return fmt.Errorf("catalog: go list: %w", err)
		}
		if p.Error != nil {
			return fmt.Errorf("catalog: package %s: %s", p.ImportPath, strings.TrimSpace(p.Error.Err))
		}
		if p.ImportPath == builtin {
			if err := writeDocs(docFile(dir, builtin), p); err != nil {
				return err
			}
			continue
		}
		if p.Export == "" || p.Name == "main" || !importable(p.ImportPath) {
			continue
		}
		if err := errors.Join(convert(file(dir, p.ImportPath), p), writeDocs(docFile(dir, p.ImportPath), p)); err != nil {
			return err
		}
		names[p.ImportPath] = p.Name
	}
	if len(names) == 0 {
		return errors.New("catalog: go list found no package")
	}
	text, err := json.Marshal(names)
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, index), text, 0o644)
}

// convert reads the compiler's export data of p and writes it without the bodies of inlined functions, which are half of it.
func convert(to string, p listed) error {
	f, err := os.Open(p.Export)
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("catalog: package %s: %w", p.ImportPath, err)
	}
	fset := token.NewFileSet()
	pkg, err := gcexportdata.Read(r, fset, map[string]*types.Package{}, p.ImportPath)
	if err != nil {
		return fmt.Errorf("catalog: package %s: %w", p.ImportPath, err)
	}
	var out bytes.Buffer
	if err := gcexportdata.Write(&out, fset, pkg); err != nil {
		return fmt.Errorf("catalog: package %s: %w", p.ImportPath, err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

func file(dir, path string) string { return filepath.Join(dir, filepath.FromSlash(path)+".export") }

// importable leaves out what no cell may import.
func importable(path string) bool {
	for _, part := range strings.Split(path, "/") {
		if part == "internal" || part == "vendor" {
			return false
		}
	}
	return true
}
