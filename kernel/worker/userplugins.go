package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"joule/kernel"
	"joule/kernel/lower"
	"joule/kernel/session"
	"joule/kernel/worker/pipe"
)

// A plugin of a person is a folder of Go files below the plugins folder, a package like those in plugins/ of the sources but
// for its registration: its variable Default is registered under the folder's name. It is compiled like a cell and loaded
// before the first cell that mentions plugins, again when its files have changed. So what a %%plugin cell writes is there in
// every other notebook, and after a restart.

// PluginsDir is where a person's plugins are: JOULE_PLUGINS, or joule/plugins below the user's configuration folder.
func PluginsDir() (string, error) {
	if dir := os.Getenv("JOULE_PLUGINS"); dir != "" {
		return dir, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no place for plugins: %w; set JOULE_PLUGINS", err)
	}
	return filepath.Join(config, "joule", "plugins"), nil
}

// loadPlugins compiles and loads the plugins whose files are new to the child. What is wrong with one is said and keeps nobody
// from running cells. The define lock is held.
func (e *Engine) loadPlugins(ctx context.Context, c *child, code string, out kernel.Output) {
	if !strings.Contains(code, "plugins") {
		return
	}
	dir, err := PluginsDir()
	if err != nil {
		return
	}
	entries, _ := os.ReadDir(dir) // no folder, no plugins
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || strings.HasPrefix(name, ".") {
			continue
		}
		program, err := pluginProgram(filepath.Join(dir, name), name)
		if err == nil && c.plugins[name] != program.Hash {
			if err = e.importsOf(ctx, program, out); err == nil {
				c.plugins[name] = program.Hash // also when it fails: it is tried again when it changes
				err = e.load(ctx, c, program)
			}
		}
		if err != nil {
			out.Stream("stderr", []byte(fmt.Sprintf("plugin %s is not loaded: %v\n", name, err)))
		}
	}
}

// importsOf gets the modules of other people that a plugin imports. The define lock is held.
func (e *Engine) importsOf(ctx context.Context, p *lower.Program, out kernel.Output) error {
	var missing []string
	for _, pkg := range p.Packages {
		for _, path := range session.Imports(pkg.Source) {
			if !e.cat.Has(path) && path != "C" && !slices.Contains(missing, path) {
				missing = append(missing, path)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	got, err := e.builder.Get(ctx, missing...)
	if err != nil {
		return err
	}
	tell(out, got.Notes)
	return e.update(got)
}

// load builds a plugin and opens it in the child.
func (e *Engine) load(ctx context.Context, c *child, p *lower.Program) error {
	path, err := e.builder.Build(ctx, p)
	if err != nil {
		return err
	}
	_, r, err := c.begin(&pipe.Exec{Plugin: path}, nowhere{}, nil)
	if err != nil {
		return err
	}
	reply, ok := c.next(r)
	switch {
	case !ok:
		return errors.New("the worker ended")
	case reply.Failed != "" || reply.Refused != "":
		return errors.New(reply.Failed + reply.Refused)
	}
	return nil
}

// pluginProgram reads a plugin's folder.
func pluginProgram(dir, name string) (*lower.Program, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no Go file in %s", dir)
	}
	p := &lower.Program{}
	h := sha256.New()
	var pkg string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly)
		if err != nil {
			return nil, err
		}
		pkg = f.Name.Name
		fmt.Fprintf(h, "%s\n%d\n%s", filepath.Base(file), len(text), text)
		p.Packages = append(p.Packages, lower.Package{File: filepath.Base(file), Source: "//line " + file + ":1\n" + string(text)})
	}
	fmt.Fprint(h, name)
	p.Hash = hex.EncodeToString(h.Sum(nil)[:10])
	path := "joule.session/" + p.Hash + "/" + pkg
	for i := range p.Packages {
		p.Packages[i].Path = path
	}
	p.Main = registration(path, name)
	return p, nil
}

// registration is the main package of a plugin's build: the entry in the registry.
func registration(path, name string) string {
	return fmt.Sprintf(`package main

import (
	"reflect"

	plugin %q
	"joule/plugins"
)

func init() {
	if err := plugins.Replace(%q, plugin.Default); err != nil {
		panic(err)
	}
}
`, path, name) + noTables
}

// effect is the main package of a build that loads a package and does nothing with it.
func effect(path string) string {
	return fmt.Sprintf("package main\n\nimport (\n\t\"reflect\"\n\n\t_ %q\n)\n", path) + noTables
}

// noTables is the rest of a main package that has nothing for cells: the tables of package lower, empty.
const noTables = `
var (
	Slots   = map[string]any{}
	Methods = map[string]any{}
	Funcs   = map[string]any{}
	Home    = ""
	Types   = map[string]reflect.Value{}
)

func Entry() (func(), *int) { return nil, nil }

func main() {}
`

// writePlugin writes a %%plugin cell as a package folder. imports are the packages that the cell uses: name → path.
func writePlugin(name, code string, imports map[string]string) (string, error) {
	dir, err := PluginsDir()
	if err != nil {
		return "", err
	}
	text, err := pluginSource(name, code, imports)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("the plugin cannot be written: %w", err)
	}
	file := filepath.Join(dir, name+".go")
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return "", fmt.Errorf("the plugin cannot be written: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return "", fmt.Errorf("the plugin cannot be written: %w", err)
	}
	return file, nil
}

// pluginSource is a cell of declarations as a file: the package clause and the imports that it uses are written for it.
func pluginSource(name, code string, imports map[string]string) (string, error) {
	if !token.IsIdentifier(name) {
		return "", fmt.Errorf("a plugin's name is that of a package, a word like ring: %q is none", name)
	}
	f, err := parser.ParseFile(token.NewFileSet(), name+".go", "package "+name+"\n"+code, parser.SkipObjectResolution)
	if err != nil {
		return "", fmt.Errorf("a plugin is made of declarations only (type, func, var, const): %w", err)
	}
	hasDefault, own := false, map[string]bool{}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, sp := range g.Specs {
				switch sp := sp.(type) {
				case *ast.ValueSpec:
					for _, id := range sp.Names {
						hasDefault = hasDefault || g.Tok == token.VAR && id.Name == "Default"
					}
				case *ast.ImportSpec:
					own[strings.Trim(sp.Path.Value, "`\"")] = true
				}
			}
		}
	}
	if !hasDefault {
		return "", errors.New("a plugin needs a variable Default, which holds its parameters' defaults: var Default = Ring{Radius: 2}")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "// Package %s is a plugin of Joule, written in a notebook.\npackage %s\n", name, name)
	for _, n := range sortedKeys(imports) {
		if path := imports[n]; !own[path] {
			spec := fmt.Sprintf("%q", path)
			if n != path[strings.LastIndexByte(path, '/')+1:] {
				spec = n + " " + spec
			}
			fmt.Fprintf(&b, "\nimport %s\n", spec)
		}
	}
	b.WriteString("\n" + strings.TrimSpace(code) + "\n")
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return "", fmt.Errorf("the plugin cannot be written: %w", err)
	}
	return string(text), nil
}

func sortedKeys(m map[string]string) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// plugin runs a %%plugin cell: its names enter the session, the value of Default is checked and registered, and the folder is
// written. The cell's value is what the check says.
func (e *Engine) plugin(ctx context.Context, cell kernel.Cell, name, code string, out kernel.Output) kernel.Result {
	if _, err := pluginSource(name, code, nil); err != nil {
		return failed("PluginError", err)
	}
	cell.Code = code
	if r := e.run(ctx, cell, out, false); r.Err != nil {
		return r
	}
	e.define.Lock()
	imports := e.session.PackagesOf(code)
	e.define.Unlock()
	cell.Code = fmt.Sprintf("plugins.Replace(%q, Default)", name)
	r := e.evaluate(ctx, cell.Code)
	if r.Err != nil {
		return r
	}
	if r.Value != nil && !strings.HasPrefix(r.Value.Data["text/plain"], "<nil>") && r.Value.Data["text/plain"] != "nil" {
		return failed("PluginError", errors.New(r.Value.Data["text/plain"]))
	}
	file, err := writePlugin(name, code, imports)
	if err != nil {
		return failed("PluginError", err)
	}
	e.define.Lock()
	if p, err := pluginProgram(filepath.Dir(file), name); err == nil {
		e.mu.Lock()
		e.child.plugins[name] = p.Hash // it is registered already
		e.mu.Unlock()
	}
	e.define.Unlock()
	out.Stream("stdout", []byte(fmt.Sprintf("plugin %s is registered and written to %s\n", name, file)))
	return kernel.Result{}
}

// evaluate runs an expression that leaves nothing in the session.
func (e *Engine) evaluate(ctx context.Context, expr string) kernel.Result {
	return e.run(ctx, kernel.Cell{Code: expr, Silent: true}, nowhere{}, true)
}
