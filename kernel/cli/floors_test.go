package cli_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"joule/install/setup"
	"joule/install/setup/setuptest"
)

// floors is the policy of who may import whom: a package imports only packages of floors before its own. To make a build pass, change
// the package, not the policy.
var floors = []string{
	"internal/needs kernel/cell kernel/catalog kernel/usage kernel/instances ebm/simd",
	"ebm/internal/jit",
	"kernel/display kernel/trial ebm/expr",
	"kernel/wire ebm",
	"ebm/diag ebm/data ebm/optim ebm/energy ebm/nn ebm/discrete",
	"ebm/sampler ebm/infer ebm/latent ebm/loss",
	"ebm/train",
	"ebm/viz ebm/ebmtest",
	"plugins",
	"plugins/*",
	"plugins/all kernel/symbols kernel/symbols/*",
	"kernel",
	"kernel/zmq kernel/session kernel/history kernel/kerneltest kernel/conformance/cells",
	"kernel/notebook kernel/lower kernel/magic kernel/widgets",
	"kernel/interp kernel/native",
	"kernel/worker/pipe",
	"kernel/worker kernel/worker/child",
	"kernel/cli kernel/joule-worker",
	"kernel/joule",
	"notebooks",
	"install/setup",
	"install/setup/setuptest",
	"install kernel/bench kernel/conformance ebm/bench",
}

// onlyImporters names the packages that stand between the rest and something that is easy to depend on by accident.
var onlyImporters = []struct {
	module string
	may    []string
	why    string
}{
	{"github.com/go-zeromq/zmq4", []string{"joule/kernel/zmq"}, "its stock sockets must not be used, and its panics must not get through"},
	{"github.com/traefik/yaegi", []string{"joule/kernel/interp", "joule/kernel/symbols", "joule/kernel/worker/child"}, "what it runs wrongly is known in one place"},
	{"gonum.org/v1/plot", []string{"joule/ebm/viz", "joule/kernel/symbols"}, "an energy must not cost the size of a plotter"},
	{"plugin", []string{"joule/kernel/worker/child"}, "a plugin that does not fit ends the process"},
}

// listed is one package as the go command sees it.
type listed struct {
	ImportPath, Name, Doc string
	Imports, Deps         []string
}

// packages returns all packages of the module. Every file that the answer depends on is opened on the way.
func packages(t *testing.T) []listed {
	t.Helper()
	root := setuptest.Root(t)
	if _, err := setup.HashSources(root); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Name,Doc,Imports,Deps", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.ImportPath, "/testdata/") {
			continue
		}
		all = append(all, p)
	}
	return all
}

// floorOf returns the floor of a package, or -1. A name stands before a pattern.
func floorOf(importPath string) int {
	name, found := strings.TrimPrefix(importPath, "joule/"), -1
	for n, floor := range floors {
		for _, pattern := range strings.Fields(floor) {
			if pattern == name {
				return n
			}
			if ok, _ := path.Match(pattern, name); ok {
				found = n
			}
		}
	}
	return found
}

func TestFloors(t *testing.T) {
	for _, p := range packages(t) {
		own := floorOf(p.ImportPath)
		if own < 0 {
			t.Errorf("%s is on no floor: give it one", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, "joule/") && imported != "joule" {
				continue
			}
			if their := floorOf(imported); their >= own && their >= 0 {
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.ImportPath, own, imported, their)
			}
			if library(p.ImportPath) && strings.HasPrefix(imported, "joule/kernel") {
				t.Errorf("%s imports %s: the library must not know about notebooks", p.ImportPath, imported)
			}
		}
		for _, rule := range onlyImporters {
			if slices.Contains(rule.may, p.ImportPath) || slices.ContainsFunc(rule.may, func(m string) bool { return strings.HasPrefix(p.ImportPath, m+"/") }) {
				continue
			}
			for _, imported := range p.Imports {
				if imported == rule.module || strings.HasPrefix(imported, rule.module+"/") {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.why)
				}
			}
		}
	}
}

func library(importPath string) bool {
	return importPath == "joule/ebm" || strings.HasPrefix(importPath, "joule/ebm/") || strings.HasPrefix(importPath, "joule/plugins")
}

// TestTheKernelIsSmall: the process with the sockets links neither the interpreter nor the library, so it starts in milliseconds.
func TestTheKernelIsSmall(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != "joule/kernel/joule" {
			continue
		}
		for _, dep := range p.Deps {
			for _, heavy := range []string{"github.com/traefik/yaegi", "joule/ebm", "gonum.org/", "plugin", "net/http"} {
				if dep == heavy || strings.HasPrefix(dep, strings.TrimSuffix(heavy, "/")+"/") {
					t.Errorf("joule links %s", dep)
				}
			}
		}
		return
	}
	t.Error("there is no package joule/kernel/joule")
}

// TestPackageDocs: every package says what it is.
func TestPackageDocs(t *testing.T) {
	for _, p := range packages(t) {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + path.Base(p.ImportPath) + " "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: the doc begins with %q, not with %q", p.ImportPath, p.Doc[:min(40, len(p.Doc))], want)
		}
	}
}
