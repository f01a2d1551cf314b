package usage

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// A container or a service may be allowed less memory than the computer has. The groups that a process belongs to, and all groups
// above them, say how much: the smallest limit counts. Both versions of control groups are read, below their usual folders; a
// process in a container sees its own group as the root of the tree or not at all, so the folders above are asked in any case.

// confine lessens m to what the groups of this process allow.
func confine(m *Memory) {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return
	}
	confineTo(m, os.DirFS("/sys/fs/cgroup"), string(groups))
}

// confineTo is confine for a tree of groups and the content of /proc/self/cgroup.
func confineTo(m *Memory, tree fs.FS, groups string) {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // id:controllers:path
		if len(parts) != 3 {
			continue
		}
		roots, limit, usage, cache := []string{".", "unified"}, "memory.max", "memory.current", "inactive_file"
		switch {
		case parts[1] == "memory":
			roots, limit, usage, cache = []string{"memory"}, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
		case parts[1] != "":
			continue
		}
		for _, root := range roots {
			for dir := path.Join("/", parts[2]); ; dir = path.Dir(dir) {
				at := path.Join(root, strings.TrimPrefix(dir, "/"))
				if most, ok := number(tree, path.Join(at, limit)); ok && most < m.Total {
					m.Total = most
					used, _ := number(tree, path.Join(at, usage))
					used -= min(used, entry(tree, path.Join(at, "memory.stat"), cache)) // what the system gives back when it is wanted
					m.Available = min(m.Available, most-min(used, most))
					m.Free = min(m.Free, m.Available)
				}
				if dir == "/" {
					break
				}
			}
		}
	}
	m.Used = m.Total - min(m.Available, m.Total)
}

// number reads a file that holds one number; "max" is none.
func number(tree fs.FS, name string) (uint64, bool) {
	raw, err := fs.ReadFile(tree, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(raw)), 10, 64)
	return n, err == nil
}

// entry reads a line "key number" of a file; 0 when there is none.
func entry(tree fs.FS, name, key string) (n uint64) {
	raw, _ := fs.ReadFile(tree, name)
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, key+" "); ok {
			fmt.Sscan(rest, &n)
		}
	}
	return n
}
