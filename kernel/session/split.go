package session

import (
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
)

// kind is what a chunk of a cell is.
type kind int

const (
	packageChunk kind = iota // the package clause of a pasted program
	importChunk
	declChunk // type, const, func: visible in the whole cell
	stmtChunk // everything else, var included: runs in order
)

// chunk is one top-level piece of a cell, src[start:end].
type chunk struct {
	kind       kind
	start, end int
	prefix     string // what stands before it in the assembled text: the var of a group
}

type scanned struct {
	tok token.Token
	off int
	lit string
}

// split cuts a cell into chunks. It fails on what no further line can mend: a stray closing bracket or a bad token. open is the
// number of brackets still open at the end.
func split(src string) (chunks []chunk, open int, err error) {
	toks, serr := scan(src)
	if serr != nil {
		return nil, 0, serr
	}
	for i := 0; i < len(toks); {
		if toks[i].tok == token.SEMICOLON {
			i++
			continue
		}
		first := i
		depth := 0
	chunk:
		for ; i < len(toks); i++ {
			switch toks[i].tok {
			case token.LPAREN, token.LBRACE, token.LBRACK:
				if depth++; depth > maxDepth {
					return nil, 0, &syntaxError{toks[i].off, fmt.Sprintf("syntax error: brackets are nested more than %d deep", maxDepth)}
				}
			case token.RPAREN, token.RBRACE, token.RBRACK:
				depth--
				if depth < 0 {
					return nil, 0, &syntaxError{toks[i].off, fmt.Sprintf("syntax error: unexpected %s", toks[i].tok)}
				}
			case token.SEMICOLON:
				if depth == 0 && !inHeader(src, toks[first:i+1]) {
					break chunk
				}
			}
		}
		end := len(src)
		if i < len(toks) {
			end = toks[i].off
		}
		chunks = append(chunks, chunk{kind: classify(toks[first:i]), start: toks[first].off, end: end})
		open = depth
	}
	return chunks, open, nil
}

// classify decides by the first tokens of a chunk. A func is a declaration when a name follows, after a receiver if there is
// one; otherwise it is a literal, which begins a statement.
func classify(toks []scanned) kind {
	switch toks[0].tok {
	case token.PACKAGE:
		return packageChunk
	case token.IMPORT:
		return importChunk
	case token.TYPE, token.CONST:
		return declChunk
	case token.FUNC:
		i := 1
		if i < len(toks) && toks[i].tok == token.LPAREN {
			for depth := 0; i < len(toks); i++ {
				if toks[i].tok == token.LPAREN {
					depth++
				} else if toks[i].tok == token.RPAREN {
					if depth--; depth == 0 {
						i++
						break
					}
				}
			}
			if i+1 >= len(toks) || toks[i+1].tok != token.LPAREN {
				return stmtChunk // func (x int) int { … }: a literal with a named result would need the parenthesis
			}
		}
		if i < len(toks) && toks[i].tok == token.IDENT {
			return declChunk
		}
	}
	return stmtChunk
}

// syntaxError is an error at a byte offset of the cell.
type syntaxError struct {
	off int
	msg string
}

func (e *syntaxError) Error() string { return e.msg }

// scan gives the tokens of a cell without its comments, with the semicolons that Go inserts.
func scan(src string) (toks []scanned, err error) { return tokens(src, 0) }

// scanAll is scan with the comments.
func scanAll(src string) (toks []scanned, err error) { return tokens(src, scanner.ScanComments) }

func tokens(src string, mode scanner.Mode) (toks []scanned, err error) {
	fset := token.NewFileSet()
	f := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(f, []byte(src), func(pos token.Position, msg string) {
		if err == nil {
			err = &syntaxError{pos.Offset, "syntax error: " + msg}
		}
	}, mode)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return toks, err
		}
		toks = append(toks, scanned{tok, f.Offset(pos), lit})
	}
}

// A Span is a piece of a cell, src[Start:End].
type Span struct{ Start, End int }

// Declarations are the imports and the declarations of types, functions and constants of a cell, without its statements. A cell
// that does not parse has none.
func Declarations(src string) (spans []Span) {
	chunks, _, err := split(src)
	if err != nil {
		return nil
	}
	for _, c := range chunks {
		if c.kind == importChunk || c.kind == declChunk {
			spans = append(spans, Span{c.start, c.end})
		}
	}
	return spans
}

// inHeader tells a semicolon, the last token, that belongs to the header of the statement: for i := 0; ; i++ {.
func inHeader(src string, toks []scanned) bool {
	for len(toks) > 2 && toks[0].tok == token.IDENT && toks[1].tok == token.COLON { // a label
		toks = toks[2:]
		if toks[0].tok == token.SEMICOLON && len(toks) > 1 {
			toks = toks[1:]
		}
	}
	switch toks[0].tok {
	case token.FOR, token.IF, token.SWITCH:
		last := len(toks) - 1
		return toks[last].lit == ";" && (toks[last-1].tok != token.RBRACE || !wholeStatement(src[toks[0].off:toks[last].off]))
	}
	return false
}

// wholeStatement tells a text that is a statement as it stands, and not its beginning: for f := func() {} is none.
func wholeStatement(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p; func _() {"+text+"\n}", parser.SkipObjectResolution)
	return err == nil
}

// maxDepth is how deep brackets may be nested: what follows takes time that grows with the square of it.
const maxDepth = 2000
