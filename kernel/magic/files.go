package magic

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"joule/kernel"
)

func fileMagics() []Magic {
	return []Magic{{
		Name: "load", Usage: "%load FILE",
		Doc: "Puts the text of a file into the cell, in the place of what is there.",
		Run: load, Paths: true,
	}, {
		Name: "save", Usage: "%save FILE [CELL…]",
		Doc: "Writes cells to a file: all that were run, or those given by number or range, such as 3 5-8. In a .go file magics " +
			"become comments. A file that is there already is kept, unless -f stands before its name.",
		Run: save, Paths: true,
	}, {
		Name: "writefile", Aliases: []string{"file"}, Usage: "%%writefile [-a] FILE\ntext",
		Doc:  "Writes the cell to a file, in the place of what is there; with -a at its end. Nothing in the cell is run.",
		Cell: writeFile, Paths: true,
	}}
}

// maxLoad is the largest file that goes into a cell.
const maxLoad = 1 << 20

func load(c *Call) error {
	path, err := c.path(c.Line.Args)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	case info.Size() > maxLoad:
		return fmt.Errorf("%s has %d bytes; a cell takes up to %d", path, info.Size(), maxLoad)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !utf8.Valid(data) || strings.ContainsRune(string(data), 0) {
		return fmt.Errorf("%s is not a text file", path)
	}
	text := strings.TrimRight(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	c.Result.Payload = append(c.Result.Payload, kernel.Payload{"source": "set_next_input", "text": text, "replace": true})
	return nil
}

// path is the one file that args name.
func (c *Call) path(args string) (string, error) {
	list := words(args)
	if len(list) != 1 {
		return "", c.usage()
	}
	a, err := c.host.Ask(c.Ctx, Question{})
	if err != nil {
		return "", err
	}
	return resolve(list[0], a.Dir)
}

func save(c *Call) error {
	list := words(c.Line.Args)
	force := len(list) > 0 && list[0] == "-f"
	if force {
		list = list[1:]
	}
	if len(list) == 0 {
		return c.usage()
	}
	path, err := c.path(`"` + list[0] + `"`)
	if err != nil {
		return err
	}
	wanted, err := spans(strings.Join(list[1:], " "))
	if err != nil {
		return err
	}
	cells, err := choose(c.cells(c.Cell.Number), wanted)
	if err != nil {
		return err
	}
	if len(cells) == 0 {
		return errors.New("no cell has run yet")
	}
	var text strings.Builder
	for i, p := range cells {
		if i > 0 {
			text.WriteString("\n")
		}
		code := p.Code
		if filepath.Ext(path) == ".go" {
			code = commented(p)
		}
		text.WriteString(strings.TrimRight(code, "\n") + "\n")
	}
	if err := write(path, text.String(), force); err != nil {
		return err
	}
	c.Print("wrote %s (%d cells)\n", path, len(cells))
	return nil
}

// write makes a file at once or not at all.
func write(path, text string, force bool) error {
	if !force {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s is there already: %%save -f replaces it", path)
		}
		if err != nil {
			return unwritten(path, err)
		}
		f.Close()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".save-*")
	if err != nil {
		return unwritten(path, err)
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.WriteString(text); err != nil {
		tmp.Close()
		return unwritten(path, err)
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Close()); err != nil {
		return unwritten(path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return unwritten(path, err)
	}
	return nil
}

// unwritten says that a file cannot be written, under the name that the person gave it: an error of the file that stands in for
// it until it is complete would name that one.
func unwritten(path string, err error) error {
	if info, e := os.Stat(filepath.Dir(path)); errors.Is(e, os.ErrNotExist) {
		return fmt.Errorf("%s cannot be written: there is no folder %s", path, filepath.Dir(path))
	} else if e == nil && !info.IsDir() {
		return fmt.Errorf("%s cannot be written: %s is no folder", path, filepath.Dir(path))
	}
	if info, e := os.Stat(path); e == nil && info.IsDir() {
		return fmt.Errorf("%s cannot be written: it is a folder", path)
	}
	var file *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		err = file.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("%s cannot be written: %w", path, err)
}

// commented is a cell with its magics as comments.
func commented(p Past) string {
	parts, _ := Read(p.Number, p.Code)
	if parts.Plain() {
		return p.Code
	}
	magic := func(line string) string {
		if strings.TrimSpace(line) == "" {
			return line
		}
		return "// " + line
	}
	code, out := strings.Split(p.Code, "\n"), strings.Split(parts.Go, "\n")
	for i := range out {
		if strings.TrimSpace(out[i]) == "" {
			out[i] = magic(strings.TrimRight(code[i], "\r"))
		}
	}
	return strings.Join(out, "\n")
}

// writeFile is %%writefile.
func writeFile(c *Call) error {
	name, more := strings.CutPrefix(c.Line.Args, "-a ")
	path, err := c.path(name)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(c.Parts.Body, "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if !more {
		if err := write(path, text, true); err != nil {
			return err
		}
		c.Print("wrote %s\n", path)
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return unwritten(path, err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	c.Print("appended to %s\n", path)
	return nil
}
