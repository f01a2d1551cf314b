package magic

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"joule/kernel"
	"joule/kernel/display"
)

func helpMagics() []Magic {
	return []Magic{{
		Name: "help", Aliases: []string{"lsmagic", "magic"}, Usage: "%help [NAME]",
		Doc: "Lists the magics, or says what one does. NAME is written with or without its %.",
		Run: help,
	}, {
		Name: "?", Usage: "NAME?\n?NAME\nNAME??",
		Doc: "Shows what is known of a name or of a magic, in the pager: its type and its documentation, with ?? all that there " +
			"is to say. A name of a package is written with the package. A ? alone lists the magics.",
		Run: ask,
	}}
}

// asked is a line that is a question: a name, or a magic, with ? before or behind it.
var asked = regexp.MustCompile(`^(\?{0,2})(%{0,2}[\pL_][\pL\pN_]*(?:\.[\pL_][\pL\pN_]*)*|!)?(\?{0,2})$`)

// question reads a line that asks what a name is. A detail of 1 asks for all.
func question(line string) (name string, detail int, ok bool) {
	m := asked.FindStringSubmatch(strings.TrimSpace(line))
	if m == nil || (m[1] == "") == (m[3] == "") && m[2] != "" || m[1]+m[3] == "" {
		return "", 0, false
	}
	return m[2], min(len(m[1]+m[3])-1, 1), true
}

func ask(c *Call) error {
	name, detail, _ := question(c.Line.Args)
	if name == "" {
		return help(c)
	}
	found := c.host.Describe(c.Ctx, name, detail)
	if !found.Found {
		c.Print("nothing is known of %s\n", name)
		return nil
	}
	c.Result.Payload = append(c.Result.Payload, kernel.Payload{"source": "page", "start": 0, "data": found.Data})
	return nil
}

func help(c *Call) error {
	if name := c.Line.Args; name != "" {
		bare := strings.TrimLeft(name, "%")
		m, ok := find(bare)
		if !ok {
			sign := name[:len(name)-len(bare)]
			if sign == "" {
				sign = "%"
			}
			return fmt.Errorf("%s", unknown(sign, bare))
		}
		c.Print("%s\n", describe(m))
		return nil
	}
	var text, table strings.Builder
	text.WriteString("A % or a ! at the beginning of a line is no Go:\n\n")
	table.WriteString("<p>A <code>%</code> or a <code>!</code> at the beginning of a line is no Go:</p><table>")
	for _, m := range tableRows() {
		fmt.Fprintf(&text, "  %-34s %s\n", m[0], m[1])
		fmt.Fprintf(&table, `<tr><td style="text-align:left"><code>%s</code></td><td style="text-align:left">%s</td></tr>`,
			html.EscapeString(m[0]), html.EscapeString(m[1]))
	}
	text.WriteString("\n%help NAME says more about one.")
	table.WriteString("</table><p><code>%help NAME</code> says more about one.</p>")
	c.Out.Display(display.Bundle{Data: map[string]string{"text/plain": text.String(), "text/html": table.String()}}, false)
	return nil
}

// tableRows are the first form of each magic and the first sentence about it.
func tableRows() (rows [][2]string) {
	for _, m := range table() {
		usage, _, _ := strings.Cut(m.Usage, "\n")
		rows = append(rows, [2]string{usage, firstSentence(m.Doc)})
	}
	return rows
}

// describe is everything that is to say about a magic.
func describe(m Magic) string {
	text := m.Usage + "\n\n" + m.Doc
	var also []string
	for _, a := range m.Aliases {
		sign := "%"
		if m.Run == nil {
			sign = "%%"
		}
		also = append(also, sign+a)
	}
	if len(also) > 0 {
		text += "\nAlso written " + strings.Join(also, ", ") + "."
	}
	if m.Example != "" {
		text += "\n\nFor example:\n\n" + m.Example
	}
	return text
}
