package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"joule/install/setup"
	"joule/kernel/conformance/cells"
)

// scriptFiles are the notebooks of the corpus, or the given files.
func scriptFiles(o options) ([]string, error) {
	if len(o.files) > 0 {
		return o.files, nil
	}
	root, err := setup.FindSources(".")
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(root, "kernel", "conformance", "testdata", "*.txt"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("there are no scripts in testdata")
	}
	return files, err
}

// scriptTests reads the notebooks; what they should show stands beside each cell.
func scriptTests(o options) (tests []test, err error) {
	files, err := scriptFiles(o)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		scripts, err := cells.Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, s := range scripts {
			tests = append(tests, scriptTest(dirOf(file), s))
		}
	}
	return tests, nil
}

func dirOf(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txt") }

func scriptTest(dir string, s cells.Script) test {
	t := test{dir: dir, name: strings.ReplaceAll(s.Name, " ", "_")}
	for _, c := range s.Cells {
		t.cells = append(t.cells, c.Code)
	}
	t.want = func(shown [][]string, _ string) string {
		for i, c := range s.Cells {
			if why := cells.Match(ownLines(shown[i]), ownLines(c.Want)); why != "" {
				return fmt.Sprintf("cell %d: %s\nof\n%s\n\nall of it:\n%s", i+1, why, c.Code, strings.Join(shown[i], "\n"))
			}
		}
		return ""
	}
	return t
}

func ownLines(lines []string) (list []string) {
	for _, l := range lines {
		list = append(list, own(l))
	}
	return list
}

// updateScripts writes to each script what the compiler's program of it shows.
func updateScripts(ctx context.Context, l *lab, o options) error {
	files, err := scriptFiles(o)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		scripts, err := cells.Parse(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		wrong := golden(ctx, l, dirOf(file), scripts, o)
		if err := os.WriteFile(file, []byte(cells.Format(scripts)), 0o644); err != nil {
			return err
		}
		if wrong != nil {
			return fmt.Errorf("%s: %w", file, wrong)
		}
	}
	return nil
}

// golden runs the programs of scripts.
func golden(ctx context.Context, l *lab, dir string, scripts []cells.Script, o options) error {
	jobs := make(chan error, len(scripts))
	room := make(chan bool, runtime.NumCPU())
	for i := range scripts {
		go func() {
			room <- true
			defer func() { <-room }()
			s := &scripts[i]
			if o.match != nil && !o.match.MatchString(scriptTest(dir, *s).String()) {
				jobs <- nil
				return
			}
			shown, err := l.compile(ctx, s)
			if err == nil {
				for j := range s.Cells {
					s.Cells[j].Want = shown[j]
				}
				jobs <- nil
				return
			}
			jobs <- fmt.Errorf("%s: %w", s.Name, err)
		}()
	}
	var errs []string
	for range scripts {
		if err := <-jobs; err != nil {
			errs = append(errs, err.Error())
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%s", strings.Join(errs, "\n"))
	}
	return nil
}

// compile runs the program of a script with the go command and returns what it shows, cell by cell.
func (l *lab) compile(ctx context.Context, s *cells.Script) ([][]string, error) {
	var codes []string
	for _, c := range s.Cells {
		codes = append(codes, c.Code)
	}
	program, err := cells.Program(codes, l.cat)
	if err != nil {
		return nil, err
	}
	root, err := setup.FindSources(".")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "program-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "program.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, "program"), file)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out bytes.Buffer
	run := exec.CommandContext(ctx, filepath.Join(dir, "program"))
	run.Dir, run.Stdout, run.Stderr = dir, &out, &out
	if err := run.Run(); err != nil {
		text := out.Bytes()
		return nil, fmt.Errorf("%w\n%s", err, text[max(0, len(text)-2000):])
	}
	return parts(out.String(), len(codes)), nil
}

// parts takes the output of a program apart into that of its cells.
func parts(text string, n int) [][]string {
	shown := make([][]string, n)
	for i := range shown {
		var part string
		part, text, _ = strings.Cut(text, cells.Boundary+"\n")
		if part != "" {
			shown[i] = strings.Split(strings.TrimSuffix(part, "\n"), "\n")
		}
	}
	return shown
}
