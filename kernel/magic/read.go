package magic

import (
	"go/scanner"
	"go/token"
	"strings"

	"joule/kernel/session"
)

// A Cell is a cell taken apart.
type Cell struct {
	Head  *Line  // the %% line, nil for none
	Body  string // what follows the head
	Lines []Line // the % and ! lines, in order
	Go    string // the Go code: as long as the cell, with blanks for everything else
}

// A Line is one magic as it stands in a cell.
type Line struct {
	Name   string // without the %; "!" for a command, "?" for a question
	Args   string // the rest, trimmed; of a command all of it, of a question all of the line
	Number int    // the line that it begins on, from 1
	Start  int    // the offset of its first character
	End    int    // the offset after it, before the line end
}

// Plain tells whether the cell is nothing but Go.
func (c Cell) Plain() bool { return c.Head == nil && len(c.Lines) == 0 }

// HasGo tells whether there is any Go code.
func (c Cell) HasGo() bool { return strings.TrimSpace(c.Go) != "" }

// Read takes cell number n apart. Where a magic is wrong it says so for each; the Cell is then as good as could be read.
func Read(n int, src string) (Cell, session.Diagnostics) {
	if !suspicious(src) {
		return Cell{Go: src}, nil
	}
	r := &reader{n: n, src: src, goText: []byte(src), bytes: []byte(src), table: byName()}
	from := r.head()
	if r.cell.Head == nil || goBody(r.cell.Head.Name) {
		r.lines(from)
	} else {
		r.blank(from, len(src))
	}
	r.cell.Go = string(r.goText)
	return r.cell, r.wrong
}

// suspicious tells whether any line begins with a % or an !, or may be a question: most cells are plain Go and need no second
// look.
func suspicious(src string) bool {
	for line := range strings.Lines(src) {
		if line = strings.Trim(line, " \t\r\n"); line != "" && (line[0] == '%' || line[0] == '!' || line[0] == '?' || line[len(line)-1] == '?') {
			return true
		}
	}
	return false
}

type reader struct {
	n      int
	src    string
	goText []byte
	bytes  []byte // src
	table  map[string]Magic
	passed struct{ off, lines int } // how many lines end before an offset: it only grows
	cell   Cell
	wrong  session.Diagnostics

	depth int         // open brackets before the place that is read
	prev  token.Token // the token before it; a semicolon at the beginning of a statement
}

// head reads a %% line at the beginning and returns the offset where the lines after it begin.
func (r *reader) head() int {
	off, tok := first(r.src)
	if tok != token.REM || !strings.HasPrefix(r.src[off:], "%%") || !r.beginsLine(off) {
		return 0
	}
	end := r.lineEnd(off)
	if _, _, ok := question(r.src[off:end]); ok {
		return 0
	}
	line := r.line(off+2, end)
	line.Start = off
	if r.known(line, "%%") {
		r.cell.Head = &line
		from := min(end+1, len(r.src))
		r.cell.Body = r.src[from:]
		r.blank(0, end)
		return from
	}
	r.cell.Head = &line
	r.blank(0, len(r.src)) // nobody knows what the rest is
	return len(r.src)
}

// first is the first token of a piece of Go, comments left out.
func first(src string) (off int, tok token.Token) {
	s, file := scan(src)
	pos, tok, _ := s.Scan()
	return file.Offset(pos), tok
}

func scan(src string) (*scanner.Scanner, *token.File) { return scanBytes([]byte(src)) }

func scanBytes(src []byte) (*scanner.Scanner, *token.File) {
	file := token.NewFileSet().AddFile("", -1, len(src))
	s := new(scanner.Scanner)
	s.Init(file, src, func(token.Position, string) {}, 0) // the type checker's parser says what is wrong
	return s, file
}

// lines reads magics among Go code, from an offset to the end.
func (r *reader) lines(from int) {
	r.prev = token.SEMICOLON
	for from < len(r.src) {
		off, ok := r.next(from)
		if !ok {
			return
		}
		from = r.magic(off)
	}
}

// next scans Go code from an offset to the next magic. The brackets and the token before are kept: a % goes on an expression
// unless a statement can begin where it stands.
func (r *reader) next(from int) (off int, ok bool) {
	s, file := scanBytes(r.bytes[from:])
	begins := from // the last token with which a statement at the top level can begin
	for {
		pos, tok, _ := s.Scan()
		off = from + file.Offset(pos)
		if r.depth == 0 && r.prev == token.SEMICOLON {
			begins = off
		}
		switch tok {
		case token.ILLEGAL: // a ? is nothing in Go
			if r.src[off] == '?' && r.asks(begins, off) {
				return begins, true
			}
		case token.EOF:
			return 0, false
		case token.REM, token.REM_ASSIGN, token.NOT, token.NEQ:
			if !r.beginsLine(off) {
				break
			}
			if r.depth == 0 && r.prev == token.SEMICOLON {
				return off, true
			}
			r.inside(off)
		case token.LPAREN, token.LBRACE, token.LBRACK:
			r.depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			r.depth = max(r.depth-1, 0)
		}
		r.prev = tok
	}
}

// inside refuses a magic in a block. In brackets an ! is Go where an expression may begin, a % never is.
func (r *reader) inside(off int) {
	percent := r.src[off] == '%'
	if r.depth > 0 && (r.prev == token.SEMICOLON || percent && (r.prev == token.LBRACE || r.prev == token.COLON)) {
		what := "a magic stands"
		if !percent {
			what = "a command stands"
		}
		r.problem(off, what+" at the top level of a cell, not inside a block")
	}
}

// magic reads the magic at an offset and returns where the Go code goes on.
func (r *reader) magic(off int) int {
	r.prev = token.SEMICOLON
	end := r.lineEnd(off)
	if _, _, ok := question(r.src[off:end]); ok {
		r.add(Line{Name: "?", Args: strings.TrimSpace(r.src[off:end])}, off, end)
		return end
	}
	if r.src[off] == '!' {
		end = r.commandEnd(off)
		r.add(Line{Name: "!", Args: strings.TrimSpace(r.src[off+1 : end])}, off, end)
		if r.cell.Lines[len(r.cell.Lines)-1].Args == "" {
			r.problem(off, "a command follows the !")
		}
		return end
	}
	if strings.HasPrefix(r.src[off:], "%%") {
		r.problem(off, "%%"+r.line(off+2, end).Name+" takes a whole cell: it stands on the cell's first line")
		r.blank(off, end)
		return end
	}
	line := r.line(off+1, end)
	m := r.table[line.Name]
	if known := r.knownAt(line, "%", off); known && m.Code {
		if line.Args == "" || line.Args[0] == '%' || line.Args[0] == '!' {
			r.problem(off, "%"+line.Name+" is followed by Go code")
			r.blank(off, end)
			return end
		}
		r.add(line, off, off+1+len(line.Name))
		r.cell.Lines[len(r.cell.Lines)-1].End = end
		return off + 1 + len(line.Name)
	}
	r.add(line, off, end)
	return end
}

func (r *reader) add(l Line, off, end int) {
	l.Start, l.End, l.Number = off, end, r.number(off)
	r.cell.Lines = append(r.cell.Lines, l)
	r.blank(off, end)
}

// line splits what follows the % signs into a name and its arguments.
func (r *reader) line(from, end int) Line {
	text := r.src[from:end]
	n := 0
	for n < len(text) && letter(text[n], n > 0) {
		n++
	}
	return Line{Name: text[:n], Args: strings.TrimSpace(text[n:]), Number: r.number(from), Start: from, End: end}
}

// number is the line that an offset is on. Offsets come in the order of lines.
func (r *reader) number(off int) int {
	if off > r.passed.off {
		r.passed.lines += strings.Count(r.src[r.passed.off:off], "\n")
		r.passed.off = off
	}
	return 1 + r.passed.lines
}

func letter(c byte, digits bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digits && '0' <= c && c <= '9'
}

// known says what is wrong with the name of a head.
func (r *reader) known(l Line, sign string) bool { return r.knownAt(l, sign, l.Start) }

func (r *reader) knownAt(l Line, sign string, off int) bool {
	m, ok := r.table[l.Name]
	switch {
	case l.Name == "":
		r.problem(off, "the name of a magic follows the "+sign+" at once; %help lists them")
	case !ok && len(r.wrong) < maxWrong:
		r.problem(off, unknown(sign, l.Name))
	case !ok:
	case sign == "%" && m.Run == nil:
		r.problem(off, "%"+l.Name+" takes a whole cell: write %%"+l.Name+" on its first line")
	case sign == "%%" && m.Cell == nil:
		r.problem(off, "%%"+l.Name+" is a line: write %"+l.Name)
	default:
		return true
	}
	return false
}

// lineEnd is the offset of the end of the line that off is on, without its line end.
func (r *reader) lineEnd(off int) int {
	if i := strings.IndexByte(r.src[off:], '\n'); i >= 0 {
		return off + i
	}
	return len(r.src)
}

// commandEnd is the end of a command: a backslash at the end of a line joins the next to it.
func (r *reader) commandEnd(off int) int {
	for {
		end := r.lineEnd(off)
		text := strings.TrimSuffix(r.src[off:end], "\r")
		if end == len(r.src) || (len(text)-len(strings.TrimRight(text, `\`)))%2 == 0 {
			return end
		}
		off = end + 1
	}
}

// beginsLine tells whether only blanks stand before an offset on its line.
func (r *reader) beginsLine(off int) bool {
	for off > 0 && (r.src[off-1] == ' ' || r.src[off-1] == '\t') {
		off--
	}
	return off == 0 || r.src[off-1] == '\n'
}

// longestQuestion is longer than any name.
const longestQuestion = 500

// asks tells whether the line of a statement that begins at an offset is a question, with a ? at another.
func (r *reader) asks(begins, off int) bool {
	if off-begins > longestQuestion || !r.beginsLine(begins) {
		return false
	}
	line, _, _ := strings.Cut(r.src[begins:min(begins+longestQuestion, len(r.src))], "\n")
	_, _, ok := question(line)
	return ok && off <= begins+len(line)
}

func (r *reader) blank(from, to int) {
	for i := from; i < to; i++ {
		if r.goText[i] != '\n' {
			r.goText[i] = ' '
		}
	}
}

// maxWrong is how many magics of a cell are complained of.
const maxWrong = 20

func (r *reader) problem(off int, message string) {
	if len(r.wrong) < maxWrong {
		r.wrong = append(r.wrong, session.At(r.n, r.src, off, message))
	}
}
