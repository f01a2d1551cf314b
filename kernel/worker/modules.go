package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"joule/kernel"
	"joule/kernel/lower"
	"joule/kernel/magic"
	"joule/kernel/native"
	"joule/kernel/session"
)

// fetch makes packages importable that a cell imports and that nobody has imported before: those of other people's modules and of
// the module that the notebook is in.
func (e *Engine) fetch(ctx context.Context, code string, out kernel.Output) *kernel.Error {
	imports := session.Imports(code)
	if len(imports) == 0 {
		return nil
	}
	e.define.Lock()
	cat := e.cat
	e.define.Unlock()
	var missing []string
	for _, path := range imports {
		if cat.Has(path) || path == "C" {
			continue
		}
		domain, _, _ := strings.Cut(path, "/")
		if strings.Contains(domain, ".") || e.builder.Provides(ctx, path) {
			missing = append(missing, path)
		}
	}
	for module, file := range e.builder.Edited(imports) {
		out.Stream("stderr", fmt.Appendf(nil, "%s has changed since it was read (%s); the line %%require -rebuild takes the change in\n", module, file))
	}
	if len(missing) == 0 {
		return nil
	}
	for _, path := range missing {
		if slices.Contains(strings.Split(path, "/"), "internal") {
			return problem("ImportError", fmt.Errorf("%q is internal to its module, and a cell is outside of it; "+
				"a package of that module that is not internal can pass on what the notebook needs", path))
		}
	}
	if err := e.builder.Available(); err != nil {
		return problem("ImportError", fmt.Errorf("the package %s has to be compiled; %w", strings.Join(missing, ", "), err))
	}
	out.Stream("stderr", []byte("Getting "+strings.Join(missing, ", ")+" …\n"))
	got, err := e.builder.Get(ctx, missing...)
	if err == nil {
		err = e.take(got)
	}
	if err != nil {
		return moduleError(ctx, "ImportError", err)
	}
	for _, p := range got.Pins {
		out.Stream("stderr", fmt.Appendf(nil, "%s; the line %%require %s keeps that version\n", strings.Replace(p.String(), "@", " ", 1), p))
	}
	tell(out, got.Notes)
	return nil
}

// effects loads the packages that a cell imports for their effect alone: what is not used is not part of what is compiled.
// Those that the worker is made of have had theirs.
func (e *Engine) effects(ctx context.Context, c *child, code string) error {
	for _, path := range session.BlankImports(code) {
		if !e.builder.Foreign(path) || c.plugins["_ "+path] != "" {
			continue
		}
		sum := sha256.Sum256([]byte("import _ " + path))
		p := &lower.Program{Hash: hex.EncodeToString(sum[:10]), Main: effect(path)}
		if err := e.load(ctx, c, p); err != nil {
			return err
		}
		c.plugins["_ "+path] = p.Hash
	}
	return nil
}

func tell(out kernel.Output, notes []string) {
	for _, note := range notes {
		out.Stream("stderr", []byte(note+"\n"))
	}
}

// moduleError is the error of a cell that could not have a module: in the go command's own words, where it had any.
func moduleError(ctx context.Context, name string, err error) *kernel.Error {
	if ctx.Err() != nil {
		return problem("Interrupted", errors.New("the cell was interrupted while its modules were looked for"))
	}
	return problem(name, err)
}

// Require pins modules. With rebuild the session begins again where that is needed for them.
func (h host) Require(ctx context.Context, asked []magic.Module, rebuild bool, out kernel.Output) (magic.Required, error) {
	if _, err := h.alive(out); err != nil { // what a dead process had loaded is in nobody's way
		return magic.Required{}, err
	}
	pins, err := h.pins(ctx, asked)
	if err != nil {
		return magic.Required{}, moduleError(ctx, "RequireError", err)
	}
	if rebuild {
		return h.rebuild(ctx, pins, out)
	}
	got, err := h.builder.Require(ctx, pins)
	if err != nil {
		return magic.Required{}, moduleError(ctx, "RequireError", err)
	}
	tell(out, got.Notes)
	return magic.Required{Lines: lines(got.Pins)}, h.take(got)
}

// take brings the catalog of the session up to date.
func (e *Engine) take(got native.Resolved) error {
	e.define.Lock()
	defer e.define.Unlock()
	return e.update(got)
}

// update is take for whoever holds the lock for definitions.
func (e *Engine) update(got native.Resolved) error {
	e.cat.Drop(got.Stale)
	if got.Catalog == "" {
		return nil
	}
	return e.cat.Add(got.Catalog)
}

// pins makes folders absolute and finds out whose they are.
func (h host) pins(ctx context.Context, asked []magic.Module) (pins []native.Pin, err error) {
	for _, m := range asked {
		p := native.Pin{Module: m.Path, Version: m.Version, Dir: m.Dir}
		if p.Dir != "" {
			info, err := os.Stat(p.Dir)
			if err != nil || !info.IsDir() {
				return nil, fmt.Errorf("%s is not a directory", p.Dir)
			}
			if p.Dir, err = filepath.EvalSymlinks(p.Dir); err != nil { // the go command names files by their real folders
				return nil, err
			}
			module, err := h.builder.ModuleIn(ctx, p.Dir)
			if err != nil {
				return nil, err
			}
			if p.Module == "" {
				p.Module = module
			}
		}
		pins = append(pins, p)
	}
	return pins, nil
}

func lines(pins []native.Pin) (list []string) {
	for _, p := range pins {
		list = append(list, p.String())
	}
	return list
}

// Pinned lists what is pinned, as %require takes it.
func (h host) Pinned() []string { return lines(h.builder.Pins()) }

// rebuild begins again with modules that the process cannot have beside what it is made of or has loaded.
func (h host) rebuild(ctx context.Context, pins []native.Pin, out kernel.Output) (done magic.Required, err error) {
	say := func(format string, args ...any) { out.Stream("stderr", fmt.Appendf(nil, format, args...)) }
	next, err := h.builder.Rebuild(ctx, pins, h.o.Catalog, say)
	if err != nil {
		return done, moduleError(ctx, "RequireError", err)
	}
	tell(out, next.Notes)
	if !next.Needed {
		return magic.Required{Lines: lines(next.Pins)}, h.take(next.Resolved)
	}
	if err := h.begin(next.Worker, next.Base); err != nil {
		return done, err
	}
	return magic.Required{Lines: lines(next.Pins), Restarted: true}, next.Commit()
}
