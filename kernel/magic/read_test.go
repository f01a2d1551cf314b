package magic

import (
	"strings"
	"testing"
	"time"
)

// marks writes what was read in one line: the magics, then the Go code with its blanks as they stand.
func marks(c Cell) string {
	var parts []string
	if c.Head != nil {
		parts = append(parts, "%%"+c.Head.Name+"("+c.Head.Args+")")
	}
	for _, l := range c.Lines {
		parts = append(parts, l.Name+"("+l.Args+")")
	}
	return strings.Join(parts, " ")
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		why, src string
		lines    string
		code     string // Go, without blank lines; "" is not checked
		wrong    string // the first message
	}{
		{why: "plain Go", src: "x := 1", code: "x := 1"},
		{why: "a line magic", src: "%who x y", lines: "who(x y)"},
		{why: "indented", src: "  \t%who", lines: "who()"},
		{why: "a command keeps its text", src: "!ls -l | grep '%x' ", lines: "!(ls -l | grep '%x')"},
		{why: "blanks after the sign", src: "!  ls", lines: "!(ls)"},
		{why: "among Go", src: "x := 1\n%who\ny := 2", lines: "who()", code: "x := 1\ny := 2"},
		{why: "after a block", src: "for {\n}\n!ls", lines: "!(ls)"},
		{why: "after a comment", src: "x := 1 // note\n// more\n!ls", lines: "!(ls)"},
		{why: "quotes in a command are not Go's", src: "!echo 'it\nx := \"a\"\n!echo `", lines: "!(echo 'it) !(echo `)", code: "x := \"a\""},
		{why: "brackets in a command are not Go's", src: "!echo (\nx := 1\n!ls", lines: "!(echo () !(ls)", code: "x := 1"},
		{why: "a comment in a command is none", src: "!echo /*\nx := 1", lines: "!(echo /*)", code: "x := 1"},
		{why: "a command goes on after a backslash", src: "!echo a \\\n b\nx := 1", lines: "!(echo a \\\n b)", code: "x := 1"},
		{why: "two backslashes are one", src: "!echo a \\\\\nx := 1", lines: "!(echo a \\\\)", code: "x := 1"},
		{why: "line ends of Windows", src: "!ls\r\n%who\r\nx := 1\r\n", lines: "!(ls) who()"},
		{why: "the remainder of an expression that goes on", src: "x := 7 %\n3", code: "x := 7 %\n3"},
		{why: "a % after an operator is Go, and wrong", src: "x := 7 +\n% 3", code: "x := 7 +\n% 3"},
		{why: "not, in an expression that goes on", src: "x := a &&\n!b", code: "x := a &&\n!b"},
		{why: "not, as an argument", src: "f(a,\n!b,\n)", code: "f(a,\n!b,\n)"},
		{why: "not, in a literal", src: "x := []bool{\n!b,\n!c,\n}", code: "x := []bool{\n!b,\n!c,\n}"},
		{why: "not, after case", src: "switch {\ncase\n!b:\n}", code: "switch {\ncase\n!b:\n}"},
		{why: "a raw string", src: "x := `\n%who\n!ls\n`", code: "x := `\n%who\n!ls\n`"},
		{why: "a comment", src: "/*\n%who\n!ls\n*/", code: "/*\n%who\n!ls\n*/"},
		{why: "in the middle of a line", src: "x := 7 %who", code: "x := 7 %who"},
		{why: "a semicolon before", src: "x := 1; %who", code: "x := 1; %who"},
		{why: "a question", src: "a.B?", lines: "?(a.B?)", code: ""},
		{why: "questions among Go", src: "x := 1\n ??x \nf(x)\nx??\ny := 2", lines: "?(??x) ?(x??)", code: "x := 1\nf(x)\ny := 2"},
		{why: "a question about a magic", src: "%%bench?\nx", lines: "?(%%bench?)", code: "x"},
		{why: "a question about another", src: "%who?\n!?", lines: "?(%who?) ?(!?)", code: ""},
		{why: "what can be done at all", src: "?", lines: "?(?)", code: ""},
		{why: "a name in another script", src: "énergie?", lines: "?(énergie?)", code: ""},
		{why: "asked from both sides is no question", src: "?x?", code: "?x?"},
		{why: "three are too many", src: "x???", code: "x???"},
		{why: "a question about a call", src: "f()?", code: "f()?"},
		{why: "a question in a block", src: "{\nx?\n}", code: "{\nx?\n}"},
		{why: "a question in an expression that goes on", src: "x := 1 +\ny?", code: "x := 1 +\ny?"},
		{why: "a ? in a comment", src: "// x?\n/*\nx?\n*/", code: "// x?\n/*\nx?\n*/"},
		{why: "a ? in a string", src: "s := `\nx?\n`", code: "s := `\nx?\n`"},
		{why: "a ? in a script", src: "%%bash\nx?", lines: "%%bash()"},
		{why: "the last value negated", src: "(!ok)", code: "(!ok)"},

		{why: "Go after %time stays", src: "%time f(1)\nx", lines: "time(f(1))", code: "      f(1)\nx"},
		{why: "over several lines", src: "%time f(\n1)\n!ls", lines: "time(f() !(ls)", code: "      f(\n1)"},
		{why: "nothing after %time", src: "%time\nx", wrong: "%time is followed by Go code"},
		{why: "a magic after %time", src: "%time %who", wrong: "%time is followed by Go code"},

		{why: "a whole cell", src: "%%bash -e\n%who\nls", lines: "%%bash(-e)", code: ""},
		{why: "after blank lines and a comment", src: "\n// note\n%%html\n<b>", lines: "%%html()"},
		{why: "a body of Go has magics", src: "%%time\n!ls\nx := 1", lines: "%%time() !(ls)", code: "x := 1"},
		{why: "not on the first line", src: "x := 1\n%%bash", wrong: "%%bash takes a whole cell: it stands on the cell's first line"},
		{why: "twice", src: "%%time\n%%bash", wrong: "%%bash takes a whole cell: it stands on the cell's first line"},

		{why: "unknown", src: "%zzzz", wrong: "there is no magic %zzzz; %help lists them"},
		{why: "what IPython has as a magic and a shell as a command", src: "%ls -l", wrong: "there is no magic %ls; !ls runs the command"},
		{why: "a slip", src: "%tiem x", wrong: "there is no magic %tiem; did you mean %time?"},
		{why: "a cell magic with a slip", src: "%%bsah", wrong: "there is no magic %%bsah; did you mean %%bash?"},
		{why: "of the other sort", src: "%html", wrong: "%html takes a whole cell: write %%html on its first line"},
		{why: "of the other sort", src: "%%who", wrong: "%%who is a line: write %who"},
		{why: "no name", src: "% who", wrong: "the name of a magic follows the % at once; %help lists them"},
		{why: "no name", src: "%%\nx", wrong: "the name of a magic follows the %% at once; %help lists them"},
		{why: "no command", src: "!", wrong: "a command follows the !"},
		{why: "in a block", src: "if a {\n%who\n}", wrong: "a magic stands at the top level of a cell, not inside a block"},
		{why: "in a block, after a statement", src: "if a {\nf()\n!ls\n}", wrong: "a command stands at the top level of a cell, not inside a block"},
		{why: "in a case", src: "switch {\ncase a:\n%who\n}", wrong: "a magic stands at the top level of a cell, not inside a block"},
	} {
		t.Run(test.why, func(t *testing.T) {
			c, wrong := Read(1, test.src)
			message := ""
			if len(wrong) > 0 {
				message = wrong[0].Message
			}
			if message != test.wrong {
				t.Errorf("wrong: %q, want %q", message, test.wrong)
			}
			if got := marks(c); test.wrong == "" && got != test.lines {
				t.Errorf("magics %q, want %q", got, test.lines)
			}
			if test.code != "" {
				var code []string
				for line := range strings.Lines(c.Go) {
					if strings.TrimSpace(line) != "" {
						code = append(code, strings.TrimRight(line, "\n"))
					}
				}
				if got := strings.Join(code, "\n"); got != test.code {
					t.Errorf("Go %q, want %q", got, test.code)
				}
			}
			checkRead(t, test.src)
		})
	}
}

// checkRead checks what holds for any cell.
func checkRead(t *testing.T, src string) {
	t.Helper()
	c, wrong := Read(1, src)
	if len(c.Go) != len(src) {
		t.Fatalf("%q: %d bytes of Go for %d", src, len(c.Go), len(src))
	}
	for i := range src {
		if c.Go[i] != src[i] && (c.Go[i] != ' ' || src[i] == '\n') {
			t.Fatalf("%q: byte %d became %q", src, i, c.Go[i])
		}
	}
	for _, l := range c.Lines {
		if l.Start < 0 || l.End < l.Start || l.End > len(src) || l.Number != 1+strings.Count(src[:l.Start], "\n") || !strings.ContainsRune("%!", rune(src[l.Start])) && l.Name != "?" {
			t.Fatalf("%q: %+v", src, l)
		}
	}
	for _, d := range wrong {
		if d.Line < 1 || d.Line > 1+strings.Count(src, "\n") || d.Message == "" {
			t.Fatalf("%q: %+v", src, d)
		}
	}
	if len(wrong) == 0 && (c.Head == nil || goBody(c.Head.Name)) {
		again, more := Read(1, c.Go)
		if !again.Plain() || len(more) > 0 || again.Go != c.Go {
			t.Fatalf("%q leaves %q, in which are still magics: %+v %v", src, c.Go, again, more)
		}
	}
	Completeness(src)
	prepareTests(c.Go)
	firstStatement(c.Go)
}

// A cell of a million magics, or of none that is known, takes no longer than its length says.
func TestReadingIsLinear(t *testing.T) {
	for _, line := range []string{"!x\n", "%who\n", "%zzzz\n", "%time x\n", "% \n", "!\\\n", "{\n%who\n", "x?\n", "?", "?;", "!;", "x ? "} {
		began := time.Now()
		Read(1, strings.Repeat(line, 100_000))
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%q: %v", line, took)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, src := range []string{"x := 1\n%who\n!ls \\\n a", "%%bash\nls", "%%time\n%time f(\n)\n", "`\n%who\n`\n!", "if a {\n%who\n}", "%time !x", "\xff%who\x00", "%%", "/*\n", "%%test\nfunc TestA(t *testing.T) {}", "%%bench\nimport \"a\"\nf()", "a.b?\n??c\n%who?", "%%timeit -n 3\nx?", "%timeit -r 2 x"} {
		f.Add(src)
	}
	f.Fuzz(checkRead)
}

func FuzzWords(f *testing.F) {
	f.Add(`a "b c" 'd`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range words(s) {
			if len(w) > len(s) {
				t.Errorf("%q has the word %q", s, w)
			}
		}
	})
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a b": "a|b", "  a\t b ": "a|b", `"a b" c`: "a b|c", `a"b c"d`: "ab cd", `'it"s' ""`: `it"s|`, `"open`: "open",
	} {
		if got := strings.Join(words(in), "|"); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	for in, want := range map[string]string{"3": "3", "3 5-8": "3 5-8", "1,2": "1 2", "": ""} {
		list, err := spans(in)
		var got []string
		for _, s := range list {
			got = append(got, s.String())
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"x", "5-3", "-3", "1-", "1-2-3", "99999999999999999999"} {
		if list, err := spans(in); err == nil {
			t.Errorf("%q is %v, want an error", in, list)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "", 0}, {"a", "", 2}, {"time", "tiem", 1}, {"who", "whos", 2}, {"bash", "bench", 6}, {"kitten", "sitting", 6}} {
		if got := edits(c.a, c.b); got != c.n || edits(c.b, c.a) != c.n {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.n)
		}
	}
}

func TestEveryMagicIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range table() {
		for _, name := range append([]string{m.Name}, m.Aliases...) {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if m.Doc == "" || !strings.HasSuffix(m.Doc, ".") || !strings.Contains(m.Usage, m.Name) && m.Name != "!" || m.Run == nil && m.Cell == nil {
			t.Errorf("%s is not documented, or does nothing", m.Name)
		}
	}
}
