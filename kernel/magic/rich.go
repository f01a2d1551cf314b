package magic

import (
	"errors"

	"joule/kernel/display"
)

// richMagics show the body of the cell instead of running it.
func richMagics() (list []Magic) {
	for _, m := range []struct {
		name, alias, doc string
		show             func(string) display.Bundle
	}{
		{"html", "HTML", "Shows the cell as HTML.", display.HTML},
		{"markdown", "md", "Shows the cell as Markdown; formulas between $ signs are set.", display.Markdown},
		{"svg", "SVG", "Shows the cell as an SVG image.", display.SVG},
		{"latex", "tex", "Shows the cell as a formula, or as text with formulas in \\( \\) and environments.", display.LaTeX},
		{"js", "javascript", "Runs the cell as JavaScript in the front end; the variable element is its output area.", display.JS},
	} {
		list = append(list, Magic{
			Name: m.name, Aliases: []string{m.alias}, Usage: "%%" + m.name + "\ntext", Doc: m.doc,
			Cell: func(c *Call) error {
				if c.Line.Args != "" {
					return errors.New("nothing may follow %%" + m.name + " on its line")
				}
				c.Out.Display(m.show(c.Parts.Body), false)
				return nil
			},
		})
	}
	return list
}
