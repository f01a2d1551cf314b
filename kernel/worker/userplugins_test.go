package worker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const valley = `%%plugin valley
// Valley is a circular valley of radius Radius and width Width.
type Valley struct{ Radius, Width float64 }
func (r Valley) Energy(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(r.Radius).Square().Div(2 * r.Width * r.Width) }
var Default = Valley{Radius: 2, Width: 0.25}`

// at is the energy at (3, 0) of the plugin with radius 3, which is 0, and at the origin, which is not.
const at = `m, _ := ebm.Resolve(plugins.Energy("valley", plugins.Params{"Radius": 3}), 2)
m.At(3, 0) == 0 && m.At(0, 0) > 0`

func TestAPluginIsThereInEveryNotebook(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("JOULE_PLUGINS", dir)
	first := newNotebook(t)
	if got := first.run(valley); !strings.Contains(got, "plugin valley is registered") {
		t.Fatalf("%%%%plugin: %q", got)
	}
	for _, x := range []struct{ why, code, want string }{
		{"its names enter the session", "Valley{1, 2}.Radius", "1"},
		{"it is used by name", at, "true"},
		{"it outlives the worker", "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)", "WorkerDied"},
		{"and is used again", at, "true"},
	} {
		if got := first.run(x.code); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q", x.why, got, x.want)
		}
	}
	second := newNotebook(t)
	if got := second.run(at); !strings.Contains(got, "true") {
		t.Errorf("another notebook: %q", got)
	}
	file := filepath.Join(dir, "valley", "valley.go")
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "// Package valley ") || !strings.Contains(string(text), "import \"joule/ebm\"") {
		t.Fatalf("the file: %v\n%s", err, text)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "Radius: 2,", "Radius: 3,", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := second.run("m2, _ := ebm.Resolve(plugins.Energy(\"valley\"), 2)\nm2.At(3, 0)"); !strings.Contains(got, "0") || strings.Contains(got, ".") {
		t.Errorf("a changed file: %q", got)
	}
}

// TestTheExampleOfHelp: what %help shows can be pasted.
func TestTheExampleOfHelp(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("JOULE_PLUGINS", dir)
	nb := newNotebook(t)
	help := nb.run("%help plugin")
	if !strings.Contains(help, "JOULE_PLUGINS") {
		t.Errorf("where plugins are is not said: %q", help)
	}
	_, example, _ := strings.Cut(help, "For example:\n\n")
	cell, use, ok := strings.Cut(example, "\n\nand then, in any notebook:\n\n")
	if !ok {
		t.Fatalf("no example in %q", help)
	}
	if got, want := nb.run(cell), "plugin ring is registered and written to "+filepath.Join(dir, "ring", "ring.go"); !strings.Contains(got, want) {
		t.Errorf("the example: %q, want %q", got, want)
	}
	if got := nb.run(use); strings.Contains(got, "error ") {
		t.Errorf("its use: %q", got)
	}
}

func TestWhatIsNoPlugin(t *testing.T) {
	t.Setenv("JOULE_PLUGINS", t.TempDir())
	nb := newNotebook(t)
	for _, x := range []struct{ why, code, want string }{
		{"statements", "%%plugin broken\nx := 3", "error PluginError: a plugin is made of declarations only"},
		{"no Default", "%%plugin broken\ntype B struct{}", "error PluginError: a plugin needs a variable Default"},
		{"not an energy", "%%plugin broken\ntype B struct{}\nvar Default = B{}", "no method Energy"},
		{"a name that is none", "%%plugin a/b\nvar Default = 1", "error PluginError: a plugin's name is that of a package"},
	} {
		if got := nb.run(x.code); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q", x.why, got, x.want)
		}
	}
	if left, err := os.ReadDir(os.Getenv("JOULE_PLUGINS")); err != nil || len(left) != 0 {
		t.Errorf("something was written: %v %v", left, err)
	}
}
