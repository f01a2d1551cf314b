// Command gen writes the symbol tables of package symbols: one file for each package that cells can import and that is linked
// into the worker. yaegi's own extractor knows the form that its interpreter wants.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/traefik/yaegi/extract"
)

// patterns are the packages of Joule; others are linked because notebooks of this field use them in every other cell.
var (
	patterns = []string{"joule/ebm/...", "joule/plugins", "joule/kernel/display"}
	others   = []string{
		"gonum.org/v1/gonum/floats", "gonum.org/v1/gonum/mat", "gonum.org/v1/gonum/stat", "gonum.org/v1/gonum/stat/distuv",
		"gonum.org/v1/gonum/optimize", "gonum.org/v1/plot", "gonum.org/v1/plot/plotter", "gonum.org/v1/plot/vg",
	}
)

func main() {
	log.SetFlags(0)
	old, err := filepath.Glob("symbols_*.go")
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			log.Fatal(err)
		}
	}
	for _, path := range append(packages(), others...) {
		if err := write(path); err != nil {
			log.Fatalf("gen: %s: %v", path, err)
		}
	}
	if err := writeInstances(); err != nil {
		log.Fatalf("gen: %v", err)
	}
}

// packages lists the packages of Joule that make sense in a cell.
func packages() (paths []string) {
	out, err := exec.Command("go", append([]string{"list", "-f", "{{.Name}} {{.ImportPath}}"}, patterns...)...).Output()
	if err != nil {
		log.Fatalf("gen: go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		name, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "main" && !strings.Contains(path, "/internal/") && !strings.HasSuffix(path, "/ebmtest") {
			paths = append(paths, path)
		}
	}
	return paths
}

func write(path string) error {
	var out bytes.Buffer
	e := extract.Extractor{Dest: "symbols"}
	if _, err := e.Extract(path, "", &out); err != nil {
		return err
	}
	text, err := format.Source(out.Bytes())
	if err != nil {
		return err
	}
	name := strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(strings.TrimPrefix(path, "joule/"))
	return os.WriteFile(fmt.Sprintf("symbols_%s.go", name), text, 0o644)
}
