package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Options say what to install, and where. The zero value installs for the current user from the sources in the working
// directory, and opens JupyterLab.
type Options struct {
	Prefix    string // install under this folder
	SysPrefix bool   // install under the prefix of the Python on PATH: into an active virtual or conda environment
	Name      string // of the kernelspec; "" means DefaultName
	NoLab     bool   // do not look for, install or open JupyterLab
	Uninstall bool   // remove what was installed
	DryRun    bool   // say what would be done, and do nothing

	Sources        string // a folder inside the checkout; "" means the working directory
	Stdout, Stderr io.Writer
}

// Run does what o says. Errors of type *Problem are for the person to read as they are.
func Run(ctx context.Context, o Options) error {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if !validName.MatchString(o.Name) {
		return problem(nil, "%q cannot be the name of a kernelspec: use letters, digits, dot, dash and underscore.", o.Name)
	}
	l, err := o.layout(ctx)
	if err != nil {
		return err
	}
	if o.Uninstall {
		return explain(uninstall(l, o), l.Prefix)
	}
	root, err := FindSources(cmpOr(o.Sources, "."))
	if err != nil {
		return err
	}
	t, err := findToolchain(ctx, root)
	if err != nil {
		return err
	}
	i := installation{Options: o, layout: l, tools: t, root: root}
	return explain(i.run(ctx), l.Prefix)
}

func (o Options) layout(ctx context.Context) (Layout, error) {
	switch {
	case o.SysPrefix && o.Prefix != "":
		return Layout{}, problem(nil, "-prefix and -sys-prefix exclude each other: give one of them.")
	case o.SysPrefix:
		python, err := FindPython(ctx)
		if err != nil {
			return Layout{}, err
		}
		out, err := command(exec.CommandContext(ctx, python, "-c", "import sys; print(sys.prefix)"))
		if err != nil {
			return Layout{}, fmt.Errorf("setup: %w", err)
		}
		return PrefixLayout(strings.TrimSpace(out))
	case o.Prefix != "":
		return PrefixLayout(o.Prefix)
	}
	return DefaultLayout()
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// installation is one run of the installer.
type installation struct {
	Options
	layout Layout
	tools  toolchain
	root   string
	record manifest
}

func (i *installation) say(format string, args ...any) { fmt.Fprintf(i.Stdout, format+"\n", args...) }

func (i *installation) run(ctx context.Context) error {
	sources, err := HashSources(i.root)
	if err != nil {
		return err
	}
	if i.record, _, err = readManifest(i.layout.manifest()); err != nil {
		return err
	}
	before := i.record.encode()
	hash := i.tools.hash(sources)
	if i.record.Build != hash || !built(i.layout) {
		if err := i.programs(ctx, hash); err != nil {
			return err
		}
	}
	if err := i.kernelspec(); err != nil {
		return err
	}
	if err := i.save(before); err != nil {
		return err
	}
	if !i.tools.cgo {
		i.say("No C compiler was found: cells are interpreted, and those that must be compiled (types with methods, generic declarations) are refused. " +
			"Install one (on Debian and Ubuntu: apt install gcc; on macOS: xcode-select --install) and run this again.")
	}
	if i.NoLab {
		if !i.DryRun {
			i.say("The kernel %q is installed. Try: %s run %s", i.Name, i.layout.Joule(), filepath.Join(i.root, "notebooks", "01_first_energy.ipynb"))
		}
		return nil
	}
	return i.lab(ctx)
}

// programs builds, and checks by running a cell that the result works, which also warms the cache of the compiler.
func (i *installation) programs(ctx context.Context, hash string) error {
	l := i.layout
	paths := []string{l.Sources(), l.workspace(), l.Catalog(), l.Worker(), l.Joule()}
	if i.DryRun {
		for _, path := range append(paths, l.Modules(), l.manifest()) {
			i.say("would write %s", path)
		}
		return nil
	}
	if err := i.folders(l.Lib(), filepath.Dir(l.Joule())); err != nil {
		return err
	}
	i.record.Build, i.record.Go, i.record.Cgo = "", i.tools.command(), i.tools.cgo
	if err := os.WriteFile(l.manifest(), i.record.encode(), 0o644); err != nil { // from here on uninstall knows what to remove
		return err
	}
	if err := build(ctx, l, i.tools, i.root, i.say); err != nil {
		return err
	}
	i.say("wrote %s", l.Modules())
	if err := i.warm(ctx); err != nil {
		return err
	}
	i.record.Build = hash
	return nil
}

// folders makes folders and remembers which of them are new.
func (i *installation) folders(dirs ...string) error {
	for _, dir := range dirs {
		for _, missing := range missingFolders(dir) {
			if !slices.Contains(i.record.Folders, missing) {
				i.record.Folders = append(i.record.Folders, missing)
			}
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (i *installation) kernelspec() error {
	dir, files := i.layout.Kernel(i.Name), kernelspec(i.layout, i.Name)
	if !hasFiles(dir, files) {
		if i.DryRun {
			i.say("would write %s", dir)
			return nil
		}
		if err := i.folders(filepath.Dir(dir)); err != nil {
			return err
		}
		if err := replaceFolder(dir, files); err != nil {
			return err
		}
		i.say("wrote %s", dir)
	}
	i.record.Kernels[i.Name] = dir
	return nil
}

func (i *installation) save(before []byte) error {
	if i.DryRun || string(i.record.encode()) == string(before) {
		return nil
	}
	if err := os.WriteFile(i.layout.manifest(), i.record.encode(), 0o644); err != nil {
		return err
	}
	i.say("wrote %s", i.layout.manifest())
	return nil
}

// lab finds or makes a JupyterLab and opens it.
func (i *installation) lab(ctx context.Context) error {
	command, err := i.findOrMakeLab(ctx)
	if err != nil {
		var known *Problem
		if errors.As(err, &known) && !i.DryRun {
			return problem(err, "%s "+withoutLab, known.Sentence, i.layout.Joule())
		}
		return err
	}
	if i.DryRun {
		i.say("would open %s on %s", command, filepath.Join(i.root, "notebooks"))
		return nil
	}
	return openLab(ctx, command, i.layout, filepath.Join(i.root, "notebooks"), i.Stdout, i.Stderr)
}

func (i *installation) findOrMakeLab(ctx context.Context) (string, error) {
	if path := findLab(ctx); path != "" {
		return path, nil
	}
	venv, requirements := Venv{i.layout.Venv()}, filepath.Join(i.root, "install", "requirements.txt")
	if venv.Ready(requirements) {
		return venv.Tool("jupyter-lab"), nil
	}
	if i.DryRun {
		if _, err := FindPython(ctx); err != nil {
			return "", err
		}
		i.say("would write %s", venv.Dir)
		return venv.Tool("jupyter-lab"), nil
	}
	i.say("Installing JupyterLab for Joule's own use (about a minute) …")
	if err := venv.Make(ctx, requirements); err != nil {
		return "", err
	}
	i.say("wrote %s", venv.Dir)
	return venv.Tool("jupyter-lab"), nil
}
