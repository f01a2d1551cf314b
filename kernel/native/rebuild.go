package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"joule/kernel/catalog"
)

// Next is a new beginning for a session: a worker program, what cells can import in it, and the modules that are pinned.
type Next struct {
	Resolved
	Worker  string // the program; the same as before where only modules changed
	Base    string // its catalog
	Needed  bool   // a new process is needed at all
	Because *Conflict

	b *Builder
	r *resolution
}

// Rebuild resolves pins for a new process and, where they need newer modules than those that the worker is made of, builds a
// worker of these into the person's cache. The session stays as it is until Commit. base is the catalog of the installation.
func (b *Builder) Rebuild(ctx context.Context, asked []Pin, base string, say func(format string, args ...any)) (*Next, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.collecting(ctx); err != nil {
		return nil, err
	}
	fresh := b.inFolders(asked)
	for module := range b.local {
		fresh[module] = true
	}
	r, err := b.resolved(ctx, asked, nil, fresh)
	if err != nil {
		return nil, err
	}
	n := &Next{Resolved: Resolved{Pins: r.pinsOf(asked), Notes: b.news(r.notes)}, Worker: b.worker, Base: base, Because: b.conflicts(r), b: b, r: r}
	if n.Needed = n.Because != nil; !n.Needed {
		return n, b.replace(ctx, r, &n.Resolved)
	}
	if len(n.Because.Raised) > 0 {
		dir, err := b.makeWorker(ctx, r, base, n.Because.Raised, say)
		if err != nil {
			return nil, err
		}
		n.Worker, n.Base = filepath.Join(dir, filepath.Base(b.worker)), filepath.Join(dir, "catalog")
	}
	return n, nil
}

// Commit makes it that of the session, which begins again. There is nothing to do where no new process is needed.
func (n *Next) Commit() error {
	if !n.Needed {
		return nil
	}
	b := n.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if n.Worker != b.worker {
		b.setup.Lock()
		b.worker = n.Worker
		err := b.prepare()
		b.prepared = err == nil
		b.setup.Unlock()
		if err != nil {
			return err
		}
	}
	b.ended.Store(false)
	clear(b.loaded)
	n.r.wanted = nil // the new session has imported nothing
	return b.commit(n.r)
}

// workers is where built workers are kept.
func workers() (string, error) {
	cache, _, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "workers")
	return dir, os.MkdirAll(dir, 0o700)
}

// Built workers, and copies of module caches, are large. The newest are kept, and those that may be in use.
const (
	keep    = 3
	keepFor = 7 * 24 * time.Hour
)

// makeWorker builds the worker of a resolution, or finds it. The folder that it returns holds the program and its catalog.
func (b *Builder) makeWorker(ctx context.Context, r *resolution, base string, raised []Step, say func(format string, args ...any)) (string, error) {
	root, err := workers()
	if err != nil {
		return "", wrap(err)
	}
	h := sha256.New()
	fmt.Fprintln(h, b.original, b.target)
	made := map[string]bool{}
	for _, path := range r.packages[workerPackage].Deps {
		if p := r.packages[path]; p != nil && !b.own(p.Module.Path) {
			made[p.Module.Path] = true
		}
	}
	for _, module := range sortedNames(made) {
		fmt.Fprintln(h, module, r.versions[module])
	}
	dir := filepath.Join(root, hex.EncodeToString(h.Sum(nil)[:10]))
	if _, err := os.Stat(filepath.Join(dir, "catalog", "index.json")); err == nil {
		now := time.Now()
		os.Chtimes(dir, now, now)
		return dir, nil
	}
	var what []string
	for _, s := range raised {
		what = append(what, s.Module+" "+plainVersion(s.Need))
	}
	say("Building the program that runs the cells with %s …\n", strings.Join(what, ", "))
	stage, err := os.MkdirTemp(root, ".new-*")
	if err != nil {
		return "", wrap(err)
	}
	defer os.RemoveAll(stage)
	session, env := filepath.Join(r.dir, "session"), b.compiling(b.workFile(r.dir))
	goroot, err := b.run(ctx, session, env, "env", "GOROOT")
	if err != nil {
		return "", err
	}
	flags := "-ldflags=-s -w -X 'runtime.defaultGOROOT=" + strings.TrimSpace(goroot) + "'" // as the installer has it
	if _, err := b.run(ctx, session, env, "build", "-trimpath", "-buildvcs=false", flags,
		"-o", filepath.Join(stage, filepath.Base(b.worker)), workerPackage); err != nil {
		return "", fmt.Errorf("native: Joule cannot be built with %s: %w", strings.Join(what, ", "), err)
	}
	paths, err := catalogued(base)
	if err != nil {
		return "", err
	}
	list, err := b.run(ctx, session, env, catalog.List(paths...)...)
	if err != nil {
		return "", err
	}
	if err := catalog.WriteList(filepath.Join(stage, "catalog"), []byte(list)); err != nil {
		return "", wrap(err)
	}
	prune(root)
	if err := os.Rename(stage, dir); err != nil {
		if _, other := os.Stat(filepath.Join(dir, "catalog", "index.json")); other == nil {
			return dir, nil // another notebook was faster
		}
		return "", wrap(err)
	}
	return dir, nil
}

// catalogued are the import paths of a catalog.
func catalogued(dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		return nil, wrap(err)
	}
	var names map[string]string
	if err := json.Unmarshal(text, &names); err != nil {
		return nil, wrap(err)
	}
	return sortedNames(names), nil
}

// prune removes folders below root that nobody has used for long.
func prune(root string) {
	dirs, _ := filepath.Glob(filepath.Join(root, "*"))
	age := func(dir string) time.Duration {
		info, err := os.Stat(dir)
		if err != nil {
			return 0
		}
		return time.Since(info.ModTime())
	}
	slices.SortFunc(dirs, func(a, b string) int { return int(max(-1, min(1, age(a)-age(b)))) })
	kept := 0
	for _, dir := range dirs {
		unfinished := strings.HasPrefix(filepath.Base(dir), ".new-") // of a kernel that was killed
		if !unfinished {
			kept++
		}
		if unfinished && age(dir) > time.Hour || kept > keep && age(dir) > keepFor {
			os.RemoveAll(dir)
		}
	}
}
