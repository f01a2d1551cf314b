package session

import (
	"fmt"
	"go/parser"
	goscanner "go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// syntax says what is wrong with a cell that does not parse: the first error of each chunk, since what the parser says after
// that follows from it. err is the error of the whole.
func syntax(n int, src string, chunks []chunk, err error) (ds Diagnostics) {
	for _, c := range chunks {
		if off, msg, ok := c.parses(src); !ok {
			ds = append(ds, foreign(at(n, src, off, "syntax error: "+wording(msg))))
		}
	}
	if len(ds) > 0 {
		return ds
	}
	// Each parses, and all together do not: the parser's own place then, as far as it lies in the cell.
	d := at(n, src, 0, "syntax error: "+err.Error())
	if list, ok := err.(goscanner.ErrorList); ok && len(list) > 0 {
		d = at(n, src, offset(src, list[0].Pos.Line, list[0].Pos.Column), "syntax error: "+wording(list[0].Msg))
	}
	return Diagnostics{d}
}

// parses parses a chunk by itself. Where that fails it returns the first error and its place in the cell.
func (c chunk) parses(src string) (off int, msg string, ok bool) {
	head, tail := "package p\n", "\n"
	switch c.kind {
	case stmtChunk:
		head, tail = "package p\nfunc _() {\n", "\n}"
	case packageChunk:
		return 0, "", true
	}
	head += c.prefix
	fset := token.NewFileSet()
	_, err := parser.ParseFile(fset, "", head+src[c.start:c.end]+tail, parser.SkipObjectResolution)
	list, _ := err.(goscanner.ErrorList)
	if len(list) == 0 {
		return 0, "", true
	}
	off, msg = list[0].Pos.Offset-len(head)+c.start, list[0].Msg
	end := c.start + len(strings.TrimRight(src[c.start:c.end], " \t\r\n"))
	if off < end {
		return max(off, c.start), msg, false
	}
	what := "newline"
	if strings.TrimSpace(src[end:]) == "" {
		what = "the end of the cell"
	}
	if expected, _, found := strings.Cut(msg, ", found "); found { // what was put around it says nothing
		msg = expected + ", found " + what
	}
	return end, msg, false
}

// wording says what the parser says as the compiler does: first what stands there, then what should.
func wording(msg string) string {
	if msg == "expected 1 expression" {
		return "a list of values is no statement: a cell shows one value, and fmt.Println(a, b) prints several"
	}
	expected, found, ok := strings.Cut(msg, ", found ")
	if !ok || !strings.HasPrefix(expected, "expected ") {
		return msg
	}
	found = strings.Trim(found, "'")
	if found == "," {
		found = "comma"
	}
	switch expected {
	case "expected ';'":
		return "unexpected " + found + " at the end of a statement"
	case "expected 'IDENT'":
		expected = "expected a name"
	case "expected 'STRING'":
		expected = "expected a string"
	}
	return "unexpected " + found + ", " + strings.ReplaceAll(expected, "'", "")
}

// unclosed is the error of a cell that ends inside a bracket: what the parser trips over before the end, if it does, and else
// the bracket.
func unclosed(n int, src string, chunks []chunk) Diagnostic {
	last := chunks[len(chunks)-1]
	end := strings.Count(src[:len(strings.TrimRight(src, " \t\r\n"))], "\n") + 1
	if off, msg, ok := last.parses(src); !ok {
		if d := at(n, src, off, "syntax error: "+wording(msg)); d.Line < end {
			return foreign(d)
		}
	}
	toks, _ := scan(src[last.start:])
	var open []scanned
	for _, t := range toks {
		switch t.tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			open = append(open, t)
		case token.RPAREN, token.RBRACE, token.RBRACK:
			open = open[:len(open)-1]
		}
	}
	t := open[len(open)-1]
	return foreign(at(n, src, last.start+t.off, fmt.Sprintf("syntax error: this %s is not closed before the cell ends", t.tok)))
}

// foreign adds what Go has instead of something that other languages have, where the line of an error looks like it.
func foreign(d Diagnostic) Diagnostic {
	for _, f := range habits {
		if f.pattern.MatchString(d.Source) && (f.message == "" || strings.Contains(d.Message, f.message)) {
			d.Message += " (" + f.hint + ")"
			break
		}
	}
	return d
}

// habits are what people write who come from elsewhere. They are looked at only where there is an error: message is a part of
// it, "" for any.
var habits = []struct {
	pattern       *regexp.Regexp
	message, hint string
}{
	{regexp.MustCompile(`^\s*print\s+[^(=:]`), "syntax", "printing is a call: fmt.Println(…)"},
	{regexp.MustCompile(`^\s*(def|fn|fun|function)\s+\w+\s*\(`), "syntax", "a function is declared as func name(x int) int { … }"},
	{regexp.MustCompile(`^\s*(from\s+\S+\s+)?import\s+[\w.]+(\s+as\s+\w+|\s+[\w*, ]+)?\s*$`), "", `an import is a path in quotes: import "math"`},
	{regexp.MustCompile(`^\s*for\s+\w+(\s*,\s*\w+)?\s+in\s`), "syntax", "a loop over something is for i, x := range xs { … }"},
	{regexp.MustCompile(`^\s*while\b`), "", "every loop is a for: for condition { … }"},
	{regexp.MustCompile(`^\s*(for|if|while|switch)\s*\(.*;`), "syntax", "without parentheses: for i := 0; i < n; i++ { … }"},
	{regexp.MustCompile(`^\s*for\s[^;]*,[^;]*\{`), "syntax", "semicolons part the header: for i := 0; i < n; i++ { … }"},
	{regexp.MustCompile(`^\s*(if|for|switch)\b[^{]*$`), "unexpected newline", "the { stands on the same line"},
	{regexp.MustCompile(`^\s*(else|elif)\b`), "syntax", "} else { and } else if … { stand on one line"},
	{regexp.MustCompile(`^\s*(func|type)\b[^{]*$`), "unexpected newline", "the { stands on the same line"},
	{regexp.MustCompile(`^\s*const\s+\w+\s*:=`), "", "a constant is declared with =: const x = 5"},
	{regexp.MustCompile(`^\s*var\s+\w+\s*:=`), "", "either var x = 5 or x := 5"},
	{regexp.MustCompile(`^\s*(let|auto|val|mut)\s+\w+`), "syntax", "a variable is declared as x := 5"},
	{regexp.MustCompile(`^\s*(int|float|double|bool|string|char|long|float64)\s+\w+\s*(=|;|$)`), "syntax", "the name comes first: var x int = 5, or x := 5"},
	{regexp.MustCompile(`(=|\(|,|return|\bin)\s*\[[^\]]*,`), "syntax", "a slice begins with its type: []int{1, 2, 3}"},
	{regexp.MustCompile(`(=|\(|,|return)\s*\{`), "unexpected {", "a literal begins with its type: map[string]int{…}, []int{…}, T{…}"},
	{regexp.MustCompile(`(=|return)\s*\([^()]*,`), "syntax", "Go has no tuples: a, b := 1, 2 declares two variables"},
	{regexp.MustCompile(`'[^'\\]{2,}'`), "rune literal", "a string stands in double quotes; single ones are for one character"},
	{regexp.MustCompile(`\?`), "U+003F", "Go has no ?: operator; write if … { } else { }"},
	{regexp.MustCompile(`^\s*#`), "U+0023", "a comment begins with //"},
	{regexp.MustCompile(`^\s*@`), "U+0040", "Go has no decorators"},
	{regexp.MustCompile(`^\s*(try|except|catch|finally|raise|throw)\b|\bcatch\b`), "", "Go has no exceptions: functions return an error, and defer with recover catches a panic"},
	{regexp.MustCompile(`^\s*class\b`), "", "Go has no classes: type Name struct { … }, and func (x Name) Method() { … }"},
	{regexp.MustCompile(`\blambda\b|=>`), "", "a function as a value is func(x int) int { return … }"},
	{regexp.MustCompile(`\bf"`), "syntax", `text is put together by fmt.Sprintf("hello %v", x)`},
	{regexp.MustCompile(`(\+\+|--)`), "unexpected", "x++ is a statement and has no value"},
	{regexp.MustCompile(`\*\*`), "", "a power is math.Pow(x, y)"},
	{regexp.MustCompile(`^\s*not\b|\s(and|or|not)\s`), "", "the operators are &&, || and !"},
	{regexp.MustCompile(`\sin\s`), "unexpected in", "_, ok := m[key] tells whether a map has a key, slices.Contains(xs, x) whether a slice has an element"},
	{regexp.MustCompile(`\(\s*\w+\s*:\s*\w`), "parameter", "a parameter is name type: func f(x int) int"},
	{regexp.MustCompile(`\)\s*->`), "", "the result's type follows the parameters: func f(x int) int"},
	{regexp.MustCompile(`^\s*[\w, ]+\s[\w.*\[\]]+,\s*$`), "unexpected comma", "fields are parted by line ends"},
}
