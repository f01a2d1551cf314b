package expr

import (
	"fmt"
	"strings"

	"joule/ebm/simd"
)

// Explain describes what the program does, one line per instruction: when (once, per sample, after the batch), what, of what shape, and
// how many floating-point operations it takes, and what all of it takes together. Operations that were found to be the same, constant
// or without use are gone. At the end it says how many of the instructions are compiled to machine code together, on this processor.
func (p *Program) Explain() string {
	var b strings.Builder
	total := [3]float64{}
	for st, code := range p.code {
		for _, in := range code {
			n := &p.graph.nodes[in.id]
			cost := p.cost(in)
			total[st] += cost
			what := p.graph.ops[n.Op].name
			if in.outer {
				what = "BatchSum of MatMul"
			}
			fmt.Fprintf(&b, "%-12s %%%-4d = %-36s %-12v %10.4g\n", []string{"once", "per sample", "at the end"}[st], in.id,
				what+"("+n.arguments()+")", n.Shape, cost)
		}
	}
	fmt.Fprintf(&b, "%d instructions, %.4g operations per sample, %.4g once; %d numbers per sample in memory, %d in all\n",
		len(p.code[0])+len(p.code[1])+len(p.code[2]), total[perSample], total[before]+total[after], p.lanesize, p.uniSize)
	if parts := p.parts(planKey{lanes: Lanes, vector: vectors[simd.Best()]}); len(parts) > 0 {
		n := 0
		for _, part := range parts {
			n += part.to - part.from
		}
		fmt.Fprintf(&b, "%d of the instructions per sample are compiled, in %d parts\n", n, len(parts))
	}
	return b.String()
}

// costs are operations per element of the result, where they are not one.
var costs = map[Op]float64{
	Exp: 15, Log: 20, Log1p: 25, Softplus: 35, Sigmoid: 20, Tanh: 25, Sin: 20, Cos: 20, Sqrt: 4, Recip: 4, Div: 4, Pow: 100,
	Reshape: 0, Gather: 0, Broadcast: 0, Slice: 0, Pad: 0, Concat: 0, Transpose: 0, Unfold: 0, StopGradient: 0,
}

// cost is about how many floating-point operations an instruction takes, per sample or once.
func (p *Program) cost(in instr) float64 {
	g := p.graph
	n := &g.nodes[in.of]
	size := float64(n.Shape.Size())
	each, ok := costs[n.Op]
	if !ok {
		each = 1
	}
	switch n.Op {
	case MatMul:
		s := g.Shape(n.In[0])
		return 2 * size * float64(s.Dim[1-n.Attr.I[0]])
	case Solve, LogDet:
		rows := float64(g.Shape(n.In[0]).Dim[0])
		return 2*rows*rows*rows/3 + 2*rows*(size-1)
	case Cholesky:
		return size * float64(n.Shape.Dim[0]) / 3
	case SolveTriangular:
		return size * float64(n.Shape.Dim[0])
	case Sum, Max, Fold, Scatter, BatchSum:
		return float64(g.Shape(n.In[0]).Size())
	case LogSumExp, Softmax:
		return 18 * float64(g.Shape(n.In[0]).Size())
	}
	return each * size
}
