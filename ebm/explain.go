package ebm

import (
	"fmt"

	"joule/ebm/expr"
)

// Explain describes the program that computes the energy and its gradient in x, instruction by instruction, and what each costs.
func (m *Model) Explain() string { return fmt.Sprintf("%v\n%s", m, m.Program().Explain()) }

// Trouble says where the energy of a point, or else its gradient, ceases to be finite: which operation makes NaN or ±Inf of which
// finite numbers, first. It is "" where both are finite.
func (m *Model) Trouble(x ...float64) string {
	m.check("Trouble", len(x), 1)
	g, in, e := m.copy()
	if what := g.Trouble(e, [][]float64{x}, m.params.values()); what != "" {
		return what
	}
	if what := g.Trouble(g.Over(expr.Sum, g.Grad(e, in)[0]), [][]float64{x}, m.params.values()); what != "" {
		return "in the gradient, " + what
	}
	return ""
}
