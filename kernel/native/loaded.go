package native

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strconv"

	"joule/kernel/lower"
)

// A plugin is the same as another only when the packages of other modules in it are. Those are not part of a program's hash, so
// that they are followed here: from a package of the session to what it imports, through the packages of earlier cells.

// noteUses remembers which packages of other modules a package of the session is made of.
func (b *Builder) noteUses(p lower.Package) {
	f, err := parser.ParseFile(token.NewFileSet(), "", p.Source, parser.ImportsOnly)
	if err != nil {
		return // the compiler says so
	}
	found := b.uses[p.Path]
	for _, sp := range f.Imports {
		path, err := strconv.Unquote(sp.Path.Value)
		if err != nil {
			continue
		}
		if _, foreign := b.packages[path]; foreign {
			found = append(found, path)
		}
		found = append(found, b.uses[path]...)
	}
	slices.Sort(found)
	b.uses[p.Path] = slices.Compact(found)
}

// modulesOf are the modules of the packages that a package of the session is made of, with their versions; those that the worker
// is made of, it has.
func (b *Builder) modulesOf(path string) map[string]string {
	modules := map[string]string{}
	add := func(path string) {
		if p := b.packages[path]; p != nil && p.Module != nil && !b.own(p.Module.Path) {
			if _, ours := b.host[p.Module.Path]; !ours {
				modules[p.Module.Path] = b.versions[p.Module.Path]
			}
		}
	}
	for _, used := range b.uses[path] {
		add(used)
		if p := b.packages[used]; p != nil {
			for _, dep := range p.Deps {
				add(dep)
			}
		}
	}
	return modules
}

// Foreign tells whether a package was got for the session and is not part of the worker.
func (b *Builder) Foreign(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.packages[path]
	if p == nil || p.Module == nil || b.own(p.Module.Path) {
		return false
	}
	_, ours := b.host[p.Module.Path]
	return !ours
}

// versionKey tells versions apart in the name of a plugin.
func versionKey(modules map[string]string) string {
	if len(modules) == 0 {
		return ""
	}
	h := sha256.New()
	for _, m := range sortedNames(modules) {
		fmt.Fprintln(h, m, modules[m])
	}
	return "-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// load notes what is about to be loaded.
func (b *Builder) load(modules map[string]string) {
	for module, version := range modules {
		b.loaded[module] = version
	}
}

// Ended tells that the process with all that was loaded is gone.
func (b *Builder) Ended() { b.ended.Store(true) } // no lock: a download may hold it for long

// ending does what Ended asked for. The lock is held.
func (b *Builder) ending() {
	if b.ended.Swap(false) {
		clear(b.loaded)
	}
}

// Forget tells that the session begins again as well: the folders are read again, while the pins stay.
func (b *Builder) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.loaded)
	b.wanted, b.packages, b.local = nil, nil, nil
}
