package main

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"joule/install/setup/setuptest"
	"joule/internal/needs"
	"joule/kernel/conformance/cells"
)

func testLab(t *testing.T) *lab {
	t.Helper()
	l, err := newLab(setuptest.Installed(t))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestNotebooks runs every twelfth notebook; the command runs them all. Those that a person would write are all planned: of what the
// interpreter may have, at least four fifths are to run there, or compiling everything would be a way out.
func TestNotebooks(t *testing.T) {
	l := testLab(t)
	tests, err := scriptTests(options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) < 60 {
		t.Errorf("there are %d notebooks", len(tests))
	}
	all := count{}
	for i, test := range tests {
		if test.dir == rows {
			continue
		}
		if test.dir != "grammar" && test.dir != "values" {
			all = all.plus(l.count(test))
		}
		if i%12 != 0 {
			continue
		}
		t.Run(test.String(), func(t *testing.T) {
			if r := l.run(t.Context(), test); r.outcome != right {
				t.Errorf("%s: %s", r.outcome, r.why)
			}
		})
	}
	t.Logf("%d of %d units are interpreted; %d are no types", all.interpreted, all.units, all.free)
	if share := float64(all.interpreted) / float64(all.units); share < 0.8 {
		t.Errorf("the interpreter runs %.1f%% of the units", 100*share)
	}
}

// rows is the file of TestRows, which is about what the interpreter may not have.
const rows = "rows"

// TestRows runs a notebook for every way in which the interpreter alone is known to differ from Go: each has the thing at the top of
// a cell, in functions of an earlier cell, in methods and in goroutines, with types of earlier cells and of its own.
func TestRows(t *testing.T) {
	l := testLab(t)
	tests, err := scriptTests(options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		if test.dir != rows {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			if r := l.run(t.Context(), test); r.outcome != right {
				t.Errorf("%s: %s", r.outcome, r.why)
			}
		})
	}
}

// TestStatements runs some of Go's own tests, each in several cells; the command runs them all.
func TestStatements(t *testing.T) {
	l := testLab(t)
	tests, err := statementTests()
	if errors.Is(err, errNoTests) {
		needs.Skip(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) < 800 {
		t.Errorf("only %d tests can be taken apart", len(tests))
	}
	for i, test := range tests {
		if i%60 != 0 && !slices.Contains(crossing, test.String()) || test.reason != "" {
			continue
		}
		t.Run(test.String(), func(t *testing.T) {
			if r := l.run(t.Context(), test); r.outcome != right {
				t.Errorf("%s: %s", r.outcome, r.why)
			}
		})
	}
}

// TestExamples runs some of the examples of the standard library's documentation; the command runs them all.
func TestExamples(t *testing.T) {
	l := testLab(t)
	tests, err := exampleTests()
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) < 700 {
		t.Errorf("there are %d examples", len(tests))
	}
	for i, test := range tests {
		if i%60 != 0 && test.String() != "reflect/example.Kind" || test.reason != "" {
			continue
		}
		t.Run(test.String(), func(t *testing.T) {
			if r := l.run(t.Context(), test); r.outcome != right {
				t.Errorf("%s: %s", r.outcome, r.why)
			}
		})
	}
}

// crossing are tests that give structs and faults from one cell to another.
var crossing = []string{"./chancap", "typeparam/dottype", "typeparam/equal", "typeparam/issue50833", "typeparam/pair", "fixedbugs/issue4085b"}

// TestApart checks what comes into which cell.
func TestApart(t *testing.T) {
	got := apart(`package main

import "os"

type T struct{}

func (T) M() { helper() }

func other() {}

// The comment of a helper.
//go:noinline
func helper() { n++ }

var n int

func main() {
	T{}.M()
	other()
}
`)
	want := []string{
		"import \"os\"\ntype T struct{}\nfunc (T) M() { helper() }\n// The comment of a helper.\n//go:noinline\nfunc helper() { n++ }\nvar n int\n",
		"func other() {}\n",
		"\n\tT{}.M()\n\tother()\n\n",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the cells are\n%q\nwant\n%q", got, want)
	}
	if apart("package main\nfunc main() {}") != nil {
		t.Error("a program that does nothing is taken apart")
	}
}

// TestDifference checks that a notebook which shows something else than it should is found.
func TestDifference(t *testing.T) {
	l := testLab(t)
	scripts, err := cells.Parse("=== wrong: for comparison\n1 + 1\n---\n= 2\n+++\n1 + 2\n---\n= 4\n")
	if err != nil {
		t.Fatal(err)
	}
	r := l.run(t.Context(), scriptTest("negative", scripts[0]))
	if r.outcome != silent || !strings.HasPrefix(r.why, "cell 2: line 1") {
		t.Errorf("a wrong value is %s: %s", r.outcome, r.why)
	}
}

// TestRandom compares one made up notebook of each kind with the compiler.
func TestRandom(t *testing.T) {
	l := testLab(t)
	for _, suite := range []func(context.Context, *lab, options) ([]test, error){randomTests, loopTests, formTests} {
		tests, err := suite(t.Context(), l, options{seed: 2, count: 1, match: regexp.MustCompile("")})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			if r := l.run(t.Context(), test); r.outcome != right {
				t.Errorf("%s: %s: %s", test, r.outcome, r.why)
			}
		}
	}
}

// TestSeeds checks that a seed gives the same notebook every time, and another one another.
func TestSeeds(t *testing.T) {
	text := func(seed uint64) string {
		return cells.Format([]cells.Script{randomScript(seed), loopScript(seed), formScript(seed)})
	}
	if first := text(5); text(5) != first {
		t.Error("a seed gives two notebooks")
	}
	if text(5) == text(6) {
		t.Error("two seeds give one notebook")
	}
}
