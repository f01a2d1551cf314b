package magic

import (
	"context"
	"slices"
	"strings"

	"joule/kernel"
)

// A Magic is one row of the table.
type Magic struct {
	Name    string
	Aliases []string
	Usage   string // how it is written, one form a line
	Doc     string // the first sentence stands in the list of %help
	Example string // is shown by %help NAME; "" where the usage says enough

	Run  func(*Call) error // as a line; nil when it takes a whole cell
	Cell func(*Call) error // as a whole cell; nil when it is a line

	Code  bool // as a line: Go code follows it on the line
	Body  bool // as a cell: the body is Go
	Early bool // as a line: it decides how the cell is run and stands above its code
	Sets  bool // as a line: it changes how the cells after it run
	Paths bool // its arguments are files
	Timed bool // its arguments are Go code, behind options, that is no part of the cell's
}

// A Call is one use of a magic.
type Call struct {
	*Runner
	Ctx   context.Context
	Cell  kernel.Cell // the whole cell
	Parts Cell
	Line  Line
	Out   kernel.Output

	Result *kernel.Result // of the cell: a magic may set its value and payloads
	report *Report        // of the cell's Go code
}

// table lists the magics by name.
func table() []Magic {
	return slices.SortedFunc(slices.Values(slices.Concat(
		helpMagics(), sessionMagics(), timeMagics(), timeitMagics(), testMagics(), fileMagics(), historyMagics(), placeMagics(), planMagics(),
		goroutineMagics(), replayMagics(), requireMagics(), shellMagics(), richMagics(), pluginMagics(),
	)), func(a, b Magic) int { return strings.Compare(a.Name, b.Name) })
}

// find looks a magic up by its name or by another name that it has.
func find(name string) (Magic, bool) {
	for _, m := range table() {
		if m.Name == name || slices.Contains(m.Aliases, name) {
			return m, true
		}
	}
	return Magic{}, false
}

// byName is the table by all names.
func byName() map[string]Magic {
	names := map[string]Magic{}
	for _, m := range table() {
		for _, name := range append([]string{m.Name}, m.Aliases...) {
			names[name] = m
		}
	}
	return names
}

// goBody tells whether the body of a cell magic is Go.
func goBody(name string) bool {
	m, ok := find(name)
	return ok && m.Body
}

// unknown is the message for a magic that does not exist.
func unknown(sign, name string) string {
	text := "there is no magic " + sign + name
	if sign == "%" && slices.Contains(elsewhere, name) {
		return text + "; !" + name + " runs the command"
	}
	if near := nearest(sign, name); near != "" {
		return text + "; did you mean " + near + "?"
	}
	return text + "; %help lists them"
}

// elsewhere are magics of other kernels that do what the command of this name does.
var elsewhere = []string{"cat", "conda", "cp", "git", "less", "ls", "man", "mkdir", "more", "mv", "pip", "rm", "rmdir"}

// nearest is the magic whose name is closest, with its sign, or "".
func nearest(sign, name string) string {
	best, distance := "", 2+2*max(1, len(name)/2)
	if len(name) > longestName {
		return ""
	}
	for _, m := range table() {
		for _, known := range append([]string{m.Name}, m.Aliases...) {
			d := edits(strings.ToLower(name), known)
			if strings.HasPrefix(known, strings.ToLower(name)) {
				d = 0
			}
			if d < distance {
				written := sign
				if sign == "%" && m.Run == nil {
					written = "%%"
				} else if sign == "%%" && m.Cell == nil {
					written = "%"
				}
				best, distance = written+known, d
			}
		}
	}
	return best
}

// longestName is the longest name for which another is suggested.
const longestName = 30

// edits is how far b is from a: two for each letter to insert, remove or replace, one for two neighbours to swap, which is the
// likelier slip (the distance of optimal string alignment, weighted).
func edits(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = 2 * i
	}
	for j := range len(b) + 1 {
		rows[0][j] = 2 * j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace += 2
			}
			rows[i][j] = min(replace, rows[i-1][j]+2, rows[i][j-1]+2)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// firstSentence is what %help lists of a doc.
func firstSentence(doc string) string {
	text, _, cut := strings.Cut(strings.Join(strings.Fields(doc), " "), ". ")
	if cut {
		text += "."
	}
	return text
}
