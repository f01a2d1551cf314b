package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A snapshot is a copy of what the go command reads of a module in a folder. Cells are compiled from it, because a package that is
// loaded cannot be exchanged: while the person edits the folder, everything that is compiled must still fit what is loaded.
type snapshot struct {
	module, from string
	dir          string
	hash         string           // of the names and contents of all files
	files        map[string]stamp // by their names below from
}

// stamp tells, most often, that a file has been written.
type stamp struct {
	size int64
	time time.Time
}

// maxSnapshot is how large the folders of packages that use C may be: any file of theirs may be included by another.
const maxSnapshot = 256 << 20

// fileLists are the files of a package, as go list has them.
type fileLists struct {
	Dir                                                                                                          string
	GoFiles, CgoFiles, IgnoredGoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SwigFiles, SwigCXXFiles []string
	SysoFiles, EmbedFiles                                                                                        []string
}

func (p *fileLists) all() []string {
	return slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles,
		p.SwigFiles, p.SwigCXXFiles, p.SysoFiles, p.EmbedFiles)
}

// snapshotOf copies the module in a folder. The folder is only read: the go command works on a copy of its go.mod.
func (b *Builder) snapshotOf(ctx context.Context, module, from string) (*snapshot, error) {
	b.taken++
	s := &snapshot{module: module, from: from, dir: filepath.Join(b.dir, "local", fmt.Sprintf("%06d", b.taken)), files: map[string]stamp{}}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, wrap(err)
	}
	mod := filepath.Join(b.dir, "local", fmt.Sprintf("%06d.mod", b.taken))
	text, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err == nil {
		err = os.WriteFile(mod, text, 0o600)
	}
	if err != nil {
		return nil, wrap(err)
	}
	if sum, err := os.ReadFile(filepath.Join(from, "go.sum")); err == nil {
		os.WriteFile(strings.TrimSuffix(mod, ".mod")+".sum", sum, 0o600)
	}
	out, err := b.run(ctx, from, append(b.compiling("GOWORK=off"), "GOFLAGS=-mod=mod"), "list", "-e", "-find", "-modfile="+mod,
		"-json=Dir,GoFiles,CgoFiles,IgnoredGoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles", "./...")
	if err != nil {
		return nil, err
	}
	names := map[string]bool{"go.mod": true}
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var p fileLists
		if err := dec.Decode(&p); err != nil {
			return nil, wrap(err)
		}
		below, err := filepath.Rel(from, p.Dir)
		if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
			continue // the go command resolves links: a package that is a link to elsewhere
		}
		for _, f := range p.all() {
			if !filepath.IsAbs(f) { // what cgo generates is in the build cache
				names[filepath.Join(below, f)] = true
			}
		}
		if len(p.CgoFiles) > 0 {
			if err := includable(ctx, from, below, names); err != nil {
				return nil, err
			}
		}
	}
	return s, s.take(ctx, names)
}

// includable adds every file of a package that uses C, with its folders: what C includes nobody lists.
func includable(ctx context.Context, from, below string, names map[string]bool) error {
	var size int64
	return filepath.WalkDir(filepath.Join(from, below), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return wrap(err)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != from:
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		if size > maxSnapshot {
			return fmt.Errorf("native: the folder %s uses C and holds more than %d MB: too much to copy for a notebook", filepath.Join(from, below), maxSnapshot>>20)
		}
		name, err := filepath.Rel(from, path)
		names[name] = true
		return wrap(err)
	})
}

// take copies the files.
func (s *snapshot) take(ctx context.Context, names map[string]bool) error {
	h := sha256.New()
	for _, name := range sortedNames(names) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		source := filepath.Join(s.from, name)
		info, err := os.Stat(source)
		if err != nil {
			return wrap(err)
		}
		data, err := os.ReadFile(source)
		if err != nil {
			return wrap(err)
		}
		to := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return wrap(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			return wrap(err)
		}
		fmt.Fprintf(h, "%s\x00%d\x00", filepath.ToSlash(name), len(data))
		h.Write(data)
		s.files[name] = stamp{info.Size(), info.ModTime()}
	}
	s.hash = hex.EncodeToString(h.Sum(nil)[:10])
	return nil
}

// changed names a file of the folder that was written after the snapshot was taken, or "".
func (s *snapshot) changed() string {
	for _, name := range sortedNames(s.files) {
		info, err := os.Stat(filepath.Join(s.from, name))
		if err != nil || (stamp{info.Size(), info.ModTime()}) != s.files[name] {
			return name
		}
	}
	return ""
}

func sortedNames[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
