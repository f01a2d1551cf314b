package cells

import (
	"fmt"
	"strings"
)

// A Script is a sequence of cells for one session.
type Script struct {
	Name, Why string
	Cells     []Cell
}

// A Cell is the source of a cell, and what it shows: lines without their ends.
type Cell struct {
	Code string
	Want []string
	Line int // of the code in the file
}

// Parse reads the scripts of a file.
func Parse(text string) ([]Script, error) {
	var scripts []Script
	var code []string
	inWant := false
	current := func() *Cell {
		c := scripts[len(scripts)-1].Cells
		return &c[len(c)-1]
	}
	finish := func() {
		if len(scripts) > 0 {
			current().Code = strings.Join(code, "\n")
		}
		code, inWant = nil, false
	}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if head, ok := strings.CutPrefix(line, "=== "); ok {
			finish()
			name, why, ok := strings.Cut(head, ": ")
			if !ok {
				return nil, fmt.Errorf("cells: line %d: a script needs a name and a reason", i+1)
			}
			scripts = append(scripts, Script{Name: name, Why: why, Cells: []Cell{{Line: i + 2}}})
			continue
		}
		if len(scripts) == 0 {
			if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
				continue
			}
			return nil, fmt.Errorf("cells: line %d: text before the first script", i+1)
		}
		s := &scripts[len(scripts)-1]
		switch {
		case line == "---" && !inWant:
			inWant = true
		case line == "+++":
			finish()
			s.Cells = append(s.Cells, Cell{Line: i + 2})
		case inWant:
			if line != "" || len(current().Want) > 0 {
				current().Want = append(current().Want, line)
			}
		default:
			code = append(code, line)
		}
	}
	finish()
	for i := range scripts {
		for j := range scripts[i].Cells {
			c := &scripts[i].Cells[j]
			for n := len(c.Want); n > 0 && c.Want[n-1] == ""; n-- {
				c.Want = c.Want[:n-1]
			}
		}
	}
	return scripts, nil
}

// Format writes scripts as Parse reads them.
func Format(scripts []Script) string {
	var b strings.Builder
	for i, s := range scripts {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "=== %s: %s\n", s.Name, s.Why)
		for j, c := range s.Cells {
			if j > 0 {
				b.WriteString("+++\n")
			}
			b.WriteString(strings.TrimRight(c.Code, "\n") + "\n---\n")
			for _, line := range c.Want {
				b.WriteString(line + "\n")
			}
		}
	}
	return b.String()
}

// Match compares what a cell showed with what it should, line by line. It returns "" or a description of the first difference.
func Match(got, want []string) string {
	for n := len(got); n > 0 && got[n-1] == ""; n-- { // as Parse does
		got = got[:n-1]
	}
	for i := range max(len(got), len(want)) {
		g, w := "(nothing)", "(nothing)"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if begin, ok := strings.CutSuffix(w, "…"); g == w || ok && i < len(got) && strings.HasPrefix(g, begin) {
			continue
		}
		return fmt.Sprintf("line %d of the output is\n\t%s\nwant\n\t%s", i+1, g, w)
	}
	return ""
}
