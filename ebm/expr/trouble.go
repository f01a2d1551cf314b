package expr

import (
	"fmt"
	"math"
)

// Trouble looks for where a value is not finite first: it computes a sample node by node, as the energy was written, and describes the
// first node whose value is not while those of its operands are. It returns "" if there is none. Arrays are those of a Batch of one.
func (g *Graph) Trouble(out ID, in, params [][]float64) string {
	h, _ := g.compact([]ID{out})
	var nodes []ID
	for id := range h.nodes {
		if h.nodes[id].stage == perSample || h.nodes[id].stage == before {
			nodes = append(nodes, ID(id))
		}
	}
	values := make([][]float64, len(nodes))
	for k, id := range nodes {
		values[k] = make([]float64, h.Shape(id).Size())
	}
	p := compile(h, nodes, nil)
	p.Run(Batch{N: 1, In: in, Params: params, Out: values})
	at := map[ID][]float64{}
	for k, id := range nodes {
		at[id] = values[k]
	}
	for _, id := range nodes {
		n := &h.nodes[id]
		if i := bad(at[id]); i >= 0 && !anyBad(n.In, at) {
			return h.complaint(id, i, at)
		}
	}
	return ""
}

// bad is the first element that is not finite, or −1.
func bad(v []float64) int {
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return i
		}
	}
	return -1
}

func anyBad(ids []ID, at map[ID][]float64) bool {
	for _, id := range ids {
		if bad(at[id]) >= 0 {
			return true
		}
	}
	return false
}

// complaint says what an operation has made of what.
func (g *Graph) complaint(id ID, i int, at map[ID][]float64) string {
	n, v := &g.nodes[id], at[id][i]
	switch n.Op {
	case Input:
		return fmt.Sprintf("element %d of the input is %v", i, v)
	case Param:
		return fmt.Sprintf("element %d of the parameter %q is %v", i, n.Name, v)
	case Const:
		return fmt.Sprintf("element %d of a constant is %v", i, v)
	}
	text := fmt.Sprintf("%s gives %v", g.ops[n.Op].name, v)
	if n.Shape.Size() > 1 {
		text += fmt.Sprintf(" in element %d of %v", i, n.Shape)
	}
	if !g.ops[n.Op].elementwise {
		return text
	}
	for k, o := range n.In {
		operand := at[o]
		if k == 0 {
			text += " for "
		} else {
			text += " and "
		}
		text += fmt.Sprint(operand[min(i, len(operand)-1)])
	}
	return text
}
