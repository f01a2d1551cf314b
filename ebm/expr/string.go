package expr

import (
	"fmt"
	"strings"
)

// String lists the nodes of the graph, one per line, for a person who wonders what an energy has become:
//
//	%3 = Sqrt(%2)   scalar
func (g *Graph) String() string {
	var b strings.Builder
	for id := range g.nodes {
		n := &g.nodes[id]
		fmt.Fprintf(&b, "%%%d = %s(%s)\t%v\n", id, g.ops[n.Op].name, n.arguments(), n.Shape)
	}
	return b.String()
}

// arguments are the operands, and what else the value depends on.
func (n *Node) arguments() string {
	var args []string
	for _, in := range n.In {
		args = append(args, fmt.Sprintf("%%%d", in))
	}
	switch n.Op {
	case Const:
		if len(n.Data) > 4 {
			return fmt.Sprintf("%d numbers", len(n.Data))
		}
		for _, v := range n.Data {
			args = append(args, fmt.Sprint(v))
		}
	case Param:
		args = append(args, n.Name)
	case Pow:
		args = append(args, fmt.Sprint(n.Attr.F))
	case Sum, Max, LogSumExp, Softmax, OneHot, Concat:
		args = append(args, fmt.Sprintf("axis %d", n.Attr.I[0]))
	case Unfold, Fold:
		args = append(args, fmt.Sprintf("%d×%d, %d apart", n.Attr.I[0], n.Attr.I[1], n.Attr.I[2]))
	case SolveTriangular:
		args = append(args, []string{"lower", "upper"}[n.Attr.I[0]])
	case Gather, Scatter:
		args = append(args, fmt.Sprintf("%d places", len(*n.Attr.Index)))
	case Slice, Pad, Broadcast, MatMul:
		args = append(args, fmt.Sprint(n.Attr.I[:3]))
	}
	return strings.Join(args, ", ")
}
