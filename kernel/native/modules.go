package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"joule/kernel/catalog"
)

// A Pin is a module in the version, or in the folder, that a notebook uses.
type Pin struct {
	Module  string
	Version string // when asked for: "" is the latest, and what the go command takes after an @ will do; "none" takes a pin back
	Dir     string // of a module in a folder: absolute
}

// String is the pin as %require takes it.
func (p Pin) String() string {
	if p.Dir != "" {
		dir := p.Dir
		if strings.ContainsAny(dir, " \t") {
			dir = `"` + dir + `"`
		}
		return p.Module + " => " + dir
	}
	if p.Version == "" {
		return p.Module
	}
	return p.Module + "@" + p.Version
}

// A Step is a module that would have to be another.
type Step struct{ Module, Have, Need string }

func (s Step) String() string {
	if strings.HasPrefix(s.Have, "=> ") && strings.HasPrefix(s.Need, "=> ") {
		return s.Module + " (its files have changed)"
	}
	return fmt.Sprintf("%s %s instead of %s", s.Module, plainVersion(s.Need), plainVersion(s.Have))
}

func plainVersion(v string) string {
	if strings.HasPrefix(v, "=> ") && !strings.Contains(v[3:], " ") {
		return "from a folder"
	}
	return strings.TrimPrefix(v, "=> ")
}

// A Conflict says why modules cannot be had in the process that runs: it is made of others, or others were loaded into it, and
// Go holds a package once. Rebuild is the way out.
type Conflict struct {
	For     string // what was asked for, as arguments of %require
	Raised  []Step // of the worker's own modules
	Changed []Step // of loaded ones
}

func (c *Conflict) Error() string {
	var why []string
	for _, s := range c.Raised {
		why = append(why, s.String())
	}
	text := ""
	if len(why) > 0 {
		text = fmt.Sprintf("this needs %s, which the process that runs the cells is made of", strings.Join(why, " and "))
	}
	if len(c.Changed) > 0 {
		why = nil
		for _, s := range c.Changed {
			why = append(why, s.String())
		}
		if text != "" {
			text += "; and it"
		} else {
			text = "this"
		}
		text += fmt.Sprintf(" needs %s, which is loaded, and Go cannot load a package twice", strings.Join(why, " and "))
	}
	what := "starts a new process"
	if len(c.Raised) > 0 {
		what = "builds a process with it, which takes a minute the first time,"
	}
	return fmt.Sprintf("%s. The line `%%require -rebuild %s` %s and runs the cells of this notebook again", text, c.For, what)
}

// Pins lists the modules that the session uses: those asked for, and those that an import has brought.
func (b *Builder) Pins() []Pin {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.pins)
}

// Require makes modules available in the versions that are asked for. It returns the pins as they are now, what a person should
// know, and packages whose types in a catalog are no longer right. A failure leaves everything as it was; it is a *Conflict
// where a new process would help.
func (b *Builder) Require(ctx context.Context, asked []Pin) (r Resolved, err error) {
	if err := b.ready(); err != nil {
		return r, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.collecting(ctx); err != nil {
		return r, err
	}
	n, err := b.resolved(ctx, asked, nil, b.inFolders(asked))
	if err != nil {
		return r, err
	}
	if c := b.conflicts(n); c != nil {
		os.RemoveAll(n.dir)
		c.For = arguments(asked)
		return r, c
	}
	r = Resolved{Pins: n.pinsOf(asked), Notes: b.news(n.notes)}
	return r, b.replace(ctx, n, &r)
}

// replace makes a resolution that of the session, with the types of packages that are known already and have become others.
func (b *Builder) replace(ctx context.Context, n *resolution, r *Resolved) error {
	r.Stale = b.stale(n)
	var again []string
	for _, path := range n.wanted {
		if slices.Contains(r.Stale, path) {
			again = append(again, path)
		}
	}
	if len(again) > 0 {
		if err := b.export(ctx, n, again, r); err != nil {
			return err
		}
	}
	return b.commit(n)
}

// export writes the types of packages of a resolution into a catalog. A failure ends the resolution.
func (b *Builder) export(ctx context.Context, n *resolution, paths []string, r *Resolved) error {
	r.Catalog = filepath.Join(b.dir, fmt.Sprintf("catalog%d", b.asked))
	list, err := b.run(ctx, filepath.Join(n.dir, "session"), b.compiling(b.workFile(n.dir)), catalog.List(paths...)...)
	if err == nil {
		err = wrap(catalog.WriteList(r.Catalog, []byte(list)))
	}
	if err != nil {
		os.RemoveAll(n.dir)
	}
	return err
}

// Resolved is what came of a question for modules.
type Resolved struct {
	Catalog string   // the folder of the types of packages that are new or have become others; "" for none
	Pins    []Pin    // that are new, or new in their version
	Notes   []string // what a person should know
	Stale   []string // packages whose types in a catalog are no longer right; nothing of them is in use
}

// Get makes packages importable in the session: their modules are downloaded through the person's own settings (GOPROXY,
// GOPRIVATE, …) in the versions of the pins and of the go.mod beside the notebook, else the latest, and their types are written
// into a catalog. A failure leaves everything as it was; it is a *Conflict where a new process would help, and otherwise in the go
// command's own words.
func (b *Builder) Get(ctx context.Context, paths ...string) (r Resolved, err error) {
	if err := b.ready(); err != nil {
		return r, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.collecting(ctx); err != nil {
		return r, err
	}
	n, err := b.resolved(ctx, nil, paths, nil)
	if err != nil {
		return r, err
	}
	brought := n.bring(b, paths)
	if c := b.conflicts(n); c != nil {
		os.RemoveAll(n.dir)
		c.For = arguments(brought)
		return r, c
	}
	r = Resolved{Pins: brought, Notes: b.news(n.notes), Stale: b.stale(n)}
	again := slices.Clone(paths)
	for _, path := range n.wanted {
		if slices.Contains(r.Stale, path) && !slices.Contains(again, path) {
			again = append(again, path)
		}
	}
	if err := b.export(ctx, n, again, &r); err != nil {
		return r, err
	}
	return r, b.commit(n)
}

// resolved resolves the pins and imports of the session together with new ones. What an earlier cell has imported and nobody has
// used may be gone since: then it is left out.
func (b *Builder) resolved(ctx context.Context, asked []Pin, paths []string, fresh map[string]bool) (*resolution, error) {
	pins, err := merge(b.pins, asked)
	if err != nil {
		return nil, err
	}
	all, used := slices.Clone(paths), slices.Clone(paths)
	for _, path := range b.wanted {
		if !slices.Contains(all, path) {
			all = append(all, path)
			if p := b.packages[path]; p != nil && p.Module != nil && b.loaded[p.Module.Path] != "" {
				used = append(used, path)
			}
		}
	}
	r, err := b.resolve(ctx, pins, all, fresh)
	if err != nil && ctx.Err() == nil && len(used) < len(all) {
		if again, err := b.resolve(ctx, pins, used, fresh); err == nil {
			return again, nil
		}
	}
	return r, err
}

// merge adds pins to others, in the place of those of the same module.
func merge(have, asked []Pin) ([]Pin, error) {
	pins := slices.Clone(have)
	for _, p := range asked {
		i := slices.IndexFunc(pins, func(x Pin) bool { return x.Module == p.Module })
		switch {
		case p.Version == "none" && i < 0:
			return nil, fmt.Errorf("%s is not pinned in this notebook", p.Module)
		case p.Version == "none":
			pins = slices.Delete(pins, i, i+1)
		case i >= 0:
			pins[i] = p
		default:
			pins = append(pins, p)
		}
	}
	return pins, nil
}

// inFolders are the modules of pins that are in folders.
func (b *Builder) inFolders(pins []Pin) map[string]bool {
	m := map[string]bool{}
	for _, p := range pins {
		if p.Dir != "" {
			m[p.Module] = true
		}
	}
	return m
}

// pinsOf are the pins that came of those asked for.
func (r *resolution) pinsOf(asked []Pin) (list []Pin) {
	for _, a := range asked {
		for _, p := range r.pins {
			if p.Module == a.Module || strings.HasPrefix(a.Module, p.Module+"/") {
				list = append(list, p)
				break
			}
		}
	}
	return list
}

// bring pins the modules of import paths which nothing pins yet, and returns those.
func (r *resolution) bring(b *Builder, paths []string) (brought []Pin) {
	for _, path := range paths {
		p := r.packages[path]
		if p == nil || p.Module == nil || p.Module.Replace != nil || b.host[p.Module.Path] == p.Module.Version {
			continue
		}
		asked := r.person.required()[p.Module.Path] == p.Module.Version
		if !asked && !slices.ContainsFunc(r.pins, func(x Pin) bool { return x.Module == p.Module.Path }) {
			pin := Pin{Module: p.Module.Path, Version: p.Module.Version}
			r.pins, brought = append(r.pins, pin), append(brought, pin)
		}
	}
	return brought
}

// news are the notes that nobody has been told.
func (b *Builder) news(notes []string) (list []string) {
	for _, n := range notes {
		if !b.told[n] {
			b.told[n] = true
			list = append(list, n)
		}
	}
	return list
}

// arguments are pins as %require takes them.
func arguments(pins []Pin) string {
	var list []string
	for _, p := range pins {
		list = append(list, p.String())
	}
	return strings.Join(list, " ")
}

// Provides tells whether a module beside the notebook, or one that is pinned, may have a package whose path looks like one of the
// standard library.
func (b *Builder) Provides(ctx context.Context, path string) bool {
	if b.ready() != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.workspace() != nil || b.look(ctx) != nil {
		return false
	}
	has := func(module string) bool { return path == module || strings.HasPrefix(path, module+"/") }
	return slices.ContainsFunc(b.person.mains, func(m mainModule) bool { return has(m.path) }) ||
		slices.ContainsFunc(b.pins, func(p Pin) bool { return has(p.Module) }) ||
		slices.ContainsFunc(b.person.replaces, func(x replacement) bool { return has(x.Old.Path) })
}

// Edited names the modules in folders, of those that provide the given packages, whose files were written after they were read:
// module → file.
func (b *Builder) Edited(paths []string) map[string]string {
	found := map[string]string{}
	if !b.mu.TryLock() {
		return found // another cell waits for a module: nobody else has to
	}
	defer b.mu.Unlock()
	for _, path := range paths {
		if p := b.packages[path]; p != nil && p.Module != nil && b.local[p.Module.Path] != nil {
			if file := b.local[p.Module.Path].changed(); file != "" {
				found[p.Module.Path] = file
			}
		}
	}
	return found
}

// ModuleIn reads the path of the module in a folder.
func (b *Builder) ModuleIn(ctx context.Context, dir string) (string, error) {
	if err := b.ready(); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out, err := b.run(ctx, dir, b.compiling("GOWORK=off"), "list", "-m", "-f", "{{.Path}} {{.Dir}}")
	if err != nil {
		return "", err
	}
	module, root, _ := strings.Cut(strings.TrimSpace(out), " ")
	if real, err := filepath.EvalSymlinks(dir); err != nil || module == "command-line-arguments" || root != dir && root != real {
		return "", fmt.Errorf("native: there is no go.mod in %s", dir)
	}
	return module, nil
}
