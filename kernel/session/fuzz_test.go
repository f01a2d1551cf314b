package session

import (
	"fmt"
	"go/build"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// seeds are the cells of the engine's scripts and programs of the Go distribution's own tests, as far as it is there.
func seeds(f *testing.F) {
	f.Helper()
	scripts, _ := filepath.Glob("../worker/testdata/*.txt")
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n=== ") {
			_, cells, _ := strings.Cut(part, "\n")
			for _, cell := range strings.Split(cells, "\n+++\n") {
				cell, _, _ = strings.Cut(cell, "\n---\n")
				f.Add(cell)
			}
		}
	}
	programs, _ := filepath.Glob(filepath.Join(build.Default.GOROOT, "test", "*", "*.go"))
	for i, name := range programs {
		if text, err := os.ReadFile(name); err == nil && len(text) < 2000 && i%40 == 0 {
			f.Add(string(text))
		}
	}
	for _, w := range wrong(f) {
		f.Add(w[0])
	}
}

// state is everything that a session remembers and that a cell could change.
func (s *Session) state() string {
	var b strings.Builder
	for _, o := range s.Objects() {
		fmt.Fprintf(&b, "%s %v %s %s %d %s %q %v %p\n", o.Name, o.Kind, types.ObjectString(o.Obj, nil), o.ID, o.Cell, o.Home, o.Stale, o.Lost, o.Obj)
		if d := o.decl; d != nil {
			fmt.Fprintf(&b, "\t%d %q %q %v %v %v\n", d.cell, d.text, d.spec, d.packages, d.uses, d.signature)
			for _, name := range slices.Sorted(maps.Keys(d.methods)) {
				fmt.Fprintf(&b, "\t%+v\n", *d.methods[name])
			}
		}
	}
	fmt.Fprintln(&b, s.imports, s.dots, s.sources, s.recovers, s.inspects, len(s.types), len(s.owners))
	for _, o := range s.unnamed {
		fmt.Fprintln(&b, o.Name, o.Obj)
	}
	return b.String()
}

// FuzzCheck checks any text as a cell: it never panics, takes no time, and leaves the session as it was, also where it is
// accepted, until it is committed. A cell that was accepted may run again.
func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4000 {
			return
		}
		s := told(t)
		before := s.state()
		began := time.Now()
		c, ds := s.Check(3, src)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %v", took)
		}
		if after := s.state(); after != before {
			t.Errorf("the session changed:\n%s\nit was\n%s", after, before)
		}
		for _, d := range ds {
			if d.Line < 1 || d.Col < 1 || d.Message == "" || strings.Contains(d.Text(), "__") && !strings.Contains(src, "__") {
				t.Errorf("%+v", d)
			}
		}
		if (c == nil) != (len(ds) > 0) {
			t.Fatalf("a cell and errors, or neither: %v", ds)
		}
		if status, _ := Completeness(src); c != nil && status != "complete" {
			t.Errorf("a cell that checks is %s", status)
		}
		if c == nil {
			return
		}
		s.Commit(c)
		if _, ds := s.Check(4, src); len(ds) > 0 {
			t.Errorf("it does not run a second time: %v", ds)
		}
	})
}

// FuzzCursor completes and describes at every place of any text.
func FuzzCursor(f *testing.F) {
	for _, w := range wrong(f) {
		f.Add(w[0])
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 60 {
			src = src[:60]
		}
		s := told(t)
		before := s.state()
		for i := range len(src) + 1 {
			c := s.Complete(src, i)
			if c.Start > i || c.End < i || c.Start < 0 || c.End > len(src) {
				t.Errorf("at %d it replaces %d:%d", i, c.Start, c.End)
			}
			for _, m := range c.Matches {
				if strings.Contains(m.Text, here) && !strings.Contains(src, here) {
					t.Errorf("at %d it offers %s", i, m.Text)
				}
			}
			if d, ok := s.Describe(src, i, i%2); ok && (d.Decl == "" || strings.Contains(d.Text()+d.Markdown(), here)) && !strings.Contains(src, here) {
				t.Errorf("at %d: %s", i, d.Text())
			}
			Completeness(src[:i])
		}
		if s.state() != before {
			t.Error("the session changed")
		}
	})
}
