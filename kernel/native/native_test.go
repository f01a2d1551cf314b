package native

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"joule/kernel/lower"
)

func TestWords(t *testing.T) {
	b := New("", "/opt/joule/lib")
	b.dir = "/tmp/joule-session-7-1"
	b.snaps["/tmp/joule-session-7-1/local/000001"] = &snapshot{from: "/home/me/my loc"}
	session := "/tmp/joule-session-7-1/next2/session"
	for _, x := range []struct{ why, said, want string }{
		{"what it did is left out", "go: downloading example.com/m v1.0.0\ngo: finding module for package x\ngo: example.com/m@v1.0.0: no\n", "go: example.com/m@v1.0.0: no"},
		{"the advice is a magic", "no required module provides package a.b/c; to add it:\n\tgo get a.b/c\n", "no required module provides package a.b/c; to add it: %require a.b/c"},
		{"a copy is what it was copied from", "/tmp/joule-session-7-1/local/000001/a.go:3:4: bad", "/home/me/my loc/a.go:3:4: bad"},
		{"also where the name is short", "../../local/000001/sub/a.go:3:4: bad", "/home/me/my loc/sub/a.go:3:4: bad"},
		{"the session's own files have no folder", session + "/go.mod:3: bad", "go.mod:3: bad"},
		{"nor have those of modules", "/opt/joule/lib/mod/example.com/m@v1.0.0/m.go:1:1: bad", "example.com/m@v1.0.0/m.go:1:1: bad"},
		{"nor has the workspace", "/tmp/joule-session-7-1/go.work:3: bad", "go.work:3: bad"},
		{"no network", "Get \"https://x.y/m\": dial tcp: lookup x.y: no such host", "Get \"https://x.y/m\": dial tcp: lookup x.y: no such host\n" +
			"(the module's server cannot be reached; modules that were used before need no network)"},
		{"nothing", "go: downloading a v1.0.0\n", ""},
	} {
		if got := b.words(session, x.said); got != x.want {
			t.Errorf("%s:\n got %q\nwant %q", x.why, got, x.want)
		}
	}
}

func TestVersionsAndQueries(t *testing.T) {
	for v, want := range map[string]bool{
		"v1.2.3": true, "v0.0.0-20240101000000-abcdefabcdef": true, "v2.0.0+incompatible": true, "v1.2.3-rc.1": true,
		"v1": false, "v1.2": false, "latest": false, "master": false, "": false, "<v1.2.3": false, "1.2.3": false,
	} {
		if isVersion(v) != want {
			t.Errorf("isVersion(%q) = %v", v, !want)
		}
	}
}

func TestMerge(t *testing.T) {
	have := []Pin{{Module: "a", Version: "v1.0.0"}, {Module: "b", Dir: "/b"}}
	for _, x := range []struct {
		why   string
		asked []Pin
		want  []Pin
	}{
		{"a new one comes last", []Pin{{Module: "c"}}, []Pin{have[0], have[1], {Module: "c"}}},
		{"another version takes the place", []Pin{{Module: "a", Version: "v2.0.0"}}, []Pin{{Module: "a", Version: "v2.0.0"}, have[1]}},
		{"a version takes the place of a folder", []Pin{{Module: "b", Version: "v1.0.0"}}, []Pin{have[0], {Module: "b", Version: "v1.0.0"}}},
		{"none takes it away", []Pin{{Module: "a", Version: "none"}}, []Pin{have[1]}},
		{"and then there is none", []Pin{{Module: "z", Version: "none"}}, nil},
	} {
		if got, _ := merge(have, x.asked); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v", x.why, got)
		}
	}
	if len(have) != 2 || have[0].Version != "v1.0.0" {
		t.Errorf("merge changed what it was given: %v", have)
	}
}

func TestModText(t *testing.T) {
	b := New("", "/lib")
	r := &resolution{
		pins: []Pin{{Module: "ex.com/pinned", Version: "v1.0.0"}, {Module: "ex.com/folder", Dir: "/a b/ü"}},
		person: person{
			mains: []mainModule{{path: "here", dir: "/home/here"}},
			replaces: []replacement{
				{moduleVersion{"ex.com/one", ""}, moduleVersion{"/one", ""}}, {moduleVersion{"ex.com/two", "v1.0.0"}, moduleVersion{"/two", ""}},
				{moduleVersion{"ex.com/three", ""}, moduleVersion{"ex.com/fork", "v1.1.0"}}, {moduleVersion{"ex.com/pinned", ""}, moduleVersion{"/p", ""}},
				{moduleVersion{"here", ""}, moduleVersion{"/elsewhere", ""}},
			},
			excludes: []moduleVersion{{"ex.com/four", "v1.0.0"}},
		},
		snaps: map[string]*snapshot{"here": {dir: "/tmp/s/local/1"}, "ex.com/gone": {dir: "/tmp/s/local/2"}},
	}
	const want = `module joule.session

go 1.26.0

require ex.com/folder v0.0.0-00010101000000-000000000000
require here v0.0.0-00010101000000-000000000000
require joule v0.0.0-00010101000000-000000000000
replace ex.com/folder => "/a b/ü"
replace ex.com/one => "/one"
replace here => "/tmp/s/local/1"
replace joule => "/lib/src"
replace ex.com/two v1.0.0 => "/two"
replace ex.com/three  => ex.com/fork v1.1.0
exclude ex.com/four v1.0.0
`
	if got := b.modText(r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestConflict: what is said is the way out, in terms of what was asked for.
func TestConflict(t *testing.T) {
	b := New("", "")
	b.host = map[string]string{"golang.org/x/a": "v1.0.0", "golang.org/x/b": "v1.0.0"}
	b.loaded = map[string]string{"ex.com/l": "v1.0.0", "ex.com/f": "=> 12ab"}
	for _, x := range []struct {
		why      string
		versions map[string]string
		want     string
	}{
		{"nothing differs", map[string]string{"golang.org/x/a": "v1.0.0", "ex.com/new": "v1.0.0", "ex.com/l": "v1.0.0"}, ""},
		{"the worker's own", map[string]string{"golang.org/x/a": "v1.1.0"}, "this needs golang.org/x/a v1.1.0 instead of v1.0.0, which the process that runs the cells is made of. " +
			"The line `%require -rebuild ASKED` builds a process with it, which takes a minute the first time, and runs the cells of this notebook again"},
		{"what is loaded", map[string]string{"ex.com/l": "v1.1.0", "ex.com/f": "=> 34cd"}, "this needs ex.com/f (its files have changed) and ex.com/l v1.1.0 instead of v1.0.0, which is loaded, " +
			"and Go cannot load a package twice. The line `%require -rebuild ASKED` starts a new process and runs the cells of this notebook again"},
		{"a folder instead of a version", map[string]string{"ex.com/l": "=> 34cd"}, "this needs ex.com/l from a folder instead of v1.0.0, which is loaded, " +
			"and Go cannot load a package twice. The line `%require -rebuild ASKED` starts a new process and runs the cells of this notebook again"},
	} {
		c, got := b.conflicts(&resolution{versions: x.versions}), ""
		if c != nil {
			c.For = "ASKED"
			got = c.Error()
		}
		if got != x.want {
			t.Errorf("%s:\n got %q\nwant %q", x.why, got, x.want)
		}
	}
}

// TestUses: a plugin is made of what its packages import, through the packages of earlier cells.
func TestUses(t *testing.T) {
	b := New("", "")
	module := func(path, version string) *struct {
		Path, Version string
		Replace       *moduleVersion
	} {
		return &struct {
			Path, Version string
			Replace       *moduleVersion
		}{path, version, nil}
	}
	b.host = map[string]string{"ex.com/host": "v1.0.0"}
	b.packages = map[string]*pkg{
		"ex.com/a/p": {Module: module("ex.com/a", "v1.0.0"), Deps: []string{"fmt", "ex.com/b", "ex.com/host"}},
		"ex.com/b":   {Module: module("ex.com/b", "v2.0.0")}, "ex.com/host": {Module: module("ex.com/host", "v1.0.0")},
		"joule/ebm": {Module: module("joule", "")},
	}
	b.versions = map[string]string{"ex.com/a": "v1.0.0", "ex.com/b": "v2.0.0", "ex.com/host": "v1.0.0"}
	for _, p := range []lower.Package{
		{Path: "joule.session/1/cell1", Source: "package cell1\nimport p \"ex.com/a/p\"\nimport \"joule/ebm\"\n"},
		{Path: "joule.session/2/code", Source: "package code\nimport \"fmt\"\nimport \"joule.session/1/cell1\"\n"},
		{Path: "joule.session/3/code", Source: "package code\nimport \"fmt\"\n"},
	} {
		b.noteUses(p)
	}
	want := map[string]string{"ex.com/a": "v1.0.0", "ex.com/b": "v2.0.0"}
	for path, want := range map[string]map[string]string{"joule.session/1/cell1": want, "joule.session/2/code": want, "joule.session/3/code": {}} {
		if got := b.modulesOf(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is made of %v, want %v", path, got, want)
		}
	}
	if versionKey(nil) != "" || versionKey(want) == versionKey(map[string]string{"ex.com/a": "v1.0.0", "ex.com/b": "v2.0.1"}) {
		t.Error("versionKey does not tell versions apart")
	}
}

func TestMirror(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "a", "mod")
	for name, text := range map[string]string{"m@v1/m.go": "package m", "cache/download/m/@v/list": "v1\n"} {
		file := filepath.Join(from, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := mirror(ended, from, to); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted copy: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(to), "*")); len(left) != 0 {
		t.Errorf("an interrupted copy leaves %v", left)
	}
	for range 2 { // the second comes too late, and finds the first
		if err := mirror(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join("cache", "download", "m", "@v", "list")
	if err := os.WriteFile(filepath.Join(to, list), []byte("v2\n"), 0o644); err != nil {
		t.Errorf("what the go command writes again cannot be written: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(from, list)); err != nil || string(text) != "v1\n" {
		t.Errorf("the original was written: %q %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(to, "m@v1", "m.go")); err != nil || !strings.HasPrefix(string(text), "package") {
		t.Errorf("a module: %q %v", text, err)
	}
	if !writable(to) || writable(filepath.Join(to, "none")) {
		t.Error("writable")
	}
}
