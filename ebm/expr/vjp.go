package expr

// A vjp adds the gradients of a node's operands to the graph: given the gradient ct of the final result with respect to node n,
// it returns the gradients with respect to n's operands, in order, None where there is none. Because it adds nodes and computes
// nothing, gradients of gradients need no further code.
type vjp func(g *Graph, n Node, out, ct ID) []ID

// op adds a node without constants; the gradients below read better with it.
func (g *Graph) op(op Op, in ...ID) ID { return g.Apply(op, Attr{}, in...) }

// scale multiplies by a number.
func (g *Graph) scale(v float64, a ID) ID { return g.op(Mul, g.Number(v), a) }

// fit brings the gradient of an elementwise result to the shape of an operand: one that was repeated collects the sum.
func (g *Graph) fit(ct ID, operand ID) ID {
	s := g.Shape(operand)
	if g.Shape(ct).Size() != s.Size() && s.Size() == 1 {
		ct = g.Over(Sum, ct)
	}
	if g.Shape(ct).Size() != s.Size() { // the gradient is itself one element, the same for all
		return g.Full(ct, s)
	}
	return g.Reshape(ct, s)
}

func vjpAdd(g *Graph, n Node, _, ct ID) []ID { return []ID{g.fit(ct, n.In[0]), g.fit(ct, n.In[1])} }

func vjpSub(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.fit(ct, n.In[0]), g.op(Neg, g.fit(ct, n.In[1]))}
}

func vjpMul(g *Graph, n Node, _, ct ID) []ID {
	a, b := n.In[0], n.In[1]
	return []ID{g.fit(g.op(Mul, ct, b), a), g.fit(g.op(Mul, ct, a), b)}
}

func vjpDiv(g *Graph, n Node, out, ct ID) []ID {
	a, b := n.In[0], n.In[1]
	da := g.op(Div, ct, b)
	return []ID{g.fit(da, a), g.fit(g.op(Neg, g.op(Mul, da, out)), b)}
}

func vjpMaximum(g *Graph, n Node, _, ct ID) []ID {
	return choose(g, n, ct, g.op(GreaterEqual, n.In[0], n.In[1]))
}

func vjpMinimum(g *Graph, n Node, _, ct ID) []ID {
	return choose(g, n, ct, g.op(GreaterEqual, n.In[1], n.In[0]))
}

// choose sends the gradient to the first operand where first ≠ 0 and to the second elsewhere.
func choose(g *Graph, n Node, ct, first ID) []ID {
	zero := g.Number(0)
	return []ID{g.fit(g.op(Where, first, ct, zero), n.In[0]), g.fit(g.op(Where, first, zero, ct), n.In[1])}
}

func vjpWhere(g *Graph, n Node, _, ct ID) []ID {
	zero := g.Number(0)
	return []ID{
		None,
		g.fit(g.op(Where, n.In[0], ct, zero), n.In[1]),
		g.fit(g.op(Where, n.In[0], zero, ct), n.In[2]),
	}
}

func vjpNeg(g *Graph, _ Node, _, ct ID) []ID { return []ID{g.op(Neg, ct)} }

func vjpSquare(g *Graph, n Node, _, ct ID) []ID { return []ID{g.op(Mul, ct, g.scale(2, n.In[0]))} }

// Recip is 0 at 0: so is the gradient.
func vjpSqrt(g *Graph, _ Node, out, ct ID) []ID {
	return []ID{g.op(Mul, ct, g.scale(0.5, g.op(Recip, out)))}
}

func vjpRecip(g *Graph, _ Node, out, ct ID) []ID {
	return []ID{g.op(Neg, g.op(Mul, ct, g.op(Square, out)))}
}

func vjpPow(g *Graph, n Node, _, ct ID) []ID {
	k := n.Attr.F
	if k == 0 {
		return []ID{None}
	}
	return []ID{g.op(Mul, ct, g.scale(k, g.Apply(Pow, Attr{F: k - 1}, n.In[0])))}
}

func vjpAbs(g *Graph, n Node, _, ct ID) []ID { return []ID{g.op(Mul, ct, g.op(Sign, n.In[0]))} }

func vjpExp(g *Graph, _ Node, out, ct ID) []ID { return []ID{g.op(Mul, ct, out)} }

func vjpLog(g *Graph, n Node, _, ct ID) []ID { return []ID{g.op(Div, ct, n.In[0])} }

func vjpLog1p(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.op(Div, ct, g.op(Add, g.Number(1), n.In[0]))}
}

func vjpSoftplus(g *Graph, n Node, _, ct ID) []ID { return []ID{g.op(Mul, ct, g.op(Sigmoid, n.In[0]))} }

func vjpSigmoid(g *Graph, _ Node, out, ct ID) []ID {
	return []ID{g.op(Mul, ct, g.op(Mul, out, g.op(Sub, g.Number(1), out)))}
}

func vjpTanh(g *Graph, _ Node, out, ct ID) []ID {
	return []ID{g.op(Mul, ct, g.op(Sub, g.Number(1), g.op(Square, out)))}
}

func vjpRelu(g *Graph, n Node, _, ct ID) []ID {
	zero := g.Number(0)
	return []ID{g.op(Where, g.op(Greater, n.In[0], zero), ct, zero)}
}

func vjpSin(g *Graph, n Node, _, ct ID) []ID { return []ID{g.op(Mul, ct, g.op(Cos, n.In[0]))} }

func vjpCos(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.op(Neg, g.op(Mul, ct, g.op(Sin, n.In[0])))}
}

// spread repeats the gradient of a reduction along the axis that was reduced.
func spread(g *Graph, n Node, a ID) ID {
	axis := n.Attr.I[0]
	return g.Apply(Broadcast, Attr{I: [6]int{axis, g.Shape(n.In[0]).Dim[axis]}}, a)
}

func vjpSum(g *Graph, n Node, _, ct ID) []ID { return []ID{spread(g, n, ct)} }

func vjpMax(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.op(Mul, spread(g, n, ct), g.Apply(OneHot, n.Attr, n.In[0]))}
}

func vjpLogSumExp(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.op(Mul, spread(g, n, ct), g.Apply(Softmax, n.Attr, n.In[0]))}
}

func vjpSoftmax(g *Graph, n Node, out, ct ID) []ID {
	weighted := g.op(Mul, ct, out)
	mean := spread(g, n, g.Apply(Sum, n.Attr, weighted))
	return []ID{g.op(Sub, weighted, g.op(Mul, out, mean))}
}

// For C = A·B: dA = dC·Bᵀ and dB = Aᵀ·dC; an operand that was taken transposed gets the transpose of that.
func vjpMatMul(g *Graph, n Node, _, ct ID) []ID {
	a, b, ta, tb := n.In[0], n.In[1], n.Attr.I[0], n.Attr.I[1]
	mul := func(x, y ID, tx, ty int) ID { return g.Apply(MatMul, Attr{I: [6]int{tx, ty}}, x, y) }
	da := func() ID {
		if ta == 1 {
			return mul(b, ct, tb, 1)
		}
		return mul(ct, b, 0, 1-tb)
	}
	db := func() ID {
		if tb == 1 {
			return mul(ct, a, 1, ta)
		}
		return mul(a, ct, 1-ta, 0)
	}
	return []ID{da(), db()}
}

func vjpReshape(g *Graph, n Node, _, ct ID) []ID { return []ID{g.Reshape(ct, g.Shape(n.In[0]))} }

func vjpBroadcast(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.Apply(Sum, Attr{I: [6]int{n.Attr.I[0]}}, ct)}
}

func vjpSlice(g *Graph, n Node, _, ct ID) []ID {
	axis, lo := n.Attr.I[0], n.Attr.I[1]
	return []ID{g.Apply(Pad, Attr{I: [6]int{axis, lo, g.Shape(n.In[0]).Dim[axis]}}, ct)}
}

func vjpPad(g *Graph, n Node, _, ct ID) []ID {
	axis, lo := n.Attr.I[0], n.Attr.I[1]
	return []ID{g.Apply(Slice, Attr{I: [6]int{axis, lo, lo + g.Shape(n.In[0]).Dim[axis]}}, ct)}
}

func vjpConcat(g *Graph, n Node, _, ct ID) []ID {
	axis, lo := n.Attr.I[0], 0
	grads := make([]ID, len(n.In))
	for i, in := range n.In {
		hi := lo + g.Shape(in).Dim[axis]
		grads[i] = g.Apply(Slice, Attr{I: [6]int{axis, lo, hi}}, ct)
		lo = hi
	}
	return grads
}

func vjpTranspose(g *Graph, _ Node, _, ct ID) []ID { return []ID{g.op(Transpose, ct)} }

// Every sample contributes to the sum with weight 1.
func vjpBatchSum(_ *Graph, _ Node, _, ct ID) []ID { return []ID{ct} }
