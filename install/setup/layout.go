package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// A Layout says where everything of one installation goes. All paths are absolute.
type Layout struct {
	Prefix  string
	Kernels string // the folder of kernelspecs
}

// DefaultLayout is the layout for the current user: Joule in the folder for data of programs, the kernelspec where Jupyter
// looks for those of the user.
func DefaultLayout() (Layout, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Layout{}, problem(err, "Your home folder is unknown (HOME is not set): say where to install with -prefix DIR.")
	}
	var data, jupyter string
	switch runtime.GOOS {
	case "darwin":
		data, jupyter = filepath.Join(home, "Library", "Application Support", "Joule"), filepath.Join(home, "Library", "Jupyter")
	case "windows":
		data, jupyter = filepath.Join(os.Getenv("LOCALAPPDATA"), "Joule"), filepath.Join(os.Getenv("APPDATA"), "jupyter")
	default:
		share := os.Getenv("XDG_DATA_HOME")
		if !filepath.IsAbs(share) { // the specification of these folders says to ignore a relative one
			share = filepath.Join(home, ".local", "share")
		}
		data, jupyter = filepath.Join(share, "joule"), filepath.Join(share, "jupyter")
	}
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		jupyter = dir
	}
	return Layout{data, filepath.Join(jupyter, "kernels")}, nil
}

// PrefixLayout is the layout under a prefix, as programs with bin, lib and share folders have it.
func PrefixLayout(prefix string) (Layout, error) {
	abs, err := filepath.Abs(prefix)
	if err != nil {
		return Layout{}, fmt.Errorf("setup: %w", err)
	}
	return Layout{abs, filepath.Join(abs, "share", "jupyter", "kernels")}, nil
}

// Lib is the folder of what the kernel needs at run time.
func (l Layout) Lib() string { return filepath.Join(l.Prefix, "lib", "joule") }

// Joule is the path of the kernel and command line.
func (l Layout) Joule() string { return filepath.Join(l.Prefix, "bin", executable("joule")) }

// Worker is the path of the program that runs cells.
func (l Layout) Worker() string { return filepath.Join(l.Lib(), executable("joule-worker")) }

// Sources is the folder of the copied sources.
func (l Layout) Sources() string { return filepath.Join(l.Lib(), "src") }

// Modules is the module cache that cells are compiled with.
func (l Layout) Modules() string { return filepath.Join(l.Lib(), "mod") }

// Catalog is the folder of the types that cells can import.
func (l Layout) Catalog() string { return filepath.Join(l.Lib(), "catalog") }

// Venv is the folder of the private virtual environment.
func (l Layout) Venv() string { return filepath.Join(l.Lib(), "venv") }

// Kernel is the folder of the kernelspec called name.
func (l Layout) Kernel(name string) string { return filepath.Join(l.Kernels, name) }

func (l Layout) manifest() string { return filepath.Join(l.Lib(), "manifest.json") }

func (l Layout) workspace() string { return filepath.Join(l.Lib(), "go.work") }

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
