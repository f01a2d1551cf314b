package worker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"joule/internal/needs"
	"joule/kernel"
	"joule/kernel/display"
	"joule/kernel/worker"
)

// A transcript is an output that keeps everything as one text, in the order in which it came.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	seen chan struct{} // gets a value when something was written; may be nil
}

func (o *transcript) write(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.WriteString(s)
	if o.seen != nil {
		select {
		case o.seen <- struct{}{}:
		default:
		}
	}
}

func (o *transcript) Stream(_ string, p []byte) { o.write(string(p)) }

func (o *transcript) Display(b display.Bundle, _ bool) {
	for _, mime := range []string{"text/html", "text/markdown", "text/latex", "image/svg+xml", "application/javascript"} {
		if _, ok := b.Data[mime]; ok {
			o.write("<" + mime + ">")
		}
	}
	o.write(b.Data["text/plain"] + "\n")
}
func (o *transcript) ClearOutput(bool) {}

// earlier is what earlier sessions have left behind.
type earlier struct{ kernel.HistorySession }

func (earlier) Search(pattern string, n int, _ bool) (list []kernel.HistoryEntry, err error) {
	for _, e := range []kernel.HistoryEntry{{Session: 1, Line: 1, Input: "a"}, {Session: 1, Line: 2, Input: "b one"},
		{Session: 3, Line: 1, Input: "z :=\n1"}, {Session: 3, Line: 2, Input: "one()"}} {
		if kernel.Glob(pattern, e.Input) {
			list = append(list, e)
		}
	}
	if n >= 0 && len(list) > n {
		list = list[len(list)-n:]
	}
	return list, nil
}

func (o *transcript) History() kernel.HistorySession { return earlier{} }

func (o *transcript) Input(context.Context, string, bool) (string, error) {
	return "", kernel.ErrNoInput
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// a notebook runs cells under rising numbers.
type notebook struct {
	t *testing.T
	e *worker.Engine
	n int

	patience time.Duration // where a cell takes long; 0 for what is usual
}

func newNotebook(t *testing.T) *notebook { return &notebook{t: t, e: engine(t)} }

// run runs a cell and returns everything that it showed: output, value, payloads and error.
func (nb *notebook) run(code string) string {
	nb.t.Helper()
	ctx, cancel := context.WithTimeout(nb.t.Context(), max(patience, nb.patience))
	defer cancel()
	nb.n++
	out := &transcript{}
	r := nb.e.Execute(ctx, kernel.Cell{Code: code, Number: nb.n}, out)
	if ctx.Err() != nil {
		nb.t.Fatalf("%q did not end; so far:\n%s", code, out)
	}
	text := out.String()
	if r.Value != nil {
		text += "=> " + r.Value.Data["text/plain"] + "\n"
	}
	for _, p := range r.Payload {
		if data, ok := p["data"].(map[string]string); ok {
			text += "page: " + pageStart(data["text/plain"]) + "\n"
			continue
		}
		text += fmt.Sprintf("payload %v", p["source"])
		if keep, ok := p["keepkernel"]; ok {
			text += fmt.Sprintf(" keepkernel=%v\n", keep)
			continue
		}
		text += fmt.Sprintf(" %q\n", p["text"])
	}
	if r.Err != nil {
		text += "error " + r.Err.Error() + "\n"
		if len(r.Err.Traceback) == 0 {
			nb.t.Errorf("%q: the error %v has no traceback", code, r.Err)
		}
	}
	return text
}

// pageStart is the first line of a page, and the first words of its documentation.
func pageStart(page string) string {
	head, rest, _ := strings.Cut(page, "\n")
	for line := range strings.Lines(rest) {
		if w := strings.Fields(line); len(w) > 2 {
			return head + "|" + strings.Join(w[:min(len(w), 5)], " ")
		}
	}
	return head
}

var (
	anyLoops  = regexp.MustCompile(`\d+(,\d+)+ loops`)
	anyTime   = regexp.MustCompile(`\d+(\.\d+)?(e[+-]\d+)? (ns|µs|ms|s)\b`)
	anyMemory = regexp.MustCompile(`\d+ MB in memory`)
	anyParts  = regexp.MustCompile(` of \d+\.\d MB`)
	blanks    = regexp.MustCompile(`[ \t]+`)
)

// steady replaces what differs from run to run.
func steady(s string) string {
	s = strings.ReplaceAll(s, "/op", " /op")
	s = anyLoops.ReplaceAllString(s, "N loops")
	s = anyTime.ReplaceAllString(s, "T")
	s = anyMemory.ReplaceAllString(s, "M MB in memory")
	s = anyParts.ReplaceAllString(s, " of M MB")
	s = regexp.MustCompile(`(?m)^\s*\d+\s+[\d.]+ ns /op`).ReplaceAllString(s, "N T /op")
	s = regexp.MustCompile(`(?m)^\s*\d+\s+T /op`).ReplaceAllString(s, "N T /op")
	s = regexp.MustCompile(`\(\d+\.\d+s\)`).ReplaceAllString(s, "(T)")
	return blanks.ReplaceAllString(s, " ")
}

func TestMagics(t *testing.T) {
	if runtime.GOOS == "windows" {
		needs.Skip(t, "the commands of Unix")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		cells []string // code, then what is expected
	}{
		{"commands and Go take turns", []string{
			"import \"fmt\"\nfmt.Println(1)\n!echo 2\nfmt.Println(3)\n!echo 4\nx := 5\nx", "1\n2\n3\n4\n=> 5\n",
			"for i := range 300 { fmt.Println(\"go\", i) }\n!seq 1000 | tail -1\nfmt.Print(\"end\\n\")", goLines(300) + "1000\nend\n",
			"!echo only", "only\n",
			"!echo first\nfmt.Println(twice(4))\nfunc twice(x int) int { return 2 * x }", "first\n8\n", // declared below, as in any cell
			"x\n!echo after", "after\n=> 5\n",
		}},
		{"nothing runs when something is wrong", []string{
			"!echo ran\nundefined1()", "error CompileError: cell[1]:2:1: undefined: undefined1\n",
			"!echo ran\n%nonsens", "error CompileError: cell[2]:2:1: there is no magic %nonsens; %help lists them\n",
			"!echo ran\n%wh", "error CompileError: cell[3]:2:1: there is no magic %wh; did you mean %who?\n",
			"!echo ran\nif true {\n\tprintln()\n\t!echo inside\n}", "error CompileError: cell[4]:4:2: a command stands at the top level of a cell, not inside a block\n",
			"x := 1\n%reset", "error CompileError: cell[5]:2:1: %reset decides how the cell is run: it stands above its code\n",
			"%bash", "error CompileError: cell[6]:1:1: %bash takes a whole cell: write %%bash on its first line\n",
			"x := 1\n%%bash", "error CompileError: cell[7]:2:1: %%bash takes a whole cell: it stands on the cell's first line\n",
		}},
		{"what fails ends the cell, a command does not", []string{
			"!exit 3\n!echo on", "[exit status 3]\non\n",
			"!echo a >&2; kill -9 $$\n", "a\n[signal: killed]\n",
			"x := 1\n%cd /nonexistent\nx = 2", "error MagicError: /nonexistent is not a directory\n",
			"x", "=> 1\n",
			"y := 1\n%cd /nonexistent\nunreached := 2", "error MagicError: /nonexistent is not a directory\n",
			"y", "=> 1\n",
			"unreached", "error CompileError: cell[7]:1:1: undefined: unreached\n",
			"panic(\"no\")\n!echo never", "error Panic: no\n",
		}},
		{"bash", []string{
			"%%bash\nfor i in 1 2; do echo \"line $i\"; done\nread x || echo \"no input\"", "line 1\nline 2\nno input\n",
			"%%bash one \"two three\"\necho $# $2", "2 two three\n",
			"%%bash\nfalse\nexit 7", "error CommandFailed: bash: exit status 7\n",
			"%%sh\necho $0", "sh\n",
			"%%bash\n", "",
			"!echo a \\\n  b\n!echo $((1+1)) '%who' \"!\"", "a b\n2 %who !\n",
		}},
		{"directory and environment are one", []string{
			"import \"os\"\n%cd /\n!pwd\nd, _ := os.Getwd()\nd", "/\n/\n=> \"/\"\n",
			"err := os.Chdir(\"/usr\")\n!pwd", "/usr\n",
			"%cd /\n%cd /usr\n%cd -", "/\n/usr\n/\n",
			"%cd bin/..\n%pwd", "/\n/\n",
			"%cd ~", home + "\n",
			"%env JOULE_A=one two\nos.Getenv(\"JOULE_A\")", "=> \"one two\"\n",
			"!echo $JOULE_A", "one two\n",
			"err = os.Setenv(\"JOULE_A\", \"three\")\n!echo $JOULE_A\n%env JOULE_A", "three\nthree\n",
			"%env JOULE_A=\n%env JOULE_A", "error MagicError: there is no environment variable JOULE_A\n",
			"%env JOULE_B \"quoted\"\n!echo $JOULE_B", "quoted\n",
			"%reset\n!echo $JOULE_B; pwd", "quoted\n" + home + "\n",
			"%exit", "payload ask_exit keepkernel=false\n",
			"%quit -k", "payload ask_exit keepkernel=true\n",
			"%exit now", "error MagicError: usage: %exit [-k]\n",
		}},
		{"time", []string{
			"%time x := 6 * 7\nx", "time: T (processor T)\n=> 42\n",
			"%time x", "time: T (processor T)\n=> 42\n",
			"%time func() {\n\tx++\n}()\nx", "time: T (processor T)\n=> 43\n",
			"%%time\nx + 1", "time: T (processor T); checked and prepared in T\n=> 44\n",
			"%%time\n!echo inside", "inside\ntime: T\n",
			"%time", "error CompileError: cell[6]:1:1: %time is followed by Go code\n",
			"%time undefined2", "error CompileError: cell[7]:1:7: undefined: undefined2\n",
		}},
		{"tiers and plans", []string{
			"%plan", "error MagicError: no cell of Go has run yet\n",
			"%plan\nx := 1", "cell 2\n statements interpreted nothing in it needs the compiler\n",
			"%%native\ny := 2\n%plan", "cell 3\n statements compiled %%native\n",
			"%tier 1\ntype T struct{}", "error TierError: this has to be compiled, which %tier 1 forbids: type T (types are compiled)\n",
			"%tier", "1\n",
			"x + y", "=> 3\n",
			"%tier 2\n%plan\nx", "cell 7\n statements compiled %tier 2\n=> 1\n",
			"%tier auto\n%plan 2", "cell 2\n statements interpreted nothing in it needs the compiler\n",
			"%tier 5", "error MagicError: usage: %tier [auto|1|2]\n",
			"%plan 99", "error MagicError: no cell of Go ran under the number 99\n",
		}},
		{"who", []string{
			"type P struct{ X int }\nx, s, m := 1.5, \"héllo\", map[string]int{\"a\": 1}\nvar p *P\nfunc f(a int) string { return s }\nconst k = 7", "",
			"%who", "<text/html>name kind type cell value\nP type struct{X int} 1\nf func func(a int) string 1\nk const untyped int = 7 1\n" +
				"m var map[string]int 1 len 1\np var *P 1 nil\ns var string 1 \"héllo\"\nx var float64 1 1.5\nM MB in memory, 1 compiled part of M MB\n",
			"%who x", "<text/html>name kind type cell value\nx var float64 1 1.5\nM MB in memory, 1 compiled part of M MB\n",
			"%who zz", "error MagicError: the session has nothing called zz\n",
			"%reset\n%who", "<text/html>M MB in memory, 0 compiled parts\n",
			"x", "error CompileError: cell[6]:1:1: undefined: x\n",
		}},
		{"history", []string{
			"x := 1", "",
			"!echo a", "a\n",
			"%history", " 1: x := 1\n 2: !echo a\n",
			"%history 2-3", " 2: !echo a\n 3: %history\n",
			"%history 9", "error MagicError: no cell ran under the number 9\n",
			"%history x", "error MagicError: \"x\" is neither the number of a cell nor a range such as 5-8\n",
			"%history -n 1", " 1: x := 1\n",
			"%history -l 2", "3/1: z :=\n 1\n3/2: one()\n",
			"%history -l", "1/1: a\n1/2: b one\n3/1: z :=\n 1\n3/2: one()\n",
			"%hist -g one", "1/2: b one\n3/2: one()\n",
			"%history -g one -l 1", "3/2: one()\n",
			"%history -g", "1/1: a\n1/2: b one\n3/1: z :=\n 1\n3/2: one()\n",
			"%history -g nothing", "",
			"%history -l 2 1-3", "error MagicError: cells are given by number in this session only: without -l and -g\n",
			"%history -x", "error MagicError: %history has no option -x; %help history lists them\n",
		}},
		{"questions", []string{
			"// Half is half of x.\nfunc Half(x float64) float64 { return x / 2 }", "",
			"Half?", "page: func Half(x float64) float64|Half is half of x.\n",
			"?Half\nHalf(3)\n  Half??  ", "=> 1.5\npage: func Half(x float64) float64|Half is half of x.\npage: // Half is half of x.|func Half(x float64) float64 {\n",
			"strings.Repeat?", "page: func Repeat(s string, count int) string|Repeat returns a new string\n",
			"%cd?", "page: %cd [DIRECTORY]|Changes the directory of the\n",
			"%%bench?", "page: %%bench|Measures the cell as the\n",
			"!?", "page: !COMMAND|Runs a command of the\n",
			"nobody?", "nothing is known of nobody\n",
			"Half(2)?", "error CompileError: cell[9]:1:8: syntax error: illegal character U+003F '?' (Go has no ?: operator; write if … { } else { })\n",
			"if true {\n\tHalf?\n}", "error CompileError: cell[10]:2:6: syntax error: illegal character U+003F '?' (Go has no ?: operator; write if … { } else { })\n",
			"s := \"\nHalf?\"\n", "error CompileError: cell[11]:1:6: syntax error: string literal not terminated\n",
		}},
		{"timeit", []string{
			"x := []float64{3, 1, 2}\nfunc half(v float64) float64 { return v / 2 }", "",
			"%timeit -r 2 half(x[0])", "T ± T per loop (mean ± std. dev. of 2 runs, N loops each)\n",
			"%timeit -n 5 -r1 x[0]+1", "T ± T per loop (mean ± std. dev. of 1 run, 5 loops each)\n",
			"y := 7.0\n%timeit -n 3 -r 2 z := y; _ = z\ny", "T ± T per loop (mean ± std. dev. of 2 runs, 3 loops each)\n=> 7\n",
			"z", "error CompileError: cell[5]:1:1: undefined: z\n",
			"%timeit nosuch(1)", "error CompileError: cell[6]:1:9: undefined: nosuch\n",
			"x[0]\n%timeit -n 2 x[", "error CompileError: cell[7]:2:15: syntax error: this [ is not closed before the cell ends\n",
			"%timeit -n many x", "error MagicError: -n is followed by a number from 1 to 1000000000\n",
			"%timeit", "error MagicError: usage: %timeit [-n COUNT] [-r RUNS] GO CODE, or %%timeit [-n COUNT] [-r RUNS], or Go code\n",
			"%timeit panic(\"in a loop\")", "error Panic: in a loop\n",
			"%%timeit -n 4 -r 3\nimport \"math\"\nmath.Sqrt(half(3))", "T ± T per loop (mean ± std. dev. of 3 runs, 4 loops each)\n",
			"%%timeit\n!ls", "error MagicError: %%timeit takes Go code: no magics stand in it\n",
			"%%timeit now\nhalf(1)", "error MagicError: usage: %timeit [-n COUNT] [-r RUNS] GO CODE, or %%timeit [-n COUNT] [-r RUNS], or Go code\n",
		}},
		{"display", []string{
			"%%html\n<b>bold</b>", "<text/html>bold\n",
			"%%markdown\n# Title", "<text/markdown># Title\n",
			"%%latex\nx^2", "<text/latex>$$x^2$$\n",
			"%%javascript\nelement.append(1)", "<application/javascript>element.append(1)\n",
			"%%html x\n<b>", "error MagicError: nothing may follow %%html on its line\n",
		}},
		{"bench", []string{
			"%%bench\nimport \"math\"\nfunc half(x float64) float64 { return x / 2 }\nmath.Sqrt(half(3))", "N T /op 0 B /op 0 allocs /op\n",
			"%%bench\nbad := 1", "error CompileError: cell[2]:2:1: declared and not used: bad\n",
			"%%bench\npanic(\"in a loop\")", "error Panic: in a loop\n",
			"%%bench\n!ls", "error MagicError: %%bench takes Go code: no magics stand in it\n",
			"%%bench", "error MagicError: usage: %%bench\nGo code\n",
		}},
		{"test", []string{
			"func double(x int) int { return 2 * x }", "",
			"%%test\nfunc TestDouble(t *testing.T) {\n\tif double(2) != 4 { t.Fatal(\"no\") }\n}", "=== RUN TestDouble\n--- PASS: TestDouble (T)\nPASS\n",
			"%%test\nimport \"testing\"\n\nfunc TestBad(t *testing.T) {\n\tt.Error(\"wrong\")\n}\nfunc TestGood(t *testing.T) {}",
			"=== RUN TestBad\n cell[3]:5: wrong\n--- FAIL: TestBad (T)\n=== RUN TestGood\n--- PASS: TestGood (T)\nFAIL\nerror TestFailed: 1 test failed\n",
			"%%test Sub\nfunc TestSub(t *testing.T) {\n\tt.Run(\"one\", func(t *testing.T) { panic(\"deep\") })\n}\nfunc TestNot(t *testing.T) {}",
			"=== RUN TestSub\n=== RUN TestSub/one\n panic: deep\n at cell[4]:3\n--- FAIL: TestSub (T)\n --- FAIL: TestSub/one (T)\nFAIL\nerror TestFailed: 1 test failed\n",
			"%%test\nx := 1", "error MagicError: the cell has no test: a function called TestXxx with the parameter t *testing.T\n",
			"1 + 1", "=> 2\n",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			nb := newNotebook(t)
			for i := 0; i+1 < len(test.cells); i += 2 {
				code, want := test.cells[i], test.cells[i+1]
				if got := steady(nb.run(code)); got != want {
					t.Errorf("cell %d:\n%s\n got %q\nwant %q", i/2+1, code, got, want)
				}
			}
		})
	}
}

// TestCommandsHaveValues: what of a command is the session's, and what is the shell's own.
func TestCommandsHaveValues(t *testing.T) {
	nb := newNotebook(t)
	nb.run("x := 7\nname := \"a b\"\nok := false\nlist := []int{1, 2}\nfunc double(n int) int { return 2 * n }")
	for _, c := range []struct{ why, code, want string }{
		{"a name", "!echo $x", "7\n"},
		{"a string is not quoted", "!echo \"$name\" {name}", "a b a b\n"},
		{"expressions", "!echo {x + 1} {double(x)} {list[0]} {len(list)}", "8 14 1 2\n"},
		{"quotes are the shell's affair", "!echo '{x}' '$x'", "7 7\n"},
		{"the environment", "%env VALUE=v\n!echo $VALUE ${VALUE} ${x:-none}", "v v none\n"},
		{"other braces", "!echo {a,b} {1..3} '{print $1}' {} { x }", "a b 1 2 3 {print $1} {} 7\n"},
		{"escaped", "!echo \\$x \\{x\\}", "$x {x}\n"},
		{"in the middle of a cell", "x = 9\n!echo $x\nx = 10\n!echo $x", "9\n10\n"},
		{"an error of the expression", "!echo {list[5]}", "error RuntimeError: index out of range [5] with length 2\n"},
		{"a bool, negated", "!ok", "=> true\n"},
		{"an expression that begins with !", "!ok && x > 3", "=> true\n"},
		{"a variable of the cell itself", "fine := true\n!fine", "=> false\n"},
		{"Go's own true is a command too", "!true", ""},
		{"no bool: a command", "!x 2>/dev/null", "[exit status 127]\n"},
	} {
		if got := nb.run(c.code); got != c.want {
			t.Errorf("%s: %q shows %q, want %q", c.why, c.code, got, c.want)
		}
	}
}

func goLines(n int) (s string) {
	for i := range n {
		s += fmt.Sprintln("go", i)
	}
	return s
}

func TestLoadAndSave(t *testing.T) {
	nb, dir := newNotebook(t), t.TempDir()
	nb.run("x := 1\n!true")
	nb.run("%cd " + dir)
	nb.run("y := `\n%who\n`\n%time x")
	if got := nb.run("%save all.go 1 3"); got != "wrote "+filepath.Join(dir, "all.go")+" (2 cells)\n" {
		t.Errorf("save says %q", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "all.go"))
	if want := "x := 1\n// !true\n\ny := `\n%who\n`\n      x\n"; err != nil || string(text) != want {
		t.Errorf("saved %q, want %q; %v", text, want, err)
	}
	if got := nb.run("%save all.go"); !strings.Contains(got, "is there already: %save -f replaces it") {
		t.Errorf("saving twice says %q", got)
	}
	if got := nb.run("%save -f all.go 1"); !strings.HasPrefix(got, "wrote") {
		t.Errorf("save -f says %q", got)
	}
	if got := nb.run("%load all.go"); got != "payload set_next_input \"x := 1\\n// !true\"\n" {
		t.Errorf("load gives %q", got)
	}
	for _, c := range []struct{ code, want, text string }{
		{"%%writefile notes.txt\n%who\n!ls\n\tx", "wrote notes.txt\n", "%who\n!ls\n\tx\n"},
		{"%%writefile -a notes.txt\r\nmore\r\n", "appended to notes.txt\n", "%who\n!ls\n\tx\nmore\n"},
		{"%%file \"notes.txt\"\nnew", "wrote notes.txt\n", "new\n"},
		{"%%writefile\nnew", "error MagicError: usage: %%writefile [-a] FILE\ntext\n", "new\n"},
		{"%%writefile no/folder\nnew", "error MagicError: no/folder cannot be written: there is no folder no\n", "new\n"},
		{"%%writefile -a no/folder\nnew", "error MagicError: no/folder cannot be written: there is no folder ", "new\n"},
		{"%save no/all.go", "error MagicError: no/all.go cannot be written: there is no folder ", "new\n"},
		{"%%writefile notes.txt/a\nnew", "error MagicError: notes.txt/a cannot be written: ", "new\n"},
		{"%%writefile ../" + filepath.Base(dir) + "\nnew", "error MagicError: " + dir + " cannot be written: it is a folder\n", "new\n"},
	} {
		if got := strings.ReplaceAll(nb.run(c.code), dir+string(filepath.Separator), ""); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.code, got, c.want)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || string(text) != c.text {
			t.Errorf("%s wrote %q, want %q; %v", c.code, text, c.text, err)
		}
	}
	for file, want := range map[string]string{"absent.go": "no such file", ".": "is not a file"} {
		if got := nb.run("%load " + file); !strings.Contains(got, want) {
			t.Errorf("%%load %s: %q", file, got)
		}
	}
}

// interrupted runs a cell, interrupts it when it has written something, and returns what it showed.
func (nb *notebook) interrupted(code string) (string, kernel.Result) {
	nb.t.Helper()
	ctx, cancel := context.WithCancel(nb.t.Context())
	defer cancel()
	nb.n++
	out := &transcript{seen: make(chan struct{}, 1)}
	ended := make(chan kernel.Result, 1)
	go func() { ended <- nb.e.Execute(ctx, kernel.Cell{Code: code, Number: nb.n}, out) }()
	select {
	case <-out.seen:
	case r := <-ended:
		nb.t.Fatalf("%q ended by itself: %+v\n%s", code, r, out)
	case <-time.After(patience):
		nb.t.Fatalf("%q does nothing", code)
	}
	cancel()
	select {
	case r := <-ended:
		return out.String(), r
	case <-time.After(patience):
		nb.t.Fatalf("%q does not end", code)
	}
	panic("unreachable")
}

func TestAnInterruptEndsACommandAndWhatItStarted(t *testing.T) {
	nb := newNotebook(t)
	nb.run("x := 7")
	mine := fmt.Sprint(os.Getpid()) // sleeps longer by a fraction that no other process has, so that they can be found
	for _, code := range []string{
		"!echo begun; sleep 3600.MINE",
		"!sh -c 'sleep 3600.MINE & echo begun $!; wait'",
		"!trap '' INT; echo begun; sleep 3600.MINE; sleep 3600.MINE",
		"%%bash\necho begun\nsleep 3600.MINE | cat",
		"x = 8\n!echo begun; sleep 3600.MINE\nx = 9",
		"%%test\nfunc TestLong(t *testing.T) {\n\tt.Run(\"sub\", func(t *testing.T) { for { } })\n}",
	} {
		code = strings.ReplaceAll(code, "MINE", mine)
		if _, r := nb.interrupted(code); r.Err == nil || r.Err.Name != "Interrupted" {
			t.Errorf("%q: %+v, want Interrupted", code, r.Err)
		}
	}
	if got := nb.run("!ps -o args= -A | grep '[s]leep 3600[.]" + mine + "'\nx"); got != "[exit status 1]\n=> 8\n" {
		t.Errorf("something still runs, or the state is lost: %q", got)
	}
}

func TestWhatACommandLeavesBehindGoesOn(t *testing.T) {
	nb := newNotebook(t)
	out := &transcript{seen: make(chan struct{}, 1)}
	goOn := filepath.Join(t.TempDir(), "go-on") // the command waits for it, so that it ends after the cell
	r := nb.e.Execute(t.Context(), kernel.Cell{Code: "!(until [ -e '" + goOn + "' ]; do sleep 0.05; done; echo late) & echo now", Number: 1}, out)
	if r.Err != nil {
		t.Fatalf("%+v, %q", r, out)
	}
	eventually := func(what string, so func() bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s; shown is %q", what, out)
			}
		}
	}
	// What is left behind holds the output open, so the cell ends a moment after the command: a busy computer reads the command's
	// text later.
	eventually("the command's own text is not shown", func() bool { return out.String() == "now\n" })
	if err := os.WriteFile(goOn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually("what is left behind is not shown", func() bool { return out.String() == "now\nlate\n" })
	// What is left when the kernel ends is ended with it.
	pidFile := filepath.Join(t.TempDir(), "pid")
	nb.run("!sleep 3600 & echo $! > " + pidFile)
	nb.e.Close(false)
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	eventually("the process outlives the kernel", func() bool { return !processRuns(strings.TrimSpace(string(pid))) })
}

// processRuns tells whether a process is there and no zombie.
func processRuns(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestGoroutinesAreListedAndStopped(t *testing.T) {
	nb := newNotebook(t)
	if got := nb.run("%goroutines"); got != "<text/html>no cell has left a goroutine running\n" {
		t.Errorf("at the beginning: %q", got)
	}
	nb.run("import \"time\"\nfor range 3 { go func() { for { time.Sleep(time.Millisecond) } }() }")
	nb.run("c := make(chan int)\ngo func() { <-c }()")
	for _, want := range []string{"\n2 3 ", "sleeps", "\n3 1 receives", "4 goroutines of cells"} { // once they have got there
		nb.until("%goroutines", want)
	}
	nb.run("%goroutines stop 2")
	nb.until("%goroutines", "1 goroutine of cells")
}

// until runs a cell until it shows what is wanted.
func (nb *notebook) until(code, want string) {
	nb.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got := blanks.ReplaceAllString(nb.run(code), " ")
		if strings.Contains(got, want) {
			return
		}
		if time.Now().After(deadline) {
			nb.t.Fatalf("%s never shows %q: %q", code, want, got)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestReplayAfterADeath(t *testing.T) {
	nb := newNotebook(t)
	cells := []string{
		"import \"strings\"\ntype P struct{ x int }\nfunc (p P) Twice() int { return 2 * p.x }\nconst k = 3",
		"x := 5\nfunc f() int { return x + k }",
		"func g(s string) string { return strings.ToUpper(s) }\np := P{4}",
		"var list []int\nlist = append(list, f())",
	}
	for _, c := range cells {
		if got := nb.run(c); got != "" {
			t.Fatalf("%q: %s", c, got)
		}
	}
	die := "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\nselect {}"
	if got := nb.run(die); !strings.Contains(got, "WorkerDied") {
		t.Fatalf("the worker lives: %q", got)
	}
	if got := nb.run("x"); !strings.Contains(got, "x was lost when the worker ended; run cell 2 again") {
		t.Errorf("a lost value: %q", got)
	}
	// f needs x: it comes back with it.
	if got := nb.run("%replay"); got != "declared again: P, g, k\nlost: f, x (cell 2)\nlost: p (cell 3)\nlost: list (cell 4)\nto run these cells again: %replay 2 3 4\n" {
		t.Errorf("replay says %q", got)
	}
	for code, want := range map[string]string{
		"g(\"a\")": "=> \"A\"\n", "P{3}.Twice() + k": "=> 9\n",
		"f()": "error CompileError: cell[N]:1:1: f was lost when the worker ended; run cell 2 again\n",
		"p":   "error CompileError: cell[N]:1:1: p was lost when the worker ended; run cell 3 again\n",
	} {
		if got := regexp.MustCompile(`cell\[\d+\]`).ReplaceAllString(nb.run(code), "cell[N]"); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	if got := nb.run("%replay 2-4"); got != "cell 2\ncell 3\ncell 4\n" {
		t.Errorf("replay 2-4 says %q", got)
	}
	if got := nb.run("list[0] + p.Twice() + f()"); got != "=> 24\n" {
		t.Errorf("after the replay: %q", got)
	}
	if got := nb.run("%replay"); got != "nothing is lost\n" {
		t.Errorf("a second replay says %q", got)
	}
}

// TestReplayTakesWhatWorked: what failed is not run again unless it is asked for, and what has no Go code does not do to files
// again what it did.
func TestReplayTakesWhatWorked(t *testing.T) {
	nb := newNotebook(t)
	home := strings.TrimSuffix(nb.run("%pwd"), "\n")
	sub := filepath.Join(home, "sub")
	const die = "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\nselect {}"
	nb.run("a := 1; panic(\"x\")")
	if _, r := nb.interrupted("import \"fmt\"\nn := 0\nfmt.Println(n)\nfor { n++ }"); r.Err == nil || r.Err.Name != "Interrupted" {
		t.Fatalf("the loop: %+v", r)
	}
	for _, c := range []struct{ why, code, want string }{
		{"a value (cell 4)", "import \"os\"\nb := 2", ""},
		{"commands write", "!mkdir -p sub; echo x >>log", ""},
		{"a file below the first folder", "log, err := os.ReadFile(\"log\")\nerr", "=> <nil>\n"},
		{"a folder that is relative, and a command", "%cd sub\n!echo y >>../log", sub + "\n"},
		{"a value of the folder", "dir, err := os.Getwd()", ""},
		{"a cell that looks", "%who nobody", "error MagicError: the session has nothing called nobody\n"},
		{"a script", "%%bash\necho z >>../log", ""},
		{"the end (cell 11)", die, "WorkerDied"},
		{"what worked is proposed", "%replay", "lost: a (cell 2)\nlost: n (cell 3)\nlost: b (cell 4)\nlost: log (cell 6)\nlost: dir, err (cell 8)\n" +
			"to run these cells again: %replay 4 6 8\nleft out because they did not work: 2, 3\n"},
		{"all takes it", "%replay all", "left out because they did not work: 2, 3, 9, 11\nleft out because no Go code is in them: 1, 5, 10\n" +
			"cell 4\ncell 6\n<nil>\ncell 7 (only what it sets)\n" + sub + "\ncell 8\nlost: a (cell 2)\nlost: n (cell 3)\n"},
		{"each in its folder; no command has run", "string(log) + dir", fmt.Sprintf("=> %q\n", "x\ny\nz\n"+sub)},
		{"what failed fails again, and the others run", "%replay 2 4", "cell 2\ncell 2 failed again: Panic: x\ncell 4\nlost: n (cell 3)\nleft out because they did not work: 3\n"},
		{"it got as far as before", "!echo $a", "1\n"},
		{"a command that is asked for runs", "%replay 5\n!pwd; cat ../log", "cell 5\nlost: n (cell 3)\nleft out because they did not work: 3\n" + sub + "\nx\ny\nz\nx\n"},
		{"nothing is to do", "%require -rebuild", "no new process is needed, and nothing is lost of what worked: no cell runs again\n"},
		{"again", die, "WorkerDied"},
		{"-rebuild has the same rule", "%require -rebuild", "left out because they did not work: 2, 3, 9, 11, 19\nleft out because no Go code is in them: 1, 5, 10, 16, 17\n" +
			"cell 4\ncell 6\n<nil>\ncell 7 (only what it sets)\n" + sub + "\ncell 8\ncell 14\n"},
		{"values are back", "b", "=> 2\n"},
	} {
		if got := nb.run(c.code); got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want) && !strings.Contains(got, "error "+c.want)) {
			t.Errorf("%s: cell %d, %s\n got %q\nwant %q", c.why, nb.n, c.code, got, c.want)
		}
	}
}

// TestReplayOfWhatHadFailed: a cell that works at last is brought back after that.
func TestReplayOfWhatHadFailed(t *testing.T) {
	nb := newNotebook(t)
	const die = "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\nselect {}"
	for _, c := range []struct{ why, code, want string }{
		{"it needs what comes later", "y := x + 1", "error CompileError"},
		{"that", "x := 1", ""},
		{"now it works", "%replay 1", "cell 1\n"},
		{"a count", "x++", ""},
		{"the end", die, "error WorkerDied"},
		{"in the order in which they worked", "%replay all", "left out because they did not work: 5\ncell 2\ncell 1\ncell 4\n"},
		{"", "100*x + y", "=> 202\n"},
		{"a session begins", "%reset\nz := 7", ""},
		{"the end", die, "error WorkerDied"},
		{"cells before it are gone", "%replay all\nv := z", "left out because they did not work: 9\ncell 8\n"},
		{"the end", die, "error WorkerDied"},
		{"a cell with a replay has other lines", "%replay all", "left out because they did not work: 9, 11\ncell 8\ncell 10\n"},
		{"", "v", "=> 7\n"},
	} {
		if got := nb.run(c.code); got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: cell %d, %s\n got %q\nwant %q", c.why, nb.n, c.code, got, c.want)
		}
	}
}

func TestCompletionKnowsMagics(t *testing.T) {
	nb := newNotebook(t)
	nb.run("value := 1\n%cd /")
	for _, test := range []struct{ code, want, not string }{
		{"%w", "%who", "%%bash"},
		{"x := 1\n%ti", "%time %tier", "%%time"},
		{"%", "%who %%bash %%html", "!"},
		{"%%b", "%%bash %%bench", "%who"},
		{"x := 1\n%%b", "", "%%bash"},
		{"%time val", "value", ""},
		{"!echo\nval", "value", ""},
		{"%%time\nval", "value", ""},
		{"%%html\nval", "", "value"},
		{"s := `\n%w", "", "%who"},
		{"%cd us", "usr/", "value"},
		{"!ls /us", "usr/", "value"},
		{"10 % val", "value", ""},
		{"%timeit -n 5 val", "value", ""},
		{"x := 1\n%timeit -r 2 val", "value", ""},
		{"%%writefile us", "", "value"},
		{"%%writefile /us", "usr/", "value"},
	} {
		c := nb.e.Complete(t.Context(), test.code, len(test.code))
		got := map[string]bool{}
		for _, m := range c.Matches {
			got[m.Text] = true
		}
		for _, want := range strings.Fields(test.want) {
			if !got[want] {
				t.Errorf("%q does not offer %s: %v", test.code, want, c.Matches)
			}
		}
		if got[test.not] {
			t.Errorf("%q offers %s", test.code, test.not)
		}
	}
	for code, want := range map[string]string{"%who": "Lists what", "%%bash\nls": "Runs the cell as a script", "!ls": "Runs a command", "%time value": "Runs the Go code"} {
		if i := nb.e.Inspect(t.Context(), code, 2, 0); !i.Found || !strings.Contains(i.Data["text/plain"], want) {
			t.Errorf("Inspect(%q): %+v", code, i)
		}
	}
	for code, cursor := range map[string]int{"%timeit -n 5 value": 15, "value?": 2, "x := 1\n??value": 11} {
		if i := nb.e.Inspect(t.Context(), code, cursor, 0); !i.Found || !strings.Contains(i.Data["text/plain"], "var value int") {
			t.Errorf("Inspect(%q): %+v", code, i)
		}
	}
	if i := nb.e.Inspect(t.Context(), "%time value", 8, 0); !i.Found || !strings.Contains(i.Data["text/plain"], "var value int") {
		t.Errorf("Inspect of Go after a magic: %+v", i)
	}
}

func TestCompletenessOfMagics(t *testing.T) {
	e := engine(t)
	for code, want := range map[string]string{
		"%who": "complete", "!ls": "complete", "%%bash\nif true": "complete", "%%bash": "incomplete", "%%bash\n": "incomplete",
		"%%time\nfor {": "incomplete", "%%time\nx": "complete", "%time func() {": "incomplete", "!ls \\": "incomplete",
		"%nonsense": "invalid", "x := 1\n%%bash": "invalid", "!echo (\nx := 1": "complete", "x := [\n!ls": "incomplete",
		"x?": "complete", "x := 1\n?x": "complete", "f()?": "invalid", "%%writefile a": "incomplete", "%%writefile a\nx": "complete",
	} {
		if got := e.IsComplete(code); got.Status != want {
			t.Errorf("%q: %s, want %s", code, got.Status, want)
		}
	}
}

func TestHelpKnowsEveryMagic(t *testing.T) {
	nb := newNotebook(t)
	all := nb.run("%help")
	for _, name := range []string{"%bench", "!COMMAND", "%who", "%%html", "%replay", "%goroutines"} {
		if !strings.Contains(all, name) {
			t.Errorf("%s is missing in\n%s", name, all)
		}
	}
	if got := nb.run("%help %%bash"); !strings.HasPrefix(got, "%%bash [ARGUMENT…]\nscript\n\nRuns the cell") {
		t.Errorf("help of one: %q", got)
	}
	if got := nb.run("%help benhc"); !strings.Contains(got, "did you mean %%bench?") {
		t.Errorf("help of none: %q", got)
	}
}
