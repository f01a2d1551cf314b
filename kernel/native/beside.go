package native

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// person is what the go command would use beside the notebook: the person's settings, and the modules there.
type person struct {
	proxy, cache string // GOPROXY, GOMODCACHE
	mains        []mainModule
	replaces     []replacement
	excludes     []moduleVersion
	notes        []string
	stamp        string // of the files that all this was read from
}

// mainModule is a module that is worked on beside the notebook: that of the go.mod there, or one that a go.work there uses.
type mainModule struct {
	path, dir string
	requires  []moduleVersion
}

type moduleVersion struct{ Path, Version string }

type replacement struct{ Old, New moduleVersion } // a New without a version is a folder, absolute

// modFile is what `go mod edit -json` and `go work edit -json` print.
type modFile struct {
	Module  moduleVersion
	Require []moduleVersion
	Exclude []moduleVersion
	Replace []replacement
	Use     []struct{ DiskPath string }
}

// look reads what is beside the notebook, unless it has not changed since.
func (b *Builder) look(ctx context.Context) error {
	dir := b.Dir
	if dir == "" {
		dir, _ = os.Getwd()
	}
	var env []string
	for _, v := range b.environ() {
		if !strings.HasPrefix(v, "GOTOOLCHAIN=") && !strings.HasPrefix(v, "PWD=") {
			env = append(env, v)
		}
	}
	env = append(env, "GOTOOLCHAIN=local")
	out, err := b.run(ctx, dir, env, "env", "-json", "GOMOD", "GOWORK", "GOFLAGS", "GOPROXY", "GOMODCACHE")
	if err != nil {
		return err
	}
	var settings struct{ GOMOD, GOWORK, GOFLAGS, GOPROXY, GOMODCACHE string }
	if err := json.Unmarshal([]byte(out), &settings); err != nil {
		return wrap(err)
	}
	p := person{proxy: settings.GOPROXY, cache: settings.GOMODCACHE}
	if p.cache == b.mod {
		p.cache = ""
	}
	mods := []string{}
	if settings.GOWORK != "" && settings.GOWORK != "off" {
		f, err := b.edit(ctx, "work", settings.GOWORK, &p)
		if err != nil {
			return err
		}
		for _, u := range f.Use {
			mods = append(mods, filepath.Join(absolute(filepath.Dir(settings.GOWORK), u.DiskPath), "go.mod"))
		}
	} else if settings.GOMOD != "" && settings.GOMOD != os.DevNull {
		mods = append(mods, settings.GOMOD)
	}
	for _, name := range mods {
		f, err := b.edit(ctx, "mod", name, &p)
		if err != nil {
			return err
		}
		if b.own(f.Module.Path) {
			continue // a notebook in the sources of Joule: its packages are those that the worker is made of
		}
		p.mains = append(p.mains, mainModule{f.Module.Path, filepath.Dir(name), f.Require})
		if info, err := os.Stat(filepath.Join(filepath.Dir(name), "vendor", "modules.txt")); err == nil && !info.IsDir() {
			p.notes = append(p.notes, fmt.Sprintf("the vendor folder of %s is not used: its modules are taken from the module cache and the proxy", f.Module.Path))
		}
	}
	for flag := range strings.FieldsSeq(settings.GOFLAGS) {
		if flag = strings.TrimPrefix(strings.TrimPrefix(flag, "-"), "-"); strings.HasPrefix(flag, "tags") {
			p.notes = append(p.notes, "GOFLAGS=-"+flag+" is not used: cells are compiled as the program that runs them was")
		}
	}
	b.person = p
	return nil
}

// edit reads a go.mod or go.work. Its replacements go to p, but for those of modules that the worker is made of.
func (b *Builder) edit(ctx context.Context, kind, name string, p *person) (f modFile, err error) {
	dir := filepath.Dir(name)
	text, err := os.ReadFile(name)
	if err != nil {
		return f, wrap(err)
	}
	p.stamp += name + "\x00" + string(text) + "\x00"
	out, err := b.run(ctx, dir, b.fetching("GOWORK=off"), kind, "edit", "-json", name)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		return f, wrap(err)
	}
	if kind == "mod" && b.own(f.Module.Path) {
		return f, nil
	}
	for _, r := range f.Replace {
		if b.own(r.Old.Path) {
			continue
		}
		if have, ours := b.host[r.Old.Path]; ours {
			p.notes = append(p.notes, fmt.Sprintf("%s replaces %s, which the program that runs the cells is made of: cells use its %s", filepath.Base(name), r.Old.Path, have))
			continue
		}
		if r.New.Version == "" {
			r.New.Path = absolute(dir, r.New.Path)
		}
		if !slices.ContainsFunc(p.replaces, func(x replacement) bool { return x.Old == r.Old }) { // go.work comes first
			p.replaces = append(p.replaces, r)
		}
	}
	p.excludes = append(p.excludes, f.Exclude...)
	return f, nil
}

// own tells the modules that are Joule's own.
func (b *Builder) own(module string) bool { return module == "joule" || module == "joule.session" }

func absolute(dir, path string) string {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path
}

// sums is the content of the go.sum files that count: those of the modules beside the notebook, and Joule's own.
func (b *Builder) sums() string {
	names := []string{filepath.Join(b.lib, "src", "go.sum"), filepath.Join(b.lib, "go.work.sum")}
	for _, m := range b.person.mains {
		names = append(names, filepath.Join(m.dir, "go.sum"), filepath.Join(m.dir, "go.work.sum"), filepath.Join(filepath.Dir(m.dir), "go.work.sum"))
	}
	var text strings.Builder
	seen := map[string]bool{}
	for _, name := range names {
		data, _ := os.ReadFile(name) // there may be none
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && !seen[line] {
				seen[line] = true
				text.WriteString(line + "\n")
			}
		}
	}
	return text.String()
}
