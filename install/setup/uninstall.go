package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// uninstall removes what the manifest lists. With a name given beside others, only that kernelspec goes.
func uninstall(l Layout, o Options) error {
	m, found, err := readManifest(l.manifest())
	if err != nil {
		return err
	}
	if !found {
		fmt.Fprintf(o.Stdout, "Nothing of Joule is installed under %s.\n", l.Prefix)
		return nil
	}
	u := remover{o: o}
	if dir, own := m.Kernels[o.Name]; own && len(m.Kernels) > 1 && o.Name != DefaultName {
		u.remove(dir)
		delete(m.Kernels, o.Name)
		if !o.DryRun && u.err == nil {
			u.err = os.WriteFile(l.manifest(), m.encode(), 0o644)
		}
		return u.err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Kernels)) {
		u.remove(m.Kernels[name])
	}
	if cells := compiledCells(l.Worker()); cells != "" {
		if other := sharedWith(cells, l.Worker()); other == "" {
			u.remove(cells)
		} else {
			fmt.Fprintf(o.Stdout, "kept %s, which %s uses, too\n", cells, other)
		}
	}
	u.remove(l.Joule())
	u.remove(l.Lib())
	for _, dir := range slices.Backward(m.Folders) {
		u.removeEmpty(dir)
	}
	return u.err
}

// compiledCells is the folder in which package native keeps the plugins that it has built for a worker, or "". Only that worker can
// open them.
func compiledCells(worker string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	program, err := os.ReadFile(worker)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(program)
	return filepath.Join(cache, "joule", "plugins", hex.EncodeToString(sum[:8]))
}

// sharedWith is another worker of the same build that uses a folder of plugins, or "". Each that has used it has left a link there.
func sharedWith(cells, worker string) string {
	entries, err := os.ReadDir(cells)
	if err != nil {
		return ""
	}
	own, err := os.Stat(worker)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		other, err := os.Readlink(filepath.Join(cells, e.Name()))
		if err != nil {
			continue
		}
		if info, err := os.Stat(other); err == nil && !os.SameFile(own, info) && compiledCells(other) == cells {
			return other
		}
	}
	return ""
}

// remover removes until the first error.
type remover struct {
	o   Options
	err error
}

func (u *remover) remove(path string) {
	if path == "" {
		return
	}
	if _, err := os.Lstat(path); u.err != nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	if u.o.DryRun {
		fmt.Fprintf(u.o.Stdout, "would remove %s\n", path)
		return
	}
	if u.err = removeAll(path); u.err == nil {
		fmt.Fprintf(u.o.Stdout, "removed %s\n", path)
	}
}

// removeEmpty removes a folder that the installer made, unless somebody has put something else there.
func (u *remover) removeEmpty(dir string) {
	if u.err != nil || u.o.DryRun {
		return
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) == 0 {
		u.remove(dir)
	}
}

// removeAll removes also folders without write permission, which the go command makes in module caches.
func removeAll(path string) error {
	if os.RemoveAll(path) == nil {
		return nil
	}
	filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(p, 0o755)
		}
		return nil
	})
	return os.RemoveAll(path)
}
