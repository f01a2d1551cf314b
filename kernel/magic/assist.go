package magic

import (
	"os"
	"path/filepath"
	"strings"

	"joule/kernel"
)

// Complete lists what may stand at the cursor of a cell where that is no Go. Where it is, ok is false and code is the cell with
// blanks in the place of its magics.
func (r *Runner) Complete(src string, cursor int) (c kernel.Completion, code string, ok bool) {
	cursor = min(max(cursor, 0), len(src))
	if !suspicious(src) {
		return kernel.Completion{}, src, false
	}
	start := strings.LastIndexByte(src[:cursor], '\n') + 1
	text := src[start:cursor]
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	line := text[indent:]
	parts, _ := Read(0, src)
	switch {
	case line == "" && cursor > 0: // nothing of a magic yet
	case isName(line, "%%") && strings.TrimSpace(src[:start]) == "":
		return names(start+indent, cursor, "%%", line), "", true
	case isName(line, "%") && r.outside(src, start+indent):
		return names(start+indent, cursor, "%", line), "", true
	}
	if at, found := lineAt(parts, cursor); found {
		m, _ := find(at.Name)
		switch {
		case at.Name == "!" || m.Paths:
			return r.Paths(src, cursor), "", true
		case m.Timed:
			return kernel.Completion{}, withTimed(parts.Go, src, at), false
		case at.Name == "?":
			return kernel.Completion{}, src[:at.Start] + strings.Map(unasked, src[at.Start:at.End]) + src[at.End:], false
		case !m.Code:
			return kernel.Completion{Start: cursor, End: cursor}, "", true
		}
	}
	if h := parts.Head; h != nil {
		m, known := find(h.Name)
		switch {
		case cursor <= h.End && m.Paths:
			return r.Paths(src, cursor), "", true
		case cursor <= h.End || known && !m.Body && m.Name != "bash" && m.Name != "sh":
			return kernel.Completion{Start: cursor, End: cursor}, "", true
		case known && !m.Body:
			return r.Paths(src, cursor), "", true
		}
	}
	return kernel.Completion{}, parts.Go, false
}

// withTimed is the Go code of a cell with that of a %timeit line.
func withTimed(code, src string, l Line) string {
	start := strings.LastIndexByte(src[:l.Start], '\n') + 1
	return code[:start] + l.timedCode(src) + code[l.End:]
}

// unasked makes Go of a question.
func unasked(c rune) rune {
	if c == '?' {
		return ' '
	}
	return c
}

// outside tells whether a % at an offset begins a magic rather than stands in a string, a comment or a block.
func (r *Runner) outside(src string, off int) bool {
	probe := src[:off] + "%pwd"
	parts, _ := Read(0, probe)
	if n := len(parts.Lines); n > 0 {
		return parts.Lines[n-1].Start == off
	}
	return false
}

// isName tells whether a line is the sign and the beginning of a name, and nothing else.
func isName(line, sign string) bool {
	name, ok := strings.CutPrefix(line, sign)
	if !ok {
		return false
	}
	for i := range len(name) {
		if !letter(name[i], i > 0) {
			return false
		}
	}
	return true
}

// names are the magics whose names begin like what stands there.
func names(start, end int, sign, line string) kernel.Completion {
	c := kernel.Completion{Start: start, End: end}
	prefix := strings.TrimLeft(line, "%")
	for _, m := range table() {
		for _, name := range append([]string{m.Name}, m.Aliases...) {
			if !letter(name[0], false) || !strings.HasPrefix(name, prefix) {
				continue
			}
			usage, _, _ := strings.Cut(m.Usage, "\n")
			if m.Run != nil && sign == "%" {
				c.Matches = append(c.Matches, kernel.Match{Text: "%" + name, Type: "magic", Signature: usage})
			}
			if m.Cell != nil && (sign == "%%" || start == 0) {
				c.Matches = append(c.Matches, kernel.Match{Text: "%%" + name, Type: "magic", Signature: usage})
			}
		}
	}
	return c
}

// lineAt is the line magic that an offset is in.
func lineAt(parts Cell, off int) (Line, bool) {
	for _, l := range parts.Lines {
		if l.Start < off && off <= l.End {
			return l, true
		}
	}
	return Line{}, false
}

// maxPaths is how many files are offered.
const maxPaths = 200

// Paths are the files whose names begin like the word before the cursor.
func (r *Runner) Paths(src string, cursor int) kernel.Completion {
	start := cursor
	for start > 0 && !strings.ContainsRune(" \t\n\"'`=:;|&<>()!", rune(src[start-1])) {
		start--
	}
	dir, prefix := filepath.Split(src[start:cursor])
	c := kernel.Completion{Start: cursor - len(prefix), End: cursor}
	full, err := resolve(dir, r.host.Dir())
	if err != nil {
		return c
	}
	entries, err := os.ReadDir(full)
	if err != nil {
		return c
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || prefix == "" && strings.HasPrefix(name, ".") || len(c.Matches) >= maxPaths {
			continue
		}
		if info, err := os.Stat(filepath.Join(full, name)); err == nil && info.IsDir() {
			name += "/"
		}
		c.Matches = append(c.Matches, kernel.Match{Text: name, Type: "path"})
	}
	return c
}

// Inspect describes the magic at the cursor. Where there is Go, ok is false and code is the cell with blanks in the place of its
// magics.
func (r *Runner) Inspect(src string, cursor int) (i kernel.Inspection, code string, ok bool) {
	cursor = min(max(cursor, 0), len(src))
	if !suspicious(src) {
		return kernel.Inspection{}, src, false
	}
	parts, _ := Read(0, src)
	if m, known := alone(src, cursor); known {
		return kernel.Inspection{Found: true, Data: map[string]string{"text/plain": describe(m)}}, "", true
	}
	at := parts.Lines
	if parts.Head != nil {
		at = append([]Line{*parts.Head}, at...)
	}
	for _, l := range at {
		m, known := find(l.Name)
		name := l.Start + len(src[l.Start:l.End]) - len(strings.TrimLeft(src[l.Start:l.End], "%!")) + len(strings.TrimLeft(l.Name, "!"))
		switch {
		case cursor < l.Start || cursor > l.End:
		case m.Code && cursor > name && parts.Head == nil:
		case !known:
			return kernel.Inspection{}, "", true
		case m.Timed && cursor > name && parts.Head == nil:
			return kernel.Inspection{}, withTimed(parts.Go, src, l), false
		case l.Name == "?":
			name, _, _ := question(l.Args)
			at := l.Start + strings.Index(src[l.Start:l.End], name)
			if m, known := find(strings.TrimLeft(name, "%")); known && name[0] == '%' {
				return kernel.Inspection{Found: true, Data: map[string]string{"text/plain": describe(m)}}, "", true
			}
			return kernel.Inspection{}, parts.Go[:at] + name + parts.Go[at+len(name):], false
		default:
			return kernel.Inspection{Found: true, Data: map[string]string{"text/plain": describe(m)}}, "", true
		}
	}
	return kernel.Inspection{}, parts.Go, false
}

// alone is the magic of which only the name is written yet, on the line of an offset.
func alone(src string, off int) (Magic, bool) {
	start, end := strings.LastIndexByte(src[:off], '\n')+1, len(src)
	if i := strings.IndexByte(src[off:], '\n'); i >= 0 {
		end = off + i
	}
	line := strings.TrimSpace(src[start:end])
	if !isName(line, "%") && !isName(line, "%%") {
		return Magic{}, false
	}
	return find(strings.TrimLeft(line, "%"))
}

// Completeness is the Go code of a cell whose completeness decides that of the cell; ok is false where status is the answer.
func Completeness(src string) (code, status string, ok bool) {
	if !suspicious(src) {
		return src, "", true
	}
	parts, wrong := Read(0, src)
	switch {
	case len(wrong) > 0:
		return "", "invalid", false
	case parts.Head != nil && strings.TrimSpace(parts.Body) == "":
		return "", "incomplete", false // the body is still to come
	case parts.Head != nil && !parts.HasGo():
		return "", "complete", false
	}
	if n := len(parts.Lines); n > 0 && parts.Lines[n-1].Name == "!" && strings.HasSuffix(src[:parts.Lines[n-1].End], `\`) {
		return "", "incomplete", false // the command goes on
	}
	return parts.Go, "", true
}
