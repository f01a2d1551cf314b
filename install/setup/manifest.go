package setup

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// manifest is the record of an installation: what to leave alone when nothing has changed, and what to remove.
type manifest struct {
	Build   string            `json:"build"`   // the hash of everything that went into the programs
	Kernels map[string]string `json:"kernels"` // kernelspec name → its folder
	Folders []string          `json:"folders"` // folders that did not exist before, the outermost first
	Go      string            `json:"go"`      // the Go command that built the worker
	Cgo     bool              `json:"cgo"`     // whether the worker can open compiled cells
}

// readManifest returns the manifest at path, or an empty one where there is none (or an unreadable one: it is written anew).
func readManifest(path string) (m manifest, found bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && json.Unmarshal(data, &m) != nil {
		return manifest{Kernels: map[string]string{}}, false, nil
	}
	if m.Kernels == nil {
		m.Kernels = map[string]string{}
	}
	return m, err == nil, err
}

func (m manifest) encode() []byte {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // strings and maps of strings always encode
	}
	return append(data, '\n')
}

// missingFolders returns those of dir and its parents that do not exist, the outermost first.
func missingFolders(dir string) []string {
	var missing []string
	for {
		if _, err := os.Lstat(dir); err == nil || dir == filepath.Dir(dir) {
			return missing
		}
		missing = append([]string{dir}, missing...)
		dir = filepath.Dir(dir)
	}
}
