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
		if strings.Contains(err.Error(), "not terminated") && (strings.Contains(err.Error(), "comment") || strings.Contains(err.Error(), "raw string")) {
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
			switch last := toks[len(toks)-1].tok; {
			case last.IsOperator() && last != token.RPAREN && last != token.RBRACE && last != token.RBRACK && last != token.SEMICOLON && last != token.INC && last != token.DEC:
				return "incomplete", ""
			}
		}
		return "invalid", ""
	}
	return "complete", ""
}
