package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Plugins are kept for the next run of the same cells, in whatever notebook: those that were used last, up to a size. What was
// used lately is kept in any case, as it may not be open yet.
const (
	roomForPlugins = 2 << 30
	lately         = time.Hour
)

// trim removes the plugins below root that nobody has used for longest, until the others take no more than room.
func trim(root string, room int64, lately time.Duration) {
	type plugin struct {
		path string
		size int64
		used time.Time
	}
	var list []plugin
	files, _ := filepath.Glob(filepath.Join(root, "*", "*"))
	hidden, _ := filepath.Glob(filepath.Join(root, "*", ".new-*")) // of a kernel that was killed
	for _, f := range append(files, hidden...) {
		if info, err := os.Lstat(f); err == nil && info.Mode().IsRegular() {
			list = append(list, plugin{f, info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(list, func(a, b plugin) int { return b.used.Compare(a.used) })
	for _, p := range list {
		if room -= p.size; room < 0 && time.Since(p.used) > lately {
			os.Remove(p.path)
		}
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "*")) // one for each worker that there was
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > keepFor {
			forget(dir)
			os.Remove(dir) // which fails for one that is not empty
		}
	}
}

// note leaves a link in a folder of plugins to a worker that can open them. Two installations of one build share the folder, and whoever
// uninstalls one of them must know of the other. Where there can be no links it is made again when it is missed.
func note(dir, worker string) {
	path, err := filepath.Abs(worker)
	if err != nil {
		return
	}
	sum := sha256.Sum256([]byte(path))
	os.Symlink(path, filepath.Join(dir, workerLink+hex.EncodeToString(sum[:8]))) // it may be there
}

const workerLink = ".worker-"

// forget removes these links from a folder that has nothing else.
func forget(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), workerLink) }) {
		return
	}
	for _, e := range entries {
		os.Remove(filepath.Join(dir, e.Name()))
	}
}

// collecting makes ready for modules to be added: the workspace, and a module cache that can be written. That of an installation
// for many people can often be written by none of them: then each has a copy, which is made once for each installation.
func (b *Builder) collecting(ctx context.Context) error {
	if err := b.workspace(); err != nil {
		return err
	}
	if writable(b.mod) {
		return nil
	}
	cache, _, err := cacheDir()
	if err != nil {
		return wrap(err)
	}
	own := filepath.Join(cache, "modules", b.original)
	if _, err := os.Stat(own); err != nil {
		if err := mirror(ctx, b.mod, own); err != nil {
			return wrap(err)
		}
		prune(filepath.Dir(own))
	}
	b.mod = own
	return nil
}

// cacheDir is the folder joule among those that the person keeps what can be made again in or, where that is missing or cannot be
// written, among the temporary ones. own tells which.
func cacheDir() (dir string, own bool, err error) {
	if cache, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(cache, "joule")
		if os.MkdirAll(dir, 0o700) == nil && writable(dir) {
			return dir, true, nil
		}
	}
	temporary, err := filepath.Abs(os.TempDir())
	return filepath.Join(temporary, "joule"), false, err
}

// writable tells whether files can be made in a folder.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}

// mirror copies a module cache. Extracted modules are never written again, so that links will do for them where there can be any.
func mirror(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(stage, below)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if !strings.HasPrefix(below, "cache"+string(filepath.Separator)) && os.Link(path, target) == nil {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
	if err != nil {
		return err
	}
	if err := os.Rename(stage, to); err != nil {
		if _, other := os.Stat(to); other != nil { // another notebook was faster
			return err
		}
	}
	return nil
}
