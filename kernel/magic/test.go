package magic

import (
	"bytes"
	"errors"
	"fmt"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"joule/kernel"
	"joule/kernel/session"
)

func testMagics() []Magic {
	return []Magic{{
		Name: "bench", Usage: "%%bench\nGo code",
		Doc: "Measures the cell as the body of a Go benchmark: compiled, run for a second, with the time, the bytes and the " +
			"allocations of one turn. Imports and declarations at its top are not measured. What a call returns is not optimised away.",
		Cell: bench, Body: true,
	}, {
		Name: "test", Usage: "%%test [PATTERN]\nGo code",
		Doc: "Declares what the cell declares and runs its tests, the functions TestXxx(t *testing.T), with Go's package testing: " +
			"subtests, t.Fatal, t.Parallel and all. PATTERN, a regular expression, chooses among them. A panic is a failure of its test.",
		Cell: test, Body: true,
	}}
}

// trialImport makes package trial known to the generated parts of a cell.
const trialImport = `import trial__ "joule/kernel/trial";`

func (c *Call) onlyGo() error {
	switch {
	case len(c.Parts.Lines) > 0:
		return fmt.Errorf("%%%%%s takes Go code: no magics stand in it", c.Line.Name)
	case !c.Parts.HasGo():
		return c.usage()
	}
	return nil
}

func bench(c *Call) error {
	if err := c.onlyGo(); err != nil {
		return err
	}
	if c.Line.Args != "" {
		return c.usage()
	}
	return c.measured(func(code string) string {
		return " trial__.Bench(func(bench__ *trial__.B) { for bench__.Loop() {" + code + "\n}})"
	}, "%%bench")
}

// measured runs the cell with what follows its declarations in the loop that around makes.
func (c *Call) measured(around func(code string) string, why string) error {
	text := c.Parts.Go
	// The loop begins before the first statement. Where nothing is declared before that, it begins on the line of the %%, so
	// that all columns are those of the cell.
	from := firstStatement(text)
	if strings.TrimSpace(text[:from]) == "" {
		from = strings.IndexByte(text, '\n')
	}
	text = text[:from] + around(text[from:])
	r := c.code(c, intoHead(text, trialImport), How{Tier: Compile, Why: why, Heat: true})
	if r.Err != nil {
		return r.Err
	}
	return nil
}

// firstStatement is the offset of the first thing that is no declaration.
func firstStatement(text string) int {
	from := 0
	for _, d := range session.Declarations(text) {
		if strings.Trim(text[from:d.Start], " \t\r\n;") != "" {
			if off, tok := first(text[from:d.Start]); tok != token.EOF {
				return from + off
			}
		}
		from = d.End
	}
	off, tok := first(strings.TrimLeft(text[from:], ";"))
	if tok == token.EOF {
		return len(text)
	}
	return from + len(text[from:]) - len(strings.TrimLeft(text[from:], ";")) + off
}

// intoHead puts code on the first line, which was that of the %% and holds nothing else.
func intoHead(text, code string) string {
	line, _, _ := strings.Cut(text, "\n")
	return code + text[len(line)-len(strings.TrimLeft(line, " \r")):]
}

func test(c *Call) error {
	if err := c.onlyGo(); err != nil {
		return err
	}
	if _, err := regexp.Compile(c.Line.Args); err != nil {
		return err
	}
	text, names := prepareTests(c.Parts.Go)
	if len(names) == 0 {
		return errors.New("the cell has no test: a function called TestXxx with the parameter t *testing.T")
	}
	head := trialImport
	if !imports(text, "testing") {
		head += ` import "testing";`
	}
	text += fmt.Sprintf("\ntrial__.Run(%q", c.Line.Args)
	for _, n := range names {
		text += fmt.Sprintf(", trial__.Case{%q, %s}", n, n)
	}
	named := &namer{Output: c.Out, place: c.host.Place}
	inner := *c
	inner.Out = named
	r := inner.code(&inner, intoHead(text+")", head), How{Tier: Compile, Why: "%%test"})
	named.flush()
	switch {
	case r.Err != nil && r.Err.Name == "Exit":
		return failure("TestFailed", fmt.Sprintf("%s failed", count(named.failed, "test")))
	case r.Err != nil:
		return r.Err
	}
	return nil
}

// prepareTests finds the tests of a cell, and makes every function of a test or subtest defer Catch.
func prepareTests(text string) (prepared string, names []string) {
	type lexeme struct {
		tok token.Token
		off int
		lit string
	}
	s, file := scan(text)
	var toks []lexeme
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		toks = append(toks, lexeme{tok, file.Offset(pos), lit})
	}
	var b strings.Builder
	from := 0
	pattern := []token.Token{token.LPAREN, token.IDENT, token.MUL, token.IDENT, token.PERIOD, token.IDENT, token.RPAREN, token.LBRACE}
	for i := range toks {
		if toks[i].tok != token.FUNC {
			continue
		}
		name := ""
		at := i + 1
		if at < len(toks) && toks[at].tok == token.IDENT {
			name = toks[at].lit
			at++
		}
		if at+len(pattern) > len(toks) {
			continue
		}
		fits := true
		for k, tok := range pattern {
			fits = fits && toks[at+k].tok == tok
		}
		if !fits || toks[at+3].lit != "testing" || toks[at+5].lit != "T" {
			continue
		}
		if isTest(name) {
			names = append(names, name)
		}
		if param := toks[at+1].lit; param != "_" {
			open := toks[at+len(pattern)-1].off + 1
			b.WriteString(text[from:open] + " defer trial__.Catch(" + param + ");")
			from = open
		}
	}
	return b.String() + text[from:], names
}

// isTest tells whether a function is a test by its name, as the go command does.
func isTest(name string) bool {
	rest, ok := strings.CutPrefix(name, "Test")
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLower(r)
}

// imports tells whether a cell imports a path under its own name.
func imports(text, path string) bool {
	for _, d := range session.Declarations(text) {
		piece := text[d.Start:d.End]
		if strings.HasPrefix(piece, "import") && regexp.MustCompile(`(?m)(^import|^|[(;])\s*(testing\s+)?`+regexp.QuoteMeta(strconv.Quote(path))).MatchString(piece) {
			return true
		}
	}
	return false
}

// A namer is an output in which places in compiled cells are written as those of the notebook. It counts the tests that fail.
type namer struct {
	kernel.Output
	place func(label string) int

	mu     sync.Mutex
	rest   []byte
	failed int
}

var compiledPlace = regexp.MustCompile(`cell#[0-9a-f]+(:\d+)`)

// Stream implements kernel.Output: a line at a time.
func (n *namer) Stream(name string, p []byte) {
	if name != "stdout" {
		n.Output.Stream(name, p)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rest = append(n.rest, p...)
	if i := bytes.LastIndexByte(n.rest, '\n'); i >= 0 {
		n.write(n.rest[:i+1])
		n.rest = append([]byte(nil), n.rest[i+1:]...)
	}
}

func (n *namer) write(p []byte) {
	for line := range bytes.Lines(p) {
		if bytes.HasPrefix(line, []byte("--- FAIL: ")) {
			n.failed++
		}
	}
	n.Output.Stream("stdout", compiledPlace.ReplaceAllFunc(p, func(m []byte) []byte {
		label, line, _ := strings.Cut(string(m), ":")
		if cell := n.place(label); cell > 0 {
			return fmt.Appendf(nil, "cell[%d]:%s", cell, line)
		}
		return m
	}))
}

func (n *namer) flush() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.rest) > 0 {
		n.write(n.rest)
		n.rest = nil
	}
}
