package main

import (
	"fmt"
	"go/build"
	"go/build/constraint"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// goDirs are the folders of $GOROOT/test that hold programs of one file.
var goDirs = []string{".", "ken", "chan", "interface", "typeparam", "fixedbugs"}

// goRoot is the root of the Go distribution's tests.
func goRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "test")
	if _, err := os.Stat(filepath.Join(dir, "ken")); err != nil {
		return "", errNoTests
	}
	return dir, nil
}

// goTests lists the run tests, each a single cell.
func goTests() (tests []test, err error) {
	root, err := goRoot()
	if err != nil {
		return nil, err
	}
	if err := standardLibrary(); err != nil {
		return nil, err
	}
	for _, dir := range goDirs {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			code, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			if !isRun(string(code)) || !meant(string(code)) {
				continue
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".go") + ".out")
			if err != nil && !os.IsNotExist(err) {
				return nil, err
			}
			name := strings.TrimSuffix(filepath.Base(file), ".go")
			tests = append(tests, test{dir: dir, name: name, home: root, cells: []string{string(code)}, reason: unpassable[filepath.Join(dir, name)], want: wantText(string(want))})
		}
	}
	return tests, nil
}

// standardLibrary sets what the distribution's own runner sets for tests that call the compiler: where the compiled packages of
// the standard library are.
func standardLibrary() error {
	const format = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}"
	out, err := exec.Command("go", "list", "-export", "-f", format, "std").Output()
	if err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	file := filepath.Join(cache, "joule", "importcfg")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		return err
	}
	return os.Setenv("STDLIB_IMPORTCFG", file)
}

// isRun tells a program that is to be run as it is: its first comment after build constraints is "// run".
func isRun(code string) bool {
	for _, line := range strings.Split(code, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//go:build") || strings.HasPrefix(line, "// +build") {
			continue
		}
		return line == "// run"
	}
	return false
}

// meant tells whether a program is for this system.
func meant(code string) bool {
	for line := range strings.Lines(code) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "package ") {
			break
		}
		if x, err := constraint.Parse(line); err == nil && !x.Eval(tag) {
			return false
		}
	}
	return true
}

// tag tells whether a build tag holds here.
func tag(name string) bool {
	return name == runtime.GOOS || name == runtime.GOARCH || name == "unix" && runtime.GOOS != "windows" ||
		slices.Contains(build.Default.ReleaseTags, name) || name == "gc" || name == "cgo"
}

// wantText compares everything that was printed.
func wantText(want string) func([][]string, string) string {
	return func(_ [][]string, got string) string {
		// Types of a notebook belong to the package of their cell.
		if own(got) == own(want) {
			return ""
		}
		return difference(own(got), own(want))
	}
}

var ownPackage = regexp.MustCompile(`\b(cell\d+|code|main)\.`)

// own gives the types that a program declares one package name, whatever their home is.
func own(s string) string { return ownPackage.ReplaceAllString(s, "main.") }

func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < len(g) || i < len(w); i++ {
		a, b := "(nothing)", "(nothing)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d is %.300q, want %.300q", i+1, a, b)
		}
	}
	return ""
}
