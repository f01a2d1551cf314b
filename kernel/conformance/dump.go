package main

import (
	"fmt"
	"io"

	"joule/kernel/lower"
	"joule/kernel/session"
)

// dump prints what the cells of a test are lowered to, as long as nothing runs.
func (l *lab) dump(out io.Writer, t test) {
	s := session.New(l.cat, nil)
	for i, code := range t.cells {
		c, ds := s.Check(i+1, code)
		if len(ds) > 0 {
			fmt.Fprintf(out, "%s, cell %d:\n%v\n", t, i+1, ds)
			return
		}
		p, err := lower.Cell(c, lower.How{})
		if err != nil {
			fmt.Fprintf(out, "%s, cell %d: %v\n", t, i+1, err)
			return
		}
		s.Commit(c)
		fmt.Fprintf(out, "==== %s, cell %d\n", t, i+1)
		for _, u := range p.Plan {
			fmt.Fprintf(out, "%-30s tier %d  %s\n", u.Name, u.Tier, u.Why)
		}
		for _, pkg := range p.Packages {
			fmt.Fprintf(out, "-- %s\n%s", pkg.Path, pkg.Source)
		}
		for _, x := range []struct{ name, source string }{{"main", p.Main}, {"slots", p.Alloc}, {"interpreted", p.Source}} {
			if x.source != "" {
				fmt.Fprintf(out, "-- %s\n%s", x.name, x.source)
			}
		}
	}
}
