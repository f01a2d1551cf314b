package main

import (
	"bytes"
	"fmt"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"joule/install/setup"
)

// exampled are the packages whose examples are taken: what cells import most.
var exampled = []string{"std", "gonum.org/v1/gonum/..."}

// exampleTests are the examples of the documentation of packages, with what they say that they print, each taken apart into cells.
// Their code is that of users: of each package with the callbacks, interfaces and types that it wants of them.
func exampleTests() (tests []test, err error) {
	root, err := setup.FindSources(".")
	if err != nil {
		return nil, err
	}
	list := exec.Command("go", append([]string{"list", "-f", "{{.ImportPath}} {{.Dir}}"}, exampled...)...)
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return s == "internal" || s == "vendor" || s == "cmd" }) {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			examples, err := examplesIn(file)
			if err != nil {
				return nil, err
			}
			for _, t := range examples {
				t.dir, t.reason = path, unpassableExamples[path+"/"+t.name]
				if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
					t.home = dir // the folder of a module would be that of a notebook in this module
				}
				if t.reason != waits { // for ever
					tests = append(tests, t)
				}
			}
		}
	}
	return tests, nil
}

// examplesIn are the examples of a file that print something and are programs of their own.
func examplesIn(file string) (tests []test, err error) {
	src, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(src, []byte("func Example")) || !meant(string(src)) {
		return nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	for _, x := range doc.Examples(f) {
		if x.Play == nil || x.Output == "" {
			continue
		}
		var program bytes.Buffer
		if err := format.Node(&program, fset, x.Play); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		cells := apart(program.String())
		if cells == nil {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), "_test.go") + "." + x.Name
		tests = append(tests, test{name: name, cells: cells, want: wantPrinted(x.Output, x.Unordered), printed: true})
	}
	return tests, nil
}

var testPackage = regexp.MustCompile(`\b[a-z]\w*_test\.`)

// wantPrinted compares as go test does: without the spaces around, and lines in any order where the example says so.
func wantPrinted(want string, unordered bool) func([][]string, string) string {
	form := func(s string) string {
		s = own(testPackage.ReplaceAllString(strings.TrimSpace(s), "main."))
		if unordered {
			lines := strings.Split(s, "\n")
			slices.Sort(lines)
			s = strings.Join(lines, "\n")
		}
		return s
	}
	return func(_ [][]string, got string) string {
		if form(got) == form(want) {
			return ""
		}
		return difference(form(got), form(want))
	}
}
