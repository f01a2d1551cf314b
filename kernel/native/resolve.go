package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A resolution is an answer of the go command to the question which modules, in which versions, make up the session. It lives in
// a folder of its own until it is known to be good: until then the session's is as it was.
type resolution struct {
	dir      string // with the go.work and the session's go.mod
	pins     []Pin
	person   person
	wanted   []string             // import paths of the cells
	packages map[string]*pkg      // by path: those wanted and what they are made of
	versions map[string]string    // of the modules of packages, and of those that the worker is made of
	snaps    map[string]*snapshot // of the modules in folders, by module
	notes    []string
}

// pkg is a package as go list has it.
type pkg struct {
	ImportPath, Name, Export string
	Standard                 bool
	Deps                     []string
	Module                   *struct {
		Path, Version string
		Replace       *moduleVersion
	}
}

// localVersion is the version of a module that is in a folder.
const localVersion = "v0.0.0-00010101000000-000000000000"

// resolve asks the go command for the modules that pins and import paths need. Folders whose modules are in fresh are read again,
// the others only when nothing of theirs is in use.
func (b *Builder) resolve(ctx context.Context, pins []Pin, wanted []string, fresh map[string]bool) (*resolution, error) {
	b.ending()
	if err := b.look(ctx); err != nil {
		return nil, err
	}
	b.asked++
	r := &resolution{dir: filepath.Join(b.dir, fmt.Sprintf("next%d", b.asked)), pins: slices.Clone(pins), person: b.person, wanted: wanted, snaps: map[string]*snapshot{}, notes: b.person.notes}
	for module, s := range b.local {
		if !fresh[module] && (b.loaded[module] != "" || s.changed() == "") {
			r.snaps[module] = s
		}
	}
	if err := b.settle(ctx, r); err != nil {
		os.RemoveAll(r.dir)
		return nil, err
	}
	return r, nil
}

// settle asks until all is known: which folders are needed shows only when all imports are known; then they are copied, and it
// is asked again.
func (b *Builder) settle(ctx context.Context, r *resolution) error {
	for {
		if err := b.ask(ctx, r); err != nil {
			return err
		}
		missing := r.missing(b)
		if len(missing) == 0 {
			return b.check(r)
		}
		for module, dir := range missing {
			s, err := b.snapshotOf(ctx, module, dir)
			if err != nil {
				return err
			}
			b.snaps[s.dir], r.snaps[module] = s, s
		}
	}
}

// missing are the modules in folders that the packages need and that are not copied: module → folder.
func (r *resolution) missing(b *Builder) map[string]string {
	found := map[string]string{}
	for _, p := range r.packages {
		if p.Module == nil || b.own(p.Module.Path) || p.Module.Replace == nil || p.Module.Replace.Version != "" || r.snaps[p.Module.Path] != nil {
			continue
		}
		found[p.Module.Path] = p.Module.Replace.Path
	}
	return found
}

// ask writes the candidate's files and lets the go command work on them.
func (b *Builder) ask(ctx context.Context, r *resolution) error {
	next, session := r.dir, filepath.Join(r.dir, "session")
	if err := os.RemoveAll(next); err != nil {
		return wrap(err)
	}
	if err := os.MkdirAll(session, 0o700); err != nil {
		return wrap(err)
	}
	for name, text := range map[string]string{
		filepath.Join(session, "go.mod"): b.modText(r), filepath.Join(session, "go.sum"): b.sums(), filepath.Join(next, "go.work"): b.workText(),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return wrap(err)
		}
	}
	if err := b.pin(ctx, r, session); err != nil {
		return err
	}
	if len(r.wanted) > 0 { // -mod=mod finds modules for imports that no module provides
		args := append([]string{"list", "-mod=mod", "-deps", "-f", "{{.ImportPath}}"}, r.wanted...)
		if _, err := b.run(ctx, session, b.known("GOWORK=off"), args...); err != nil {
			return err
		}
	}
	env := b.known(b.workFile(next))
	out, err := b.run(ctx, session, env, append([]string{"list", "-deps", "-json=ImportPath,Name,Standard,Deps,Module", workerPackage}, r.wanted...)...)
	if err != nil {
		return err
	}
	return r.read(b, out)
}

const workerPackage = "joule/kernel/joule-worker"

// read reads what go list says of the worker's packages and those that are wanted.
func (r *resolution) read(b *Builder, list string) error {
	r.packages, r.versions = map[string]*pkg{}, map[string]string{}
	dec := json.NewDecoder(strings.NewReader(list))
	for dec.More() {
		p := &pkg{}
		if err := dec.Decode(p); err != nil {
			return wrap(err)
		}
		if p.Standard || p.Module == nil {
			continue
		}
		r.packages[p.ImportPath] = p
		if !b.own(p.Module.Path) {
			r.versions[p.Module.Path] = r.version(p)
		}
	}
	return nil
}

// version is what tells a module from another of its name: its version, or what is in its folder.
func (r *resolution) version(p *pkg) string {
	m := p.Module
	switch {
	case m.Replace == nil:
		return m.Version
	case m.Replace.Version != "":
		return "=> " + m.Replace.Path + " " + m.Replace.Version
	case r.snaps[m.Path] != nil:
		return "=> " + r.snaps[m.Path].hash
	}
	return "=> " + m.Replace.Path
}

// pin makes the go command choose the versions that are asked for.
func (b *Builder) pin(ctx context.Context, r *resolution, session string) error {
	var exact, open []string
	for _, p := range r.pins {
		switch {
		case p.Dir != "":
		case isVersion(p.Version):
			exact = append(exact, p.Module+"@"+p.Version)
		case p.Version == "":
			open = append(open, p.Module+"@latest")
		default:
			open = append(open, p.Module+"@"+p.Version)
		}
	}
	for _, get := range []struct {
		queries []string
		env     []string
	}{{open, b.fetching("GOWORK=off")}, {exact, b.known("GOWORK=off")}} {
		if len(get.queries) == 0 {
			continue
		}
		if _, err := b.run(ctx, session, get.env, append([]string{"get", "--"}, get.queries...)...); err != nil {
			return err
		}
	}
	for i := range r.pins {
		p := &r.pins[i]
		if p.Dir != "" {
			continue
		}
		module, version, err := b.provider(ctx, session, p.Module)
		switch {
		case err != nil:
			return err
		case isVersion(p.Version) && version != p.Version:
			return fmt.Errorf("native: %s %s cannot be had here: %s is what the other modules, or those that the worker is made of, need", p.Module, p.Version, version)
		}
		p.Module, p.Version = module, version
	}
	return nil
}

// provider finds the module that a path, which the go command has just got, belongs to.
func (b *Builder) provider(ctx context.Context, session, path string) (module, version string, err error) {
	var first error
	for m := path; m != "." && m != "/"; m = strings.TrimSuffix(filepath.ToSlash(filepath.Dir(m)), "/") {
		out, err := b.run(ctx, session, b.known("GOWORK=off"), "list", "-m", "-f", "{{.Path}} {{.Version}}", m)
		if err == nil {
			module, version, _ = strings.Cut(strings.TrimSpace(out), " ")
			return module, version, nil
		}
		if ctx.Err() != nil {
			return "", "", err
		}
		if first == nil {
			first = err
		}
	}
	return "", "", first
}

// isVersion tells a version from a query such as latest, v1 or a branch.
func isVersion(v string) bool {
	core, _, _ := strings.Cut(v, "+")
	core, _, _ = strings.Cut(core, "-")
	return strings.HasPrefix(v, "v") && strings.Count(core, ".") == 2
}

// modText is the session's go.mod before the go command completes it: the modules beside the notebook, which bring their
// requirements along, their replacements, which they do not, and the modules in folders.
func (b *Builder) modText(r *resolution) string {
	var t strings.Builder
	t.WriteString("module joule.session\n\ngo 1.26.0\n\n")
	local := map[string]string{"joule": filepath.Join(b.lib, "src")}
	for _, m := range r.person.mains {
		local[m.path] = m.dir
	}
	for _, x := range r.person.replaces {
		if x.New.Version == "" && x.Old.Version == "" {
			if _, main := local[x.Old.Path]; !main {
				local[x.Old.Path] = x.New.Path
			}
		}
	}
	required := map[string]bool{"joule": true}
	for _, m := range r.person.mains {
		required[m.path] = true
	}
	pinned := map[string]bool{}
	for _, p := range r.pins {
		if pinned[p.Module] = true; p.Dir != "" {
			local[p.Module], required[p.Module] = p.Dir, true
		} else {
			delete(local, p.Module)
		}
	}
	for module, s := range r.snaps {
		if _, ok := local[module]; ok {
			local[module] = s.dir
		}
	}
	for _, path := range sortedNames(required) {
		fmt.Fprintf(&t, "require %s %s\n", path, localVersion)
	}
	for _, path := range sortedNames(local) {
		fmt.Fprintf(&t, "replace %s => %q\n", path, local[path])
	}
	for _, x := range r.person.replaces {
		switch old := x.Old.Path + " " + x.Old.Version; {
		case pinned[x.Old.Path] || required[x.Old.Path]:
		case x.New.Version != "":
			fmt.Fprintf(&t, "replace %s => %s %s\n", old, x.New.Path, x.New.Version)
		case x.Old.Version != "":
			fmt.Fprintf(&t, "replace %s => %q\n", old, x.New.Path)
		}
	}
	for _, x := range r.person.excludes {
		fmt.Fprintf(&t, "exclude %s %s\n", x.Path, x.Version)
	}
	return t.String()
}

// required are the modules that those beside the notebook require: path → version.
func (p *person) required() map[string]string {
	m := map[string]string{}
	for _, main := range p.mains {
		for _, r := range main.requires {
			m[r.Path] = r.Version
		}
	}
	return m
}

// workText is the workspace that joins the session's module with Joule's: what makes a plugin fit the worker.
func (b *Builder) workText() string {
	return fmt.Sprintf("go %s\n\nuse (\n\t./session\n\t%q\n)\n", b.version, filepath.Join(b.lib, "src"))
}

// check finds what the go command allows and cells cannot have.
func (b *Builder) check(r *resolution) error {
	for _, path := range r.wanted {
		p := r.packages[path]
		if p == nil {
			continue
		}
		if p.Name == "main" {
			return fmt.Errorf("import %q is a program, not an importable package", path)
		}
		if m := p.Module; m != nil && r.versions[m.Path] != "" {
			r.older(p)
		}
	}
	slices.Sort(r.notes)
	r.notes = slices.Compact(r.notes)
	return nil
}

// older notes where a package is built with another version of a module than the go.mod beside the notebook asks for.
func (r *resolution) older(p *pkg) {
	asked := r.person.required()
	for _, dep := range append(p.Deps, p.ImportPath) {
		d := r.packages[dep]
		if d == nil || d.Module == nil || d.Module.Replace != nil {
			continue
		}
		if want := asked[d.Module.Path]; want != "" && want != d.Module.Version && !slices.ContainsFunc(r.pins, func(x Pin) bool { return x.Module == d.Module.Path }) {
			r.notes = append(r.notes, fmt.Sprintf("%s: go.mod asks for %s; cells use %s, which Joule or another module needs", d.Module.Path, want, d.Module.Version))
		}
	}
}

// conflicts are the modules that would have to be another than what runs: of those that the worker is made of, and of those that
// were loaded into it.
func (b *Builder) conflicts(r *resolution) *Conflict {
	c := &Conflict{}
	for _, module := range slices.Sorted(maps.Keys(r.versions)) {
		need := r.versions[module]
		if have, ours := b.host[module]; ours && have != need {
			c.Raised = append(c.Raised, Step{module, have, need})
		} else if have := b.loaded[module]; have != "" && have != need {
			c.Changed = append(c.Changed, Step{module, have, need})
		}
	}
	if len(c.Raised)+len(c.Changed) == 0 {
		return nil
	}
	return c
}

// stale are the packages whose types will no longer be what they were; none of them is in use.
func (b *Builder) stale(r *resolution) (stale []string) {
	for path, p := range b.packages {
		if p.Module == nil || b.own(p.Module.Path) || b.loaded[p.Module.Path] != "" {
			continue
		}
		if _, ours := b.host[p.Module.Path]; ours {
			continue
		}
		if n := r.packages[path]; n == nil || b.versions[p.Module.Path] != r.versions[p.Module.Path] {
			stale = append(stale, path)
		}
	}
	return stale
}

// commit makes a resolution that of the session.
func (b *Builder) commit(r *resolution) error {
	defer os.RemoveAll(r.dir)
	var made [][2]string
	for _, name := range []string{filepath.Join("session", "go.mod"), filepath.Join("session", "go.sum"), "go.work", "go.work.sum"} {
		text, err := os.ReadFile(filepath.Join(r.dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		to := filepath.Join(b.dir, name)
		if err == nil {
			err = os.WriteFile(to+".new", text, 0o600)
		}
		if err != nil {
			return wrap(err)
		}
		made = append(made, [2]string{to + ".new", to})
	}
	for _, m := range made { // all of them have found room
		if err := os.Rename(m[0], m[1]); err != nil {
			return wrap(err)
		}
	}
	b.pins, b.wanted, b.packages, b.versions, b.local = r.pins, r.wanted, r.packages, r.versions, r.snaps
	return nil
}
