package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// roots are the parts of the module that the programs are built from.
var roots = []string{"go.mod", "go.sum", "kernel", "ebm", "plugins"}

// FindSources returns the root of Joule's sources: the nearest folder at or above dir with its go.mod.
func FindSources(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("setup: %w", err)
	}
	for at := abs; ; at = filepath.Dir(at) {
		if mod, err := os.ReadFile(filepath.Join(at, "go.mod")); err == nil && strings.HasPrefix(string(mod), "module joule\n") {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", problem(nil, "Joule's sources are not in %s or above it: run `go run ./install` in the folder that holds Joule's go.mod.", abs)
		}
	}
}

// sourceFiles lists the files that the programs are built from, relative to root, sorted. Tests, test data and hidden files are not
// among them.
func sourceFiles(root string) ([]string, error) {
	var files []string
	for _, top := range roots {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) && path == filepath.Join(root, top) {
					return nil
				}
				return err
			}
			name := d.Name()
			hidden := strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
			if d.IsDir() {
				if hidden || name == "testdata" || name == "node_modules" {
					return filepath.SkipDir
				}
				return nil
			}
			if hidden || strings.HasSuffix(name, "_test.go") || !d.Type().IsRegular() {
				return nil
			}
			rel, err := filepath.Rel(root, path)
			files = append(files, rel)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("setup: %w", err)
		}
	}
	sort.Strings(files)
	return files, nil
}

// HashSources returns a hash of the names and contents of everything that the programs are built from. It opens every file, so
// that a test which calls it is run again by the go command after any of them has changed.
func HashSources(root string) (string, error) {
	files, err := sourceFiles(root)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "", fmt.Errorf("setup: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(name), len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// copySources copies the sources to the new folder dst.
func copySources(dst, root string) error {
	files, err := sourceFiles(root)
	if err != nil {
		return err
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		to := filepath.Join(dst, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
