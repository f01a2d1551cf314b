package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// DefaultName is the name of the kernelspec unless another is asked for. Notebooks say it to get their kernel.
const DefaultName = "joule"

var validName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// kernelspec returns the files of a kernelspec folder.
func kernelspec(l Layout, name string) map[string][]byte {
	display := "Go (Joule)"
	if name != DefaultName {
		display = "Go (" + name + ")"
	}
	spec := struct {
		Argv          []string       `json:"argv"`
		DisplayName   string         `json:"display_name"`
		Language      string         `json:"language"`
		InterruptMode string         `json:"interrupt_mode"`
		Protocol      string         `json:"kernel_protocol_version"` // from 5.5 on, a kernel can be given a registration file
		Metadata      map[string]any `json:"metadata"`
	}{
		[]string{l.Joule(), "kernel", "-f", "{connection_file}"}, display, "go", "message", "5.5", map[string]any{
			"debugger":             false,
			"supported_encryption": []string{"curve"}, // jupyter_client gives its keys only to kernels that say so
		},
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(spec); err != nil {
		panic(err) // strings always encode
	}
	return map[string][]byte{
		"kernel.json":    text.Bytes(),
		"logo-svg.svg":   logoSVG(),
		"logo-32x32.png": logoPNG(32),
		"logo-64x64.png": logoPNG(64),
	}
}

// hasFiles tells whether the folder dir holds exactly files.
func hasFiles(dir string, files map[string][]byte) bool {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(files) {
		return false
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}

// replaceFolder makes dir a folder with exactly files. A reader sees the old folder or the new one, never half of one.
func replaceFolder(dir string, files map[string][]byte) error {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".joule-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(tmp, name), data, 0o644); err != nil {
			return err
		}
	}
	return replace(dir, tmp)
}

// replace puts the file or folder from in the place of to.
func replace(to, from string) error {
	if info, err := os.Lstat(to); err == nil && info.IsDir() { // the only thing that rename cannot replace
		old, err := os.MkdirTemp(filepath.Dir(to), ".joule-old-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(old)
		if err := os.Rename(to, filepath.Join(old, "it")); err != nil {
			return err
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
