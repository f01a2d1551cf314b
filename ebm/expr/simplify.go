package expr

import "math"

// simplify returns an equal node that is cheaper than the operation applied to the operands, if it knows one. Nothing here turns
// a NaN or an infinity into a number: x·0 stays. The caller drops a node that has not the shape of the operation.
func (r *rewriter) simplify(op Op, attr Attr, in []ID) (ID, bool) {
	switch op {
	case Add:
		return r.simplifyAdd(in[0], in[1])
	case Sub:
		return r.simplifySub(in[0], in[1])
	case Mul:
		return r.simplifyMul(in[0], in[1])
	case Div:
		return r.simplifyDiv(in[0], in[1])
	case Neg:
		return r.simplifyNeg(in[0])
	case Square, Abs:
		if a := r.node(in[0]); a.Op == Neg || op == Abs && a.Op == Abs {
			return r.add(op, Attr{}, a.In[0]), true
		}
	case Pow:
		return r.simplifyPow(attr.F, in[0])
	case Where:
		return r.simplifyWhere(in)
	}
	return r.simplifyShape(op, attr, in)
}

func (r *rewriter) node(id ID) *Node { return &r.g.nodes[id] }

func (r *rewriter) shape(id ID) Shape { return r.g.nodes[id].Shape }

func (r *rewriter) simplifyAdd(a, b ID) (ID, bool) {
	if v, ok := r.number(a); ok && v == 0 {
		return b, true
	}
	if v, ok := r.number(b); ok && v == 0 {
		return a, true
	}
	if a == b {
		return r.times(2, a), true
	}
	if n := r.node(b); n.Op == Neg {
		return r.add(Sub, Attr{}, a, n.In[0]), true
	}
	if n := r.node(a); n.Op == Neg {
		return r.add(Sub, Attr{}, b, n.In[0]), true
	}
	return None, false
}

func (r *rewriter) simplifySub(a, b ID) (ID, bool) {
	if v, ok := r.number(b); ok && v == 0 {
		return a, true
	}
	if v, ok := r.number(a); ok && v == 0 {
		return r.add(Neg, Attr{}, b), true
	}
	if n := r.node(b); n.Op == Neg {
		return r.add(Add, Attr{}, a, n.In[0]), true
	}
	return None, false
}

func (r *rewriter) simplifyNeg(a ID) (ID, bool) {
	n := r.node(a)
	switch n.Op {
	case Neg:
		return n.In[0], true
	case Sub:
		return r.add(Sub, Attr{}, n.In[1], n.In[0]), true
	case Mul:
		if c, ok := r.number(n.In[0]); ok {
			return r.scaled(-c, n.In[0], n.In[1]), true
		}
		if c, ok := r.number(n.In[1]); ok {
			return r.scaled(-c, n.In[1], n.In[0]), true
		}
	}
	return None, false
}

// scaled multiplies a by the number c in the shape of the constant that it replaces.
func (r *rewriter) scaled(c float64, like, a ID) ID {
	return r.add(Mul, Attr{}, r.constant(r.shape(like), c), a)
}

// times multiplies by a number.
func (r *rewriter) times(c float64, a ID) ID { return r.add(Mul, Attr{}, r.constant(Scalar(), c), a) }

func (r *rewriter) simplifyDiv(a, b ID) (ID, bool) {
	v, ok := r.number(b)
	if !ok {
		return None, false
	}
	if v == 1 {
		return a, true
	}
	// A reciprocal that is exact: the product rounds like the quotient.
	if frac, _ := math.Frexp(v); math.Abs(frac) == 0.5 && !math.IsInf(1/v, 0) && 1/v != 0 && !subnormal(1/v) {
		return r.add(Mul, Attr{}, r.constant(r.shape(b), 1/v), a), true
	}
	return None, false
}

func subnormal(v float64) bool { return math.Abs(v) < 0x1p-1022 }

func (r *rewriter) simplifyPow(k float64, a ID) (ID, bool) {
	switch k {
	case 1:
		return a, true
	case 2:
		return r.add(Square, Attr{}, a), true
	case -1:
		return r.add(Div, Attr{}, r.constant(Scalar(), 1), a), true
	}
	return None, false
}

func (r *rewriter) simplifyWhere(in []ID) (ID, bool) {
	if in[1] == in[2] {
		return in[1], true
	}
	return None, false
}

// simplifyMul brings products to a form with one constant in front, multiplied where there are fewest elements: c·(s·v) becomes
// (c·s)·v for a scalar s and a vector v. Gradients are chains of such products.
func (r *rewriter) simplifyMul(a, b ID) (ID, bool) {
	if r.isNumber(b) || r.size(b) < r.size(a) && !r.isNumber(a) {
		a, b = b, a // the constant, or else the smaller one, first
	}
	if v, ok := r.number(a); ok {
		if v == 1 {
			return b, true
		}
		if r.size(a) > 1 && r.shape(a) == r.shape(b) {
			return r.times(v, b), true
		}
		if id, ok := r.scaleInto(v, a, b); ok {
			return id, true
		}
	}
	if a == b {
		return r.add(Square, Attr{}, a), true
	}
	if id, ok := r.unrepeat(a, b); ok {
		return id, true
	}
	if id, ok := r.unrepeat(b, a); ok {
		return id, true
	}
	if !r.isNumber(a) {
		if id, ok := r.hoist(a, b); ok {
			return id, true
		}
		if id, ok := r.hoist(b, a); ok {
			return id, true
		}
	}
	return None, false
}

func (r *rewriter) size(id ID) int { return r.shape(id).Size() }

func (r *rewriter) isNumber(id ID) bool { _, ok := r.number(id); return ok }

// scaleInto merges the factor c (the constant a) with the product, sum of signs or quotient b. A merged constant that leaves the
// range of normal numbers is not used, because the factors one after the other might not have left it.
func (r *rewriter) scaleInto(c float64, a, b ID) (ID, bool) {
	n := r.node(b)
	if n.Op == Neg {
		return r.scaled(-c, a, n.In[0]), true
	}
	if n.Op != Mul || r.size(a) > r.size(b) {
		return None, false
	}
	for i := range 2 {
		x, y := n.In[i], n.In[1-i]
		if v, ok := r.number(x); ok {
			if p := c * v; !math.IsInf(p, 0) && !subnormal(p) {
				return r.scaled(p, x, y), true
			}
			return None, false
		}
		if r.size(x) == 1 && r.size(y) > 1 {
			return r.add(Mul, Attr{}, r.times(c, x), y), true
		}
	}
	return None, false
}

// hoist moves the constant of b's product out of a·b, so that it can meet others: a·(c·y) = c·(a·y), or (c·a)·y where a is
// smaller.
func (r *rewriter) hoist(a, b ID) (ID, bool) {
	n := r.node(b)
	if n.Op != Mul {
		return None, false
	}
	for i := range 2 {
		c, y := n.In[i], n.In[1-i]
		if v, ok := r.number(c); ok && r.size(c) == 1 {
			switch { // where a is the larger one, the constant is in its place
			case r.size(a) < r.size(y):
				return r.add(Mul, Attr{}, r.times(v, a), y), true
			case r.size(a) == r.size(y):
				return r.add(Mul, Attr{}, c, r.add(Mul, Attr{}, a, y)), true
			}
			return None, false
		}
		if r.size(c) == 1 && r.size(a) == 1 && r.size(y) > 1 {
			return r.add(Mul, Attr{}, r.add(Mul, Attr{}, a, c), y), true
		}
	}
	return None, false
}

// unrepeat uses that multiplication repeats one-element operands itself.
func (r *rewriter) unrepeat(a, b ID) (ID, bool) {
	n := r.node(a)
	if n.Op == Reshape && r.node(n.In[0]).Op == Broadcast {
		n = r.node(n.In[0])
	}
	if n.Op != Broadcast || r.size(n.In[0]) != 1 || r.shape(a) != r.shape(b) {
		return None, false
	}
	return r.add(Mul, Attr{}, n.In[0], b), true
}

// simplifyShape removes changes of shape that change nothing.
func (r *rewriter) simplifyShape(op Op, attr Attr, in []ID) (ID, bool) {
	if len(in) == 0 {
		return None, false
	}
	a, n := in[0], r.node(in[0])
	switch op {
	case Reshape:
		to := Shape{Rank: attr.I[0], Dim: [3]int{attr.I[1], attr.I[2], attr.I[3]}}
		if to == n.Shape {
			return a, true
		}
		if n.Op == Reshape {
			return r.add(Reshape, attr, n.In[0]), true
		}
	case Transpose:
		if n.Op == Transpose {
			return n.In[0], true
		}
	case MatMul:
		for i, id := range in {
			if m := r.node(id); m.Op == Transpose {
				attr.I[i] = 1 - attr.I[i]
				operands := []ID{in[0], in[1]}
				operands[i] = m.In[0]
				return r.add(MatMul, attr, operands...), true
			}
		}
	case Slice:
		if attr.I[1] == 0 && attr.I[2] == n.Shape.Dim[attr.I[0]] {
			return a, true
		}
	case Sum, Max, LogSumExp:
		if n.Shape.Dim[attr.I[0]] == 1 {
			s := n.Shape.without(attr.I[0])
			return r.add(Reshape, Attr{I: [6]int{s.Rank, s.Dim[0], s.Dim[1], s.Dim[2]}}, a), true
		}
	case Concat:
		if len(in) == 1 {
			return a, true
		}
	}
	return None, false
}
