package magic

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func placeMagics() []Magic {
	return []Magic{{
		Name: "cd", Usage: "%cd [DIRECTORY]",
		Doc: "Changes the directory of the cells and of commands, and says where they are; without a directory it goes home. " +
			"%cd - goes back to where one was before.",
		Run: changeDir, Sets: true, Paths: true,
	}, {
		Name: "pwd", Usage: "%pwd", Doc: "Says in which directory cells and commands run.",
		Run: func(c *Call) error {
			a, err := c.host.Ask(c.Ctx, Question{})
			if err == nil {
				c.Print("%s\n", a.Dir)
			}
			return err
		},
	}, {
		Name: "env", Usage: "%env [NAME]\n%env NAME=VALUE\n%env NAME=",
		Doc: "Shows the environment of cells and commands, or one variable of it; sets one; or removes one. os.Getenv in a cell sees " +
			"the change, and so does $NAME in a command.",
		Run: environment, Sets: true,
	}}
}

func changeDir(c *Call) error {
	now, err := c.host.Ask(c.Ctx, Question{})
	if err != nil {
		return err
	}
	dir := c.Line.Args
	if list := words(dir); len(list) == 1 {
		dir = list[0]
	}
	switch {
	case dir == "":
		if dir, err = os.UserHomeDir(); err != nil {
			return err
		}
	case dir == "-":
		if dir = c.wentFrom(); dir == "" {
			return fmt.Errorf("%%cd - has nowhere to go back to")
		}
	default:
		if dir, err = resolve(dir, now.Dir); err != nil {
			return err
		}
	}
	a, err := c.host.Ask(c.Ctx, Question{Dir: dir})
	if err != nil {
		return err
	}
	c.leave(now.Dir)
	c.Print("%s\n", a.Dir)
	return nil
}

// resolve makes a path absolute: ~ is home, and a relative one begins where the cells are.
func resolve(path, dir string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/' || rest[0] == os.PathSeparator) {
		home, err := os.UserHomeDir()
		return filepath.Join(home, rest), err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path, nil
}

func environment(c *Call) error {
	name, value, set := strings.Cut(c.Line.Args, "=")
	if !set { // as in IPython, a blank does too
		name, value, set = strings.Cut(c.Line.Args, " ")
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if strings.ContainsAny(name, " \t\x00") || set && name == "" {
		return c.usage()
	}
	if list := words(value); len(list) == 1 && len(value) > 1 && (value[0] == '"' || value[0] == '\'') {
		value = list[0]
	}
	q := Question{}
	switch {
	case set && value == "":
		q.Unset = []string{name}
	case set:
		q.Set = map[string]string{name: value}
	}
	a, err := c.host.Ask(c.Ctx, q)
	if err != nil || set {
		return err
	}
	slices.Sort(a.Env)
	found := false
	for _, kv := range a.Env {
		k, v, _ := strings.Cut(kv, "=")
		switch {
		case name == "":
			c.Print("%s\n", kv)
		case k == name:
			c.Print("%s\n", v)
		}
		found = found || k == name
	}
	if name != "" && !found {
		return fmt.Errorf("there is no environment variable %s", name)
	}
	return nil
}

func (r *Runner) wentFrom() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from
}

func (r *Runner) leave(dir string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = dir
}
