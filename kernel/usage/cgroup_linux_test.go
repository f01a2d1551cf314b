package usage

import (
	"testing"
	"testing/fstest"
)

// TestConfine: the smallest limit among the groups of a process counts, in both versions of control groups.
func TestConfine(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	tree := fstest.MapFS{
		"memory/memory.limit_in_bytes":     file("9223372036854771712\n"),
		"memory/a/memory.limit_in_bytes":   file("500\n"),
		"memory/a/memory.usage_in_bytes":   file("400\n"),
		"memory/a/memory.stat":             file("cache 9\ntotal_inactive_file 50\n"),
		"memory/a/b/memory.limit_in_bytes": file("800\n"),
		"memory/a/b/memory.usage_in_bytes": file("1\n"),
		"memory.max":                       file("300\n"), // of a container that sees its own group as the root
		"memory.current":                   file("100\n"),
		"unified/c/memory.max":             file("max\n"),
	}
	for _, c := range []struct {
		why, groups      string
		total, available uint64
	}{
		{"no group", "", 1000, 900},
		{"a controller that is not the memory's", "5:devices:/a\n1:name=systemd:/a\n", 1000, 900},
		{"version 1: the group itself", "4:memory:/a\n", 500, 150},
		{"version 1: a group above allows less", "4:memory:/a/b\n", 500, 150},
		{"version 1: a group that cannot be seen here, only what is above it", "4:memory:/a/x/y\n", 500, 150},
		{"version 1: the root has no limit", "4:memory:/\n", 1000, 900},
		{"version 2: the root of a container", "0::/\n", 300, 200},
		{"version 2: a path of the computer that a container cannot see", "0::/system.slice/x\n", 300, 200},
		{"version 2: beside version 1, with no limit of its own", "4:memory:/a\n0::/c\n", 300, 150},
		{"version 2: more is used than is allowed", "0::/d\n", 300, 0},
		{"no lines of three parts", "memory\n\n0:\n", 1000, 900},
	} {
		m := Memory{Total: 1000, Available: 900, Free: 800}
		tree := tree
		if c.why == "version 2: more is used than is allowed" {
			tree = fstest.MapFS{"d/memory.max": file("300"), "d/memory.current": file("700")}
		}
		confineTo(&m, tree, c.groups)
		if m.Total != c.total || m.Available != c.available {
			t.Errorf("%s: %+v, want %d and %d", c.why, m, c.total, c.available)
		}
	}
}

// TestHost: what is allowed is not more than what there is.
func TestHost(t *testing.T) {
	host, err := hostMemory()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Host()
	if err != nil || m.Total == 0 || m.Total > host.Total || m.Available > m.Total {
		t.Errorf("%+v, %v; the computer has %+v", m, err, host)
	}
}
