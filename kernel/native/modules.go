package native

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"joule/kernel/catalog"
)

// Get makes a package of somebody else's module importable in the session: it is downloaded through the person's own settings
// (GOPROXY, GOPRIVATE, …), its version is written into the session's go.mod, and its types into a catalog whose folder is
// returned. version is "latest", a version, or "" for what the session's go.mod says and else the latest. A failure leaves the
// session's go.mod as it was; the error holds the go command's own words.
//
// Versions of modules that the worker is made of are ceilings: the worker runs and cannot be exchanged below a session, so a
// module that needs a newer one is refused.
func (b *Builder) Get(ctx context.Context, path, version string) (string, error) {
	if err := b.ready(); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.workspace(); err != nil {
		return "", err
	}
	session := filepath.Join(b.dir, "session")
	undo, err := save(filepath.Join(session, "go.mod"), filepath.Join(session, "go.sum"))
	if err != nil {
		return "", fmt.Errorf("native: %w", err)
	}
	b.gets++
	dir := filepath.Join(b.dir, fmt.Sprintf("catalog%d", b.gets))
	if err := b.get(ctx, session, path, version, dir); err != nil {
		undo()
		return "", err
	}
	return dir, nil
}

func (b *Builder) get(ctx context.Context, session, path, version, dir string) error {
	query := path
	if version != "" {
		query += "@" + version
	}
	if _, err := b.goCommand(ctx, session, b.fetching("GOWORK=off"), "get", query); err != nil {
		return err
	}
	work := "GOWORK=" + filepath.Join(b.dir, "go.work")
	list, err := b.goCommand(ctx, session, b.fetching(work), "list", "-m", "-f", "{{.Path}} {{.Version}}", "all")
	if err != nil {
		return err
	}
	for line := range strings.Lines(list) {
		module, have, _ := strings.Cut(strings.TrimSpace(line), " ")
		if ours := b.host[module]; ours != "" && have != ours {
			return fmt.Errorf("native: %s needs %s %s, and the worker is made with %s: a notebook cannot use it with this version of Joule",
				path, module, have, ours)
		}
	}
	if err := catalog.Write(dir, session, b.fetching(work), path); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	return nil
}

// fetching is the environment in which the go command may use the network, and the person's module cache.
func (b *Builder) fetching(more ...string) []string {
	var env []string
	for _, v := range b.env {
		switch key, _, _ := strings.Cut(v, "="); key {
		case "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOMODCACHE":
		default:
			env = append(env, v)
		}
	}
	for _, key := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB"} {
		if v, ok := os.LookupEnv(key); ok {
			env = append(env, key+"="+v)
		}
	}
	return append(append(env, "GOMODCACHE="+filepath.Join(b.lib, "mod"), "GOFLAGS=-modcacherw"), more...)
}

// goCommand runs the go command and returns what it printed; its words are the error.
func (b *Builder) goCommand(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.gc, args...)
	cmd.Dir, cmd.Env = dir, append(env, "PWD="+dir)
	ownGroup(cmd)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", fmt.Errorf("native: go %s: %w\n%s", args[0], err, strings.TrimSpace(said.String()))
	}
	return out.String(), nil
}

// save remembers files and returns what puts them back.
func save(names ...string) (undo func(), err error) {
	type file struct {
		name string
		text []byte
		gone bool
	}
	var files []file
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		files = append(files, file{name, text, err != nil})
	}
	return func() {
		for _, f := range files {
			if f.gone {
				os.Remove(f.name)
			} else {
				os.WriteFile(f.name, f.text, 0o600)
			}
		}
	}, nil
}
