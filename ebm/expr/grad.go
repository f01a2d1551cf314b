package expr

// Grad adds the gradients of y, a value with one element, with respect to the nodes wrt, and returns them in order; each has the
// shape of its node. With respect to an input the gradient is per sample. With respect to a parameter it is that of the sum over
// the batch. A node that y does not depend on gets zeros.
func (g *Graph) Grad(y ID, wrt ...ID) []ID {
	if s := g.Shape(y); s.Size() != 1 {
		Fail("Grad", "needs one number per sample, not %v", s)
	}
	b := backward{g: g, ct: map[ID]ID{}, active: g.depends(y, wrt)}
	if b.active[y] {
		b.ct[y] = g.Reshape(g.Number(1), g.Shape(y))
	}
	for id := y; id >= 0; id-- { // operands have smaller IDs than results
		if ct, ok := b.ct[id]; ok {
			b.step(id, ct)
		}
	}
	grads := make([]ID, len(wrt))
	for i, id := range wrt {
		ct, ok := b.ct[id]
		if !ok {
			ct = g.Number(0)
		}
		grads[i] = g.Full(ct, g.Shape(id))
	}
	return grads
}

// backward is one reverse sweep: ct holds the gradients found so far.
type backward struct {
	g      *Graph
	ct     map[ID]ID
	active []bool // nodes on a path from wrt to y
}

// step sends the gradient of one node on to its operands.
func (b *backward) step(id, ct ID) {
	n := b.g.nodes[id]
	rule := b.g.ops[n.Op].vjp
	if rule == nil || !b.anyActive(n.In) {
		return
	}
	for i, d := range rule(b.g, n, id, ct) {
		in := n.In[i]
		if d == None || !b.active[in] {
			continue
		}
		if b.g.nodes[in].stage == before && n.stage == perSample {
			d = b.g.op(BatchSum, d) // the same number serves every sample
		}
		if prev, ok := b.ct[in]; ok {
			d = b.g.op(Add, prev, d)
		}
		b.ct[in] = d
	}
}

func (b *backward) anyActive(ids []ID) bool {
	for _, id := range ids {
		if b.active[id] {
			return true
		}
	}
	return false
}

// depends marks the nodes up to y that are computed from one of wrt (and those themselves).
func (g *Graph) depends(y ID, wrt []ID) []bool {
	d := make([]bool, max(int(y), 0)+1)
	for _, id := range wrt {
		if int(id) < len(d) {
			d[id] = true
		}
	}
	for id := range d {
		for _, in := range g.nodes[id].In {
			if d[in] {
				d[id] = true
			}
		}
	}
	return d
}
