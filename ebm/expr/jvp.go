package expr

// JVP adds the derivative of y as x moves in the direction v, a value of the shape of y; v has the shape of x. With respect to a
// parameter, v is a value for all samples.
//
// No operation needs a rule of its own for it. The gradient of u·y in x is linear in u, whatever y is, and so its product with v has the
// gradient in u that is wanted; u itself is not part of it, and what was only built to get there is dead code. (Townsend, "A new trick
// for calculating Jacobian vector products", 2017.)
func (g *Graph) JVP(y, x, v ID) ID {
	if s, t := g.Shape(v), g.Shape(x); s.Size() != t.Size() {
		Fail("JVP", "a direction of %v for a value of %v", s, t)
	}
	s := g.Shape(y)
	u := g.push(Node{Op: Input, Attr: Attr{I: [6]int{unused}}, Shape: s, stage: perSample})
	back := g.Grad(g.Dot(y, u), x)[0]
	if g.nodes[back].stage == after { // of a parameter, the sum over the batch: u·y of one sample alone is what counts
		back = g.alone(back)
	}
	forward := g.Grad(g.Dot(back, g.Reshape(v, g.Shape(x))), u)[0]
	return g.Reshape(forward, s)
}

// unused is the number of an input that no program reads.
const unused = 1 << 30

// alone undoes the sums over the batch that a gradient in a parameter ends in.
func (g *Graph) alone(id ID) ID {
	n := g.nodes[id]
	if n.Op == BatchSum {
		return n.In[0]
	}
	if n.stage != after {
		return id
	}
	in := make([]ID, len(n.In))
	for i, o := range n.In {
		in[i] = g.alone(o)
	}
	return g.Apply(n.Op, n.Attr, in...)
}
