package session

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Diagnostic is one thing wrong with a cell, found before anything ran.
type Diagnostic struct {
	Cell      int
	Line, Col int // from 1; Col counts bytes, as Go does
	Message   string
	Source    string // the line, without its end
}

func (d Diagnostic) Error() string {
	return d.place() + ": " + d.Message
}

func (d Diagnostic) place() string { return fmt.Sprintf("cell[%d]:%d:%d", d.Cell, d.Line, d.Col) }

// Text shows the position, the message, the source line and a caret under the place.
func (d Diagnostic) Text() string {
	var b strings.Builder
	b.WriteString(d.Error())
	if d.Source != "" {
		col := min(max(d.Col-1, 0), len(d.Source))
		fmt.Fprintf(&b, "\n    %s\n    %s^", d.Source, blank(d.Source[:col]))
	}
	return b.String()
}

// blank is as wide as s, so that the caret stands where the reader looks: tabs stay tabs, what is two columns wide becomes the
// space of that width, and what is put over or joined to other characters has no width.
func blank(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteRune('\t')
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			b.WriteRune('\u3000')
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// wide tells characters that take two columns: those of East Asian scripts and pictures (Unicode Standard Annex 11).
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3001 && r <= 0x303e || r >= 0xff01 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff
}

// Diagnostics are all errors of a cell, in order of position.
type Diagnostics []Diagnostic

func (ds Diagnostics) Error() string {
	var lines []string
	for _, d := range ds {
		lines = append(lines, d.Error())
	}
	return strings.Join(lines, "\n")
}

// At makes a diagnostic for a byte offset of a cell.
func At(cell int, src string, off int, msg string) Diagnostic { return at(cell, src, off, msg) }

// at makes a diagnostic for a byte offset of a cell.
func at(cell int, src string, off int, msg string) Diagnostic {
	off = min(max(off, 0), len(src))
	line := strings.Count(src[:off], "\n") + 1
	start := strings.LastIndexByte(src[:off], '\n') + 1
	return Diagnostic{Cell: cell, Line: line, Col: off - start + 1, Message: msg, Source: sourceLine(src, line)}
}

func sourceLine(src string, line int) string {
	for n := 1; ; n++ {
		text, rest, more := strings.Cut(src, "\n")
		if n == line {
			text = strings.TrimRight(text, "\r")
			if !utf8.ValidString(text) {
				text = strings.ToValidUTF8(text, "�")
			}
			return text
		}
		if !more {
			return ""
		}
		src = rest
	}
}
