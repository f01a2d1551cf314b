package magic

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"joule/kernel"
)

// What a command has of the session. In the text after an !, {EXPRESSION} and $NAME stand for values of the session, as in IPython:
// an expression whose every name the session knows, and the name of a variable or a constant. All else is the shell's own: ${NAME}, {a,b},
// awk's '{print $1}', $HOME.

// expand puts values into a command.
func (c *Call) expand(text string) (string, error) {
	if !strings.ContainsAny(text, "{$") {
		return text, nil
	}
	known := map[string]bool{}
	for _, n := range c.host.Names() {
		known[n.Name] = n.Kind == "var" || n.Kind == "const"
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		end, expr := i+1, ""
		switch text[i] {
		case '\\':
			end = min(i+2, len(text))
		case '$':
			for end < len(text) && letter(text[end], end > i+1) {
				end++
			}
			if name := text[i+1 : end]; known[name] {
				expr = name
			} else if end == i+1 && end < len(text) {
				end++ // $$, $(, ${
			}
		case '{':
			if n := strings.IndexByte(text[i:], '}'); n > 0 && ofSession(text[i+1:i+n], known) {
				end, expr = i+n+1, text[i+1:i+n]
			}
		}
		if expr == "" {
			b.WriteString(text[i:end])
			i = end
			continue
		}
		value, err := c.host.Text(c.Ctx, expr)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		i = end
	}
	return b.String(), nil
}

// ofSession tells whether a text is an expression that has names, all of which are known or Go's own.
func ofSession(text string, known map[string]bool) bool {
	x, err := parser.ParseExpr(text)
	if err != nil {
		return false
	}
	free := freeNames(x)
	for _, name := range free {
		if _, ok := known[name]; !ok {
			return false
		}
	}
	return len(free) > 0
}

// freeNames are the names that an expression takes from outside, without those of Go itself and of fields.
func freeNames(x ast.Expr) (list []string) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			list = append(list, freeNames(n.X)...)
			return false
		case *ast.Ident:
			if types.Universe.Lookup(n.Name) == nil && n.Name != "_" {
				list = append(list, n.Name)
			}
		}
		return true
	})
	return list
}

// negations gives those ! lines back to Go that are Go: an expression that has names, with which the cell is right. (So !true is
// a command, and so is !ls unless the session has a bool of that name.)
func (r *Runner) negations(ctx context.Context, cell kernel.Cell, parts Cell) Cell {
	if parts.Head != nil && !goBody(parts.Head.Name) {
		return parts
	}
	text, some := []byte(parts.Go), false
	var rest []Line
	for _, l := range parts.Lines {
		if l.Name != "!" || !negation(l.Args) {
			rest = append(rest, l)
			continue
		}
		some = true
		copy(text[l.Start:l.End], cell.Code[l.Start:l.End])
	}
	if !some || len(r.host.Check(ctx, kernel.Cell{Number: cell.Number, Code: string(text)})) > 0 {
		return parts
	}
	parts.Go, parts.Lines = string(text), rest
	return parts
}

// negation tells whether what follows an ! may be the rest of an expression of Go that has names.
func negation(args string) bool {
	x, err := parser.ParseExpr("!" + args)
	if err != nil {
		return false
	}
	for {
		switch n := x.(type) {
		case *ast.BinaryExpr:
			x = n.X
			continue
		case *ast.UnaryExpr:
			return n.Op == token.NOT && len(freeNames(n.X)) > 0
		}
		return false
	}
}
