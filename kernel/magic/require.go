package magic

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// A Module is a module that %require asks for.
type Module struct {
	Path    string // "" for the module that is in Dir
	Version string // "" for the latest; "none" to take a pin back
	Dir     string // absolute; "" for a module with a version
}

// Required is what came of it.
type Required struct {
	Lines     []string // the pins as %require takes them
	Restarted bool     // a new process runs, with an empty session
}

func requireMagics() []Magic {
	return []Magic{{
		Name: "require", Usage: "%require [MODULE[@VERSION]…]\n%require MODULE => DIRECTORY\n%require -rebuild [MODULE[@VERSION]…]",
		Doc: "Pins modules that cells import, each in a version, in the latest, or as it is in a directory; alone it lists what is " +
			"pinned, in lines that can be put into a cell. A version may be whatever go get takes: v1.2.3, v1, a branch, none to take the pin back. " +
			"Modules that a go.mod beside the notebook requires or replaces, and its own, need no %require; it is never written to. " +
			"A directory is read when it is required and stays as it was until it is required again. " +
			"Where a module cannot be had in the process that runs, because a newer version of one is needed that it is made of or has " +
			"loaded, -rebuild starts another that has it, and runs all cells again that have worked, as %replay all does; so it does " +
			"where values were lost because the process died.",
		Run: require, Early: true, Paths: true,
	}}
}

func require(c *Call) error {
	modules, rebuild, err := c.modules(c.Line.Args)
	switch {
	case err != nil:
		return err
	case replaying(c.Ctx):
		return nil // what is pinned now is what the cells are to run with
	case len(modules) == 0 && !rebuild:
		lines := c.host.Pinned()
		if len(lines) == 0 {
			c.Print("nothing is pinned in this notebook\n")
		}
		for _, line := range lines {
			c.Print("%%require %s\n", line)
		}
		return nil
	}
	done, err := c.host.Require(c.Ctx, modules, rebuild, c.Out)
	if err != nil {
		return err
	}
	for _, line := range done.Lines {
		c.Print("%s\n", line)
	}
	lost, _ := c.whichWorked(c.lostByCell())
	switch {
	case done.Restarted || rebuild && len(lost) > 0: // a process that died was replaced already
		ran, err := c.everything()
		if err == nil && ran == 0 {
			c.Print("a new process runs the cells\n")
		}
		return err
	case rebuild:
		c.Print("no new process is needed, and nothing is lost of what worked: no cell runs again\n")
	}
	return nil
}

// modules reads the arguments of %require.
func (c *Call) modules(args string) (list []Module, rebuild bool, err error) {
	words := words(spaceArrows(args))
	if len(words) > 0 && (words[0] == "-rebuild" || words[0] == "--rebuild") {
		words, rebuild = words[1:], true
	}
	for i := 0; i < len(words); i++ {
		m := Module{}
		switch {
		case i+1 < len(words) && words[i+1] == "=>":
			if i+2 == len(words) {
				return nil, false, fmt.Errorf("a directory follows the => after %s", words[i])
			}
			m.Path, m.Dir = words[i], words[i+2]
			i += 2
			if strings.Contains(m.Path, "@") {
				return nil, false, fmt.Errorf("%s: a module is in a directory or has a version, not both", m.Path)
			}
		case words[i] == "=>":
			return nil, false, errors.New("the path of a module stands before =>")
		case isFolder(words[i]):
			m.Dir = words[i]
		default:
			var versioned bool
			m.Path, m.Version, versioned = strings.Cut(words[i], "@")
			if versioned && !isVersion(m.Version) {
				return nil, false, fmt.Errorf("%q is no version of a module: write it as %s@v1.2.3", m.Version, m.Path)
			}
		}
		if m.Dir != "" {
			if m.Dir, err = resolve(m.Dir, c.host.Dir()); err != nil {
				return nil, false, err
			}
			m.Dir = filepath.Clean(m.Dir)
		}
		if why := wrongPath(m); why != "" {
			return nil, false, errors.New(why)
		}
		if slices.ContainsFunc(list, func(x Module) bool { return x.Path == m.Path && m.Path != "" }) {
			return nil, false, fmt.Errorf("%s stands there twice", m.Path)
		}
		list = append(list, m)
	}
	return list, rebuild, nil
}

// spaceArrows sets blanks around => outside of quotes.
func spaceArrows(s string) string {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		switch {
		case quote == 0 && strings.HasPrefix(s[i:], "=>"):
			b.WriteString(" => ")
			i++
			continue
		case quote == 0 && (s[i] == '"' || s[i] == '\''):
			quote = s[i]
		case s[i] == quote:
			quote = 0
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isFolder tells a directory from the path of a module.
func isFolder(s string) bool {
	return s == "." || s == ".." || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") || strings.HasPrefix(s, "~") || filepath.IsAbs(s)
}

// wrongPath says what is wrong with the path of a module.
func wrongPath(m Module) string {
	if m.Path == "" && m.Dir != "" {
		return ""
	}
	first, _, _ := strings.Cut(m.Path, "/")
	bad := strings.IndexFunc(m.Path, func(r rune) bool {
		return !strings.ContainsRune("-._~/", r) && (r > unicode.MaxASCII || !letter(byte(r), true))
	})
	switch {
	case m.Path == "" || bad >= 0 || m.Path[0] == '-' || slices.ContainsFunc(strings.Split(m.Path, "/"), func(e string) bool { return strings.Trim(e, ".") == "" }):
		return fmt.Sprintf("%q is no path of a module: %%require takes MODULE, MODULE@VERSION or MODULE => DIRECTORY", m.Path)
	case m.Dir == "" && !strings.Contains(first, "."):
		return fmt.Sprintf("%s is no module that can be had from elsewhere: its path does not begin with the name of a server, as in example.com/m; "+
			"for a directory write %s => DIRECTORY", m.Path, m.Path)
	case m.Path == "joule" || m.Path == "joule.session":
		return m.Path + " is Joule itself"
	}
	return ""
}

// isVersion tells what may follow the @ of a module.
func isVersion(v string) bool {
	return v != "" && v[0] != '-' && strings.IndexFunc(v, func(r rune) bool {
		return !strings.ContainsRune("-._~/+<>=", r) && (r > unicode.MaxASCII || !letter(byte(r), true))
	}) < 0
}
