package ebm

import (
	"fmt"
	"os"

	"joule/ebm/expr"
)

// Slow returns an energy on vectors of width dim from a plain Go function, for what cannot be written with a Tensor: code that branches
// on values, calls another library, looks something up. f is called for every point; the gradient is taken by central differences, at
// 2·dim calls each, and cannot be differentiated again. A warning on the standard error says so. f is never called twice at once, and
// must not keep x.
func Slow(dim int, f func(x []float64) float64) *Model {
	if f == nil {
		expr.Fail("Slow", "no function (nil)")
	}
	fmt.Fprintf(os.Stderr, "ebm: Slow: the energy is a plain function: %d calls for a gradient, one point after the other, and no second "+
		"derivatives. Written with a Tensor (Where chooses) it would run compiled.\n", 2*dim)
	host := &expr.Host{F: f}
	return Define(dim, func(x Tensor) Tensor {
		return apply("Slow", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Apply(expr.Call, expr.Attr{Host: host}, in[0]) }, x)
	})
}
