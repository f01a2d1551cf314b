package main

import "fmt"

// A contestant is a kernel with its way of saying each task.
type contestant struct {
	name     string
	argv     []string // {connection_file} is replaced
	sum      string
	function func(i int) string // a function that was never there, and its call
	lines    string             // prints the numbers below lineCount
	display  string             // shows payload bytes of HTML
	endless  string             // prints "running" and never ends
	set, get string             // a variable, and its value as the result: 42
	ports    *chooser
}

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
	}
}
