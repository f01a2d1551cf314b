package main

import "fmt"

// A contestant is a kernel with its way of saying each task.
type contestant struct {
	name      string
	argv      []string // {connection_file} is replaced
	sum       string
	function  func(i int) string // a function that was never there, and its call
	lines     string             // prints the numbers below lineCount
	display   string             // shows payload bytes of HTML
	endless   string             // prints "running" and never ends
	set, get  string             // a variable, and its value as the result: 42
	declare   func(i int) string // a type that was never there
	small     func(i int) string // one of the cells of a long session
	loops     []loop
	endlessly []loop  // what calls itself for ever: interpreted, compiled
	plain     float64 // the time of the loop over locals in a Go program
	ports     *chooser
}

// A loop is a cell that defines what makes the steps, and one whose value is how long they take, in milliseconds.
type loop struct{ row, define, time string }

const loopOverLocals = `func locals() float64 {
	s := 0.0
	for i := 0; i < 10_000_000; i++ {
		s = 0.5*s + float64(i)
	}
	return s
}`

// Rows that several files name.
const (
	recursion         = "endless recursion to its error"
	compiledRecursion = "endless recursion of compiled code"
	overLocals        = "10 000 000 float steps over locals"
	overVariables     = "10 000 000 over session variables"
	againstGo         = ", to plain Go"
)

const (
	lineCount = 100_000
	payload   = 10_000_000
	queued    = 1000
)

func ours(program string, ports *chooser) contestant {
	return contestant{
		name: "joule",
		argv: []string{program, "kernel", "-f", "{connection_file}"},
		sum:  "1 + 1",
		function: func(i int) string {
			return fmt.Sprintf("func f%d(x int) int {\n\treturn 3*x + %d\n}\nf%d(7)", i, i, i)
		},
		lines:   fmt.Sprintf("import \"fmt\"\nfor i := 0; i < %d; i++ {\n\tfmt.Println(i)\n}", lineCount),
		display: fmt.Sprintf("import \"strings\"\ndisplay.Show(display.HTML(strings.Repeat(\"x\", %d)))", payload),
		endless: "import \"fmt\"\nfmt.Println(\"running\")\nfor {\n}",
		set:     "kept := 42", get: "kept", ports: ports,
		declare: func(i int) string {
			return fmt.Sprintf("type T%d struct{ x, y int }\nfunc (t T%d) Sum() int { return t.x + %d*t.y }\nT%d{1, 2}.Sum()", i, i, i, i)
		},
		small: func(i int) string {
			switch i % 4 {
			case 0:
				return fmt.Sprintf("total := 0\nv%d := %d", i, i)
			case 1:
				return "total = total + 1"
			case 2:
				return "for i := 0; i < 10; i++ {\n\ttotal += i\n}"
			}
			return fmt.Sprintf("func g%d(a int) int {\n\tb := a\n\tfor i := 0; i < 3; i++ {\n\t\tb += i\n\t}\n\treturn b\n}\ng%d(3)", i, i)
		},
		loops: []loop{
			{overLocals, "%%native\n" + loopOverLocals, goTimed("locals()")},
			{overVariables, "%%native\nvar s float64\nvar i int\nfunc variables() float64 {\n\ts = 0\n\tfor i = 0; i < 10_000_000; i++ {\n\t\ts = 0.5*s + float64(i)\n\t}\n\treturn s\n}",
				goTimed("variables()")},
		},
		endlessly: []loop{
			{recursion, "func down(n int) int { return down(n+1) + 1 }", "down(0)"},
			{compiledRecursion, "%%native\nfunc deep(n int) int { return deep(n+1) + 1 }", "deep(0)"},
		},
	}
}

func theirs(python string, ports *chooser) contestant {
	return contestant{
		name: "ipykernel",
		argv: []string{python, "-m", "ipykernel_launcher", "-f", "{connection_file}"},
		sum:  "1 + 1",
		function: func(i int) string {
			return fmt.Sprintf("def f%d(x):\n    return 3*x + %d\nf%d(7)", i, i, i)
		},
		lines:   fmt.Sprintf("for i in range(%d):\n    print(i)", lineCount),
		display: fmt.Sprintf("from IPython.display import display, HTML\ndisplay(HTML('x' * %d))", payload),
		endless: "print('running', flush=True)\nwhile True:\n    pass",
		set:     "kept = 42", get: "kept", ports: ports,
		declare: func(i int) string {
			return fmt.Sprintf("class T%d:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n    def sum(self):\n        return self.x + %d*self.y\nT%d(1, 2).sum()", i, i, i)
		},
		small: func(i int) string {
			switch i % 4 {
			case 0:
				return fmt.Sprintf("total = 0\nv%d = %d", i, i)
			case 1:
				return "total = total + 1"
			case 2:
				return "for i in range(10):\n    total += i"
			}
			return fmt.Sprintf("def g%d(a):\n    b = a\n    for i in range(3):\n        b += i\n    return b\ng%d(3)", i, i)
		},
		loops: []loop{
			{overLocals, "def locals_():\n    s = 0.0\n    for i in range(10_000_000):\n        s = 0.5*s + i\n    return s", pythonTimed("locals_()")},
			{overVariables, "def variables():\n    global s, i\n    s = 0.0\n    for i in range(10_000_000):\n        s = 0.5*s + i\n    return s",
				pythonTimed("variables()")},
		},
		endlessly: []loop{
			{recursion, "def down(n):\n    return down(n + 1) + 1", "down(0)"},
			{compiledRecursion, "def deep(n):\n    return deep(n + 1) + 1", "deep(0)"},
		},
	}
}

// goTimed is a cell whose value is how many milliseconds an expression takes.
func goTimed(x string) string {
	return "import \"time\"\nbegin := time.Now()\n_ = " + x + "\ntime.Since(begin).Seconds() * 1000"
}

func pythonTimed(x string) string {
	return "import time\nbegin = time.perf_counter()\n" + x + ";\n(time.perf_counter() - begin) * 1000"
}
