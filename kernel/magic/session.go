package magic

import (
	"cmp"
	"fmt"
	"html"
	"strings"

	"joule/kernel"
	"joule/kernel/display"
)

func sessionMagics() []Magic {
	return []Magic{{
		Name: "who", Aliases: []string{"whos"}, Usage: "%who [NAME…]",
		Doc: "Lists what the session has declared: kind, type, the cell that declared it, its value where that is short, and what " +
			"cannot be used any more; then the memory of the process that runs the cells, and how many compiled parts it holds.",
		Run: who,
	}, {
		Name: "reset", Usage: "%reset",
		Doc: "Forgets everything: a new process runs the cells from here on, with an empty session. The directory, what %env has " +
			"set, what %require has pinned and %history stay. Cells that still run are ended.",
		Run: func(c *Call) error {
			if c.Line.Args != "" && c.Line.Args != "-f" {
				return c.usage()
			}
			return c.host.Reset()
		},
		Early: true,
	}, {
		Name: "exit", Aliases: []string{"quit"}, Usage: "%exit [-k]",
		Doc: "Leaves the console, and ends the kernel with it; with -k the kernel goes on for others that are connected. Notebooks stay " +
			"open: their menus close them and shut kernels down.",
		Run: func(c *Call) error {
			if c.Line.Args != "" && c.Line.Args != "-k" {
				return c.usage()
			}
			c.Result.Payload = append(c.Result.Payload, kernel.Payload{"source": "ask_exit", "keepkernel": c.Line.Args == "-k"})
			return nil
		},
	}}
}

// maxType is the longest type that is shown in a table.
const maxType = 60

func who(c *Call) error {
	wanted := map[string]bool{}
	for _, name := range strings.Fields(c.Line.Args) {
		wanted[name] = true
	}
	var names []Name
	q := Question{}
	for _, n := range c.host.Names() {
		if len(wanted) > 0 && !wanted[n.Name] {
			continue
		}
		delete(wanted, n.Name)
		names = append(names, n)
		if n.Slot != "" && n.Stale == "" {
			q.Values = append(q.Values, n.Slot)
		}
	}
	for name := range wanted {
		return fmt.Errorf("the session has nothing called %s", name)
	}
	a, err := c.host.Ask(c.Ctx, q)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, n := range names {
		rows = append(rows, []string{n.Name, n.Kind, cut(n.Type, maxType), fmt.Sprint(n.Cell), cmp.Or(n.Stale, a.Values[n.Slot])})
	}
	process := fmt.Sprintf("%d MB in memory, %s", a.Resident>>20, count(a.Plugins, "compiled part"))
	if a.PluginMemory > 0 {
		process += fmt.Sprintf(" of %.1f MB", float64(a.PluginMemory)/(1<<20))
	}
	c.Out.Display(tabulate([]string{"name", "kind", "type", "cell", "value"}, rows, process), false)
	return nil
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// tabulate is a table as text and as HTML, with a line below.
func tabulate(head []string, rows [][]string, foot string) display.Bundle {
	width := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var text, markup strings.Builder
	markup.WriteString("<table>")
	for n, row := range append([][]string{head}, rows...) {
		line, tag := "", "td"
		if n == 0 {
			tag = "th"
		}
		markup.WriteString("<tr>")
		for i, cell := range row {
			line += fmt.Sprintf("%-*s  ", width[i], cell)
			fmt.Fprintf(&markup, `<%s style="text-align:left">%s</%s>`, tag, html.EscapeString(cell), tag)
		}
		markup.WriteString("</tr>")
		if len(rows) > 0 {
			text.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	markup.WriteString("</table>")
	if len(rows) == 0 {
		markup.Reset()
	}
	fmt.Fprintf(&markup, "<p>%s</p>", html.EscapeString(foot))
	return display.Bundle{Data: map[string]string{"text/plain": text.String() + foot, "text/html": markup.String()}}
}
