package session

import (
	"go/token"
	"strings"
)

// Completeness says whether code can run as it stands ("complete"), wants more lines ("incomplete", with the indentation of the
// next), or cannot become right ("invalid").
func Completeness(code string) (status, indent string) {
	_, open, err := split(code)
	if err != nil {
		switch err.Error() {
		case "syntax error: comment not terminated", "syntax error: raw string literal not terminated":
			return "incomplete", ""
		}
		return "invalid", ""
	}
	if open > 0 {
		toks, _ := scan(code)
		return "incomplete", strings.Repeat("\t", strings.Count(closers(toks), "}"))
	}
	chunks, _, _ := split(code)
	if _, err := assemble(1, code, chunks, nil, nil); err != nil {
		if toks, _ := scan(code); len(toks) > 0 && !strings.HasSuffix(code, "\n\n") {
			if wantsMore(toks[len(toks)-1].tok) {
				return "incomplete", ""
			}
		}
		return "invalid", ""
	}
	return "complete", ""
}

// wantsMore tells an operator that cannot end a statement.
func wantsMore(t token.Token) bool {
	switch t {
	case token.RPAREN, token.RBRACE, token.RBRACK, token.SEMICOLON, token.INC, token.DEC:
		return false
	}
	return t.IsOperator()
}
