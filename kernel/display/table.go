package display

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Bounds on tables: a longer one shows its first and last rows, a wider one its first and last columns.
const (
	maxRows  = 60 // tables up to here are shown whole
	headRows = 30 // of a longer table
	tailRows = 10
	maxCols  = 24 // likewise for columns
	headCols = 14
	tailCols = 6
	maxCell  = 120 // runes of one cell
)

// A grid is a table ready to be drawn: texts, and which columns hold numbers.
type grid struct {
	head  []string   // column titles; nil for none
	label []string   // row labels, nil for none
	rows  [][]string // the rows shown
	right []bool     // columns of numbers, aligned right
	note  string     // how large the whole is, when not all of it is shown
	gap   int        // index of the row after which rows are left out; -1 for none
}

// window lists the indices shown of n, and after how many of them the rest is left out (-1: all are shown).
func window(n, most, head, tail int) (index []int, gap int) {
	if n <= most {
		head, tail, gap = n, 0, -1
	} else {
		gap = head
	}
	for i := range head {
		index = append(index, i)
	}
	for i := n - tail; i < n; i++ {
		index = append(index, i)
	}
	return index, gap
}

// bundle draws g as HTML and as text.
func (g *grid) bundle() Bundle {
	return Bundle{Data: map[string]string{mimeText: g.text(), mimeHTML: g.html()}}
}

// html is a plain table: the front end's theme gives it colours and stripes.
func (g *grid) html() string {
	var w strings.Builder
	w.WriteString("<table>\n")
	if g.head != nil {
		w.WriteString("<thead><tr>")
		if g.label != nil {
			w.WriteString("<th></th>")
		}
		for j, s := range g.head {
			w.WriteString("<th" + g.align(j) + ">" + cellHTML(s) + "</th>")
		}
		w.WriteString("</tr></thead>\n")
	}
	w.WriteString("<tbody>\n")
	for i, row := range g.rows {
		if i == g.gap {
			w.WriteString("<tr>" + strings.Repeat(`<td style="text-align:center">⋮</td>`, g.width()) + "</tr>\n")
		}
		w.WriteString("<tr>")
		if g.label != nil {
			w.WriteString(`<th style="text-align:left">` + cellHTML(g.label[i]) + "</th>")
		}
		for j, s := range row {
			w.WriteString("<td" + g.align(j) + ">" + cellHTML(s) + "</td>")
		}
		w.WriteString("</tr>\n")
	}
	w.WriteString("</tbody>\n</table>")
	if g.note != "" {
		w.WriteString("\n<p>" + html.EscapeString(g.note) + "</p>")
	}
	return w.String()
}

func (g *grid) align(j int) string {
	if j < len(g.right) && g.right[j] {
		return ` style="text-align:right"`
	}
	return ` style="text-align:left"`
}

// width counts the columns with the one of the labels.
func (g *grid) width() int {
	n := len(g.head)
	for _, r := range g.rows {
		n = max(n, len(r))
	}
	if g.label != nil {
		n++
	}
	return n
}

// text is the table with aligned columns.
func (g *grid) text() string {
	var lines [][]string
	line := func(label string, row []string) {
		var l []string
		if g.label != nil {
			l = append(l, oneLine(label))
		}
		for _, s := range row {
			l = append(l, oneLine(s))
		}
		lines = append(lines, l)
	}
	if g.head != nil {
		line("", g.head)
	}
	for i, row := range g.rows {
		if i == g.gap {
			lines = append(lines, []string{"⋮"})
		}
		label := ""
		if g.label != nil {
			label = g.label[i]
		}
		line(label, row)
	}
	widths := make([]int, g.width())
	for _, l := range lines {
		for j, s := range l {
			widths[j] = max(widths[j], utf8.RuneCountInString(s))
		}
	}
	var w strings.Builder
	for _, l := range lines {
		var b strings.Builder
		for j, s := range l {
			if j > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(s))
			if g.rightAt(j) {
				b.WriteString(pad + s)
			} else {
				b.WriteString(s + pad)
			}
		}
		w.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	return w.String() + g.note
}

// rightAt is right for the columns of the text, where labels count.
func (g *grid) rightAt(j int) bool {
	if g.label != nil {
		j--
	}
	return j >= 0 && j < len(g.right) && g.right[j]
}

// cellHTML is the HTML of one cell.
func cellHTML(s string) string {
	return strings.ReplaceAll(html.EscapeString(short(s)), "\n", "<br/>")
}

func oneLine(s string) string {
	return strings.NewReplacer("\n", "⏎", "\t", " ", "\r", "").Replace(short(s))
}

// short bounds the text of a cell.
func short(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxCell {
			return s[:i] + "…"
		}
	}
	return s
}

// extent says how large a table is of which only a part is shown.
func extent(rows, cols int) string { return fmt.Sprintf("%d rows × %d columns", rows, cols) }
