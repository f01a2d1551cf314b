package session

import "go/token"

// keywordsAfter are the keywords that may follow a token.
func keywordsAfter(prev token.Token) []token.Token {
	switch prev {
	case token.SEMICOLON, token.LBRACE, token.COLON:
		return []token.Token{
			token.BREAK, token.CASE, token.CHAN, token.CONST, token.CONTINUE, token.DEFAULT, token.DEFER, token.FALLTHROUGH, token.FOR,
			token.FUNC, token.GO, token.GOTO, token.IF, token.IMPORT, token.INTERFACE, token.MAP, token.PACKAGE, token.RETURN,
			token.SELECT, token.STRUCT, token.SWITCH, token.TYPE, token.VAR,
		}
	case token.RBRACE:
		return []token.Token{token.ELSE}
	case token.ELSE:
		return []token.Token{token.IF}
	case token.DEFINE, token.ASSIGN, token.FOR:
		return []token.Token{token.CHAN, token.FUNC, token.INTERFACE, token.MAP, token.RANGE, token.STRUCT}
	case token.GO, token.DEFER:
		return []token.Token{token.FUNC}
	}
	return []token.Token{token.CHAN, token.FUNC, token.INTERFACE, token.MAP, token.STRUCT}
}

// keywords say what each keyword is for: its forms, and a sentence.
var keywords = map[string][2]string{
	"break":       {"break\nbreak label", "Leaves the innermost for, switch or select, or the one with the label."},
	"case":        {"case x, y:\ncase T:\ncase v := <-ch:", "Begins a branch of a switch, by values or types, or of a select, by communications."},
	"chan":        {"chan T\nchan<- T\n<-chan T", "A channel of values of type T: in both directions, for sending only, for receiving only. Made by make(chan T, buffer)."},
	"const":       {"const name = value\nconst (\n\tA = iota\n\tB\n)", "Declares constants. In a group iota counts the lines from 0, and a line without a value repeats the expression above it."},
	"continue":    {"continue\ncontinue label", "Begins the next round of the innermost for, or of the one with the label."},
	"default":     {"default:", "The branch of a switch that is taken when no other fits; in a select the one that is taken when none is ready."},
	"defer":       {"defer f(x)", "Calls f when the surrounding function ends, also when it panics. The arguments are evaluated now; the last deferred call runs first."},
	"else":        {"if condition {\n\t…\n} else if other {\n\t…\n} else {\n\t…\n}", "What is done when the condition does not hold. It stands on the line of the closing brace."},
	"fallthrough": {"fallthrough", "The last statement of a case: the next case's statements run too."},
	"for": {"for {\n}\nfor condition {\n}\nfor i := 0; i < n; i++ {\n}\nfor i := range n {\n}\nfor i, x := range xs {\n}",
		"The one loop: for ever, while a condition holds, with a counter, or over an integer, slice, array, string, map, channel or function. Each round has its own variables."},
	"func":      {"func name(x int, rest ...string) (float64, error) {\n}\nfunc (r Receiver) Method() {\n}\nfunc[T any](x T) T\nf := func(x int) int { return x }", "A function, a method, or a function as a value."},
	"go":        {"go f(x)", "Calls f in a goroutine of its own and goes on at once."},
	"goto":      {"goto label", "Goes on at the label in the same function."},
	"if":        {"if condition {\n}\nif v, err := f(); err != nil {\n}", "Runs the block when the condition holds. What the statement before the condition declares is known in all branches."},
	"import":    {"import \"path\"\nimport name \"path\"", "Makes a package usable. A notebook imports packages of the standard library by itself when they are used."},
	"interface": {"interface {\n\tMethod(x int) error\n}\ninterface{ ~int | ~float64 }", "The types that have these methods; as a constraint also the types in the union."},
	"map":       {"map[K]V\nmap[string]int{\"a\": 1}", "A table from keys to values, made by make(map[K]V) or a literal. v, ok := m[k] tells whether there is an entry."},
	"package":   {"package main", "The name of the package that a file belongs to. A cell needs none."},
	"range":     {"for i, x := range xs {\n}", "What a for loop goes over: an integer, slice, array, string, map, channel or function."},
	"return":    {"return\nreturn x, err", "Ends the function with these results."},
	"select":    {"select {\ncase v := <-ch:\ncase ch <- v:\ndefault:\n}", "Waits until one of the communications is possible and does it."},
	"struct":    {"struct {\n\tName  string\n\tX, Y  float64\n}", "A record of fields. A field that is only a type is embedded: its fields and methods can be used as the struct's own."},
	"switch":    {"switch x {\ncase 1, 2:\ndefault:\n}\nswitch v := x.(type) {\ncase string:\n}", "Takes the first case that fits, by values, conditions or types. A case ends by itself."},
	"type":      {"type Name struct {\n}\ntype Name[T any] []T\ntype Alias = Other", "Declares a type, or with = another name for one."},
	"var":       {"var x int\nvar x, y = 1, \"a\"", "Declares variables. Without a value they are zero."},
}
