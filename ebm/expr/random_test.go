package expr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// naive computes a node for one sample by the definition of each operation, with nothing in common with the kernels: elements are
// addressed by their indices.
type naive struct {
	g      *Graph
	in     [][]float64
	params [][]float64
	memo   map[ID][]float64
}

func (v *naive) node(id ID) []float64 {
	if r, ok := v.memo[id]; ok {
		return r
	}
	n := v.g.nodes[id]
	var r []float64
	switch n.Op {
	case Input:
		r = v.in[n.Attr.I[0]]
	case Param:
		r = v.params[n.Attr.I[0]]
	case Const:
		r = n.Data
	case Reshape, StopGradient:
		r = v.node(n.In[0])
	default:
		r = make([]float64, n.Shape.Size())
		for e := range r {
			r[e] = v.element(n, e)
		}
	}
	v.memo[id] = r
	return r
}

// at returns the element of an operand at some indices.
func (v *naive) at(id ID, idx [3]int) float64 {
	s := v.g.Shape(id)
	if s.Size() == 1 {
		return v.node(id)[0]
	}
	e := 0
	for i, d := range s.Dims() {
		e = e*d + idx[i]
	}
	return v.node(id)[e]
}

func indices(s Shape, e int) (idx [3]int) {
	for i := s.Rank - 1; i >= 0; i-- {
		idx[i] = e % s.Dim[i]
		e /= s.Dim[i]
	}
	return idx
}

func insert(idx [3]int, axis, k int) [3]int {
	for i := 2; i > axis; i-- {
		idx[i] = idx[i-1]
	}
	idx[axis] = k
	return idx
}

func remove(idx [3]int, axis int) [3]int {
	copy(idx[axis:], idx[axis+1:])
	return idx
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (v *naive) element(n Node, e int) float64 {
	idx := indices(n.Shape, e)
	axis := n.Attr.I[0]
	a := func(i int) float64 { return v.at(n.In[i], idx) }
	switch n.Op {
	case Add:
		return a(0) + a(1)
	case Sub:
		return a(0) - a(1)
	case Mul:
		return a(0) * a(1)
	case Div:
		return a(0) / a(1)
	case Maximum:
		return math.Max(a(0), a(1))
	case Minimum:
		return math.Min(a(0), a(1))
	case Greater:
		return truth(a(0) > a(1))
	case GreaterEqual:
		return truth(a(0) >= a(1))
	case Where:
		if a(0) != 0 {
			return a(1)
		}
		return a(2)
	case Sum, Max, LogSumExp:
		return reduceNaively(n.Op, v.line(n.In[0], idx, axis, true))
	case Softmax:
		return math.Exp(a(0) - reduceNaively(LogSumExp, v.line(n.In[0], idx, axis, false)))
	case OneHot:
		line := v.line(n.In[0], idx, axis, false)
		for k, w := range line {
			if w == reduceNaively(Max, line) {
				return truth(k == idx[axis])
			}
		}
		return 0
	case MatMul:
		return v.product(n, idx)
	case Broadcast:
		return v.at(n.In[0], remove(idx, axis))
	case Slice:
		idx[axis] += n.Attr.I[1]
		return v.at(n.In[0], idx)
	case Pad:
		idx[axis] -= n.Attr.I[1]
		if idx[axis] < 0 || idx[axis] >= v.g.Shape(n.In[0]).Dim[axis] {
			return 0
		}
		return v.at(n.In[0], idx)
	case Concat:
		for i, in := range n.In {
			if d := v.g.Shape(in).Dim[axis]; idx[axis] >= d {
				idx[axis] -= d
			} else {
				return v.at(n.In[i], idx)
			}
		}
	case Transpose:
		return v.at(n.In[0], [3]int{idx[1], idx[0]})
	case Gather:
		idx[0] = (*n.Attr.Index)[idx[0]]
		return v.at(n.In[0], idx)
	case Scatter:
		sum, at := 0.0, idx
		for k, i := range *n.Attr.Index {
			if at[0] = k; i == idx[0] {
				sum += v.at(n.In[0], at)
			}
		}
		return sum
	case Solve, SolveTriangular, Cholesky, LogDet:
		return v.factor(n, idx)
	case Unfold:
		return v.at(n.In[0], inWindow(n.Attr, v.g.Shape(n.In[0]), idx[0], idx[1]))
	case Fold:
		sum, s := 0.0, v.g.Shape(n.In[0])
		for i := range s.Dim[0] {
			for j := range s.Dim[1] {
				if inWindow(n.Attr, n.Shape, i, j) == idx {
					sum += v.at(n.In[0], [3]int{i, j})
				}
			}
		}
		return sum
	}
	return unaryNaively(n, a(0))
}

// factor computes with determinants: Cramer's rule, and the minors that make up a Cholesky factor.
func (v *naive) factor(n Node, idx [3]int) float64 {
	size := v.g.Shape(n.In[0]).Dim[0]
	a := make([][]float64, size)
	for i := range a {
		a[i] = make([]float64, size)
		for j := range a[i] {
			switch at := v.at(n.In[0], [3]int{i, j}); {
			case n.Op == SolveTriangular && (j < i && n.Attr.I[0] == 1 || j > i && n.Attr.I[0] == 0):
			case n.Op == Cholesky:
				a[i][j] = (at + v.at(n.In[0], [3]int{j, i})) / 2
			default:
				a[i][j] = at
			}
		}
	}
	switch n.Op {
	case LogDet:
		return math.Log(math.Abs(determinant(a)))
	case Cholesky:
		i, j := idx[0], idx[1]
		if j > i {
			return 0
		}
		leading := func(k int) float64 { return determinant(minor(a, k, k-1)) }
		return determinant(minor(a, j+1, i)) / math.Sqrt(leading(j)*leading(j+1))
	}
	whole := determinant(a)
	for i := range a {
		a[i][idx[0]] = v.at(n.In[1], [3]int{i, idx[1]})
	}
	return determinant(a) / whole
}

// minor is the first k rows and columns of a matrix, with row last in place of the last one.
func minor(a [][]float64, k, last int) [][]float64 {
	var m [][]float64
	for i := range k {
		if i == k-1 {
			i = last
		}
		m = append(m, a[i][:k])
	}
	return m
}

func determinant(a [][]float64) float64 {
	if len(a) == 0 {
		return 1
	}
	sum, sign := 0.0, 1.0
	for j := range a {
		var rest [][]float64
		for _, row := range a[1:] {
			rest = append(rest, append(append([]float64(nil), row[:j]...), row[j+1:]...))
		}
		sum += sign * a[0][j] * determinant(rest)
		sign = -sign
	}
	return sum
}

// inWindow is where in an image element i of the window j lies.
func inWindow(a Attr, image Shape, i, j int) [3]int {
	h, w, stride := a.I[0], a.I[1], a.I[2]
	cols := (image.Dim[2]-w)/stride + 1
	return [3]int{i / (h * w), j/cols*stride + i/w%h, j%cols*stride + i%w}
}

// line collects the elements along an axis.
func (v *naive) line(id ID, idx [3]int, axis int, removed bool) []float64 {
	line := make([]float64, v.g.Shape(id).Dim[axis])
	for k := range line {
		at := idx
		if removed {
			at = insert(idx, axis, k)
		} else {
			at[axis] = k
		}
		line[k] = v.at(id, at)
	}
	return line
}

func reduceNaively(op Op, line []float64) float64 {
	r := line[0]
	for _, w := range line[1:] {
		switch op {
		case Sum:
			r += w
		case Max:
			r = math.Max(r, w)
		case LogSumExp:
			r = math.Max(r, w) + math.Log1p(math.Exp(-math.Abs(r-w)))
		}
	}
	return r
}

func (v *naive) product(n Node, idx [3]int) float64 {
	sa := v.g.Shape(n.In[0])
	sum := 0.0
	for k := range sa.Dim[1-n.Attr.I[0]] {
		ia, ib := [3]int{idx[0], k}, [3]int{k, idx[1]}
		if n.Attr.I[0] == 1 {
			ia = [3]int{k, idx[0]}
		}
		if n.Attr.I[1] == 1 {
			ib = [3]int{idx[1], k}
		}
		sum += v.at(n.In[0], ia) * v.at(n.In[1], ib)
	}
	return sum
}

func unaryNaively(n Node, x float64) float64 {
	switch n.Op {
	case Neg:
		return -x
	case Square:
		return math.Pow(x, 2)
	case Sqrt:
		return math.Sqrt(x)
	case Recip:
		if x == 0 {
			return 0
		}
		return 1 / x
	case Pow:
		return math.Pow(x, n.Attr.F)
	case Abs:
		return math.Max(x, -x)
	case Sign:
		return truth(x > 0) - truth(x < 0)
	case Exp:
		return math.Exp(x)
	case Log:
		return math.Log(x)
	case Log1p:
		return math.Log1p(x)
	case Softplus:
		return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	case Sigmoid:
		return (1 + math.Tanh(x/2)) / 2
	case Tanh:
		return math.Tanh(x)
	case Relu:
		return math.Max(x, 0)
	case Sin:
		return math.Sin(x)
	case Cos:
		return math.Sin(x + math.Pi/2)
	}
	panic("no definition of " + n.Op.String())
}

// grow builds a random graph over an input and a parameter; values stay moderate, so that rounding does too.
func grow(r *rand.Rand, size int) (g *Graph, x, p, y ID) {
	g = New()
	x, p = g.Input(0, Vector(4)), g.Param(0, "p", Vector(4))
	pool := []ID{x, p, g.Number(0.5), g.Number(1), g.Number(0), g.Const(Vector(4), []float64{1, -2, 0.5, 2}), g.Const(Vector(4), []float64{1, 1, 1, 1}),
		g.Const(Matrix(4, 3), floats(r, 12)), g.Reshape(x, Matrix(2, 2))}
	pick := func() ID { return pool[r.IntN(len(pool))] }
	for len(pool) < size {
		if id := sprout(r, g, pick); id != None {
			pool = append(pool, id)
		}
	}
	total := g.Number(0)
	for _, id := range pool {
		total = g.op(Add, total, g.Over(Sum, g.op(Tanh, id)))
	}
	return g, x, p, total
}

// sprout applies a random operation to random operands, or returns None where they do not fit.
func sprout(r *rand.Rand, g *Graph, pick func() ID) (id ID) {
	defer func() {
		if e, ok := recover().(*Error); ok && e != nil {
			id = None
		}
	}()
	op := Op(int(Add) + r.IntN(int(BatchSum-Add)))
	a := pick()
	s := g.Shape(a)
	axis := r.IntN(max(s.Rank, 1))
	attr := Attr{I: [6]int{axis}}
	switch op {
	case Div: // keep away from poles
		return g.op(Div, a, g.op(Add, g.Number(1.5), g.op(Square, pick())))
	case Sqrt, Log, Log1p:
		return g.op(op, g.op(Add, g.Number(0.5), g.op(Square, g.op(Tanh, a))))
	case Recip:
		return g.op(op, g.op(Add, g.Number(1), g.op(Square, a)))
	case Pow:
		return g.Apply(Pow, Attr{F: []float64{1, 2, 0.5, -1, 3}[r.IntN(5)]}, g.op(Add, g.Number(1), g.op(Sigmoid, a)))
	case Exp, Square:
		return g.op(op, g.op(Tanh, a))
	case MatMul:
		attr.I = [6]int{r.IntN(2), r.IntN(2)}
		return g.op(Tanh, g.Apply(op, attr, a, pick()))
	case Reshape:
		return g.Flat(a)
	case Broadcast:
		attr.I[1] = 2
	case Unfold:
		if s.Size() > 24 || s.Rank == 0 {
			return None
		}
		image := g.Reshape(a, []Shape{Image(1, 1, s.Size()), Image(1, s.Size(), 1), Image(1, 2, s.Size()/2)}[r.IntN(3)])
		return g.op(Sin, g.Apply(op, Attr{I: [6]int{1 + r.IntN(2), 1 + r.IntN(2), 1 + r.IntN(2)}}, image))
	case Fold:
		return g.Apply(op, Attr{I: [6]int{1 + r.IntN(2), 1 + r.IntN(2), 1, 2, 2}}, a)
	case Gather, Scatter:
		if s.Rank == 0 || s.Size() > 24 {
			return None
		}
		attr = Attr{I: [6]int{3}, Index: &Index{0, r.IntN(s.Dim[0])}}
		if op == Scatter {
			list := make(Index, s.Dim[0])
			for i := range list {
				list[i] = r.IntN(3)
			}
			attr.Index = &list
		}
	case Solve, SolveTriangular, Cholesky, LogDet: // of a matrix that is far from singular
		m := g.op(Add, g.Reshape(g.op(Tanh, a), Matrix(2, 2)), g.scale(3, g.Eye(2)))
		if op == Cholesky || op == LogDet {
			return g.op(op, m)
		}
		return g.Apply(op, Attr{I: [6]int{r.IntN(2)}}, m, g.op(Tanh, g.Reshape(pick(), Matrix(2, 2))))
	case Slice:
		attr.I[2] = 1 + r.IntN(max(s.Dim[axis], 1))
	case Pad:
		attr.I[1], attr.I[2] = 1, s.Dim[axis]+2
	case Add, Sub, Mul, Maximum, Minimum, Greater, GreaterEqual, Concat:
		if id := g.Apply(op, attr, a, pick()); g.Shape(id).Size() <= 24 {
			return id
		}
		return None
	case Where:
		return g.op(Where, g.op(Greater, a, pick()), pick(), pick())
	}
	if s.Size() > 24 {
		return None
	}
	return g.Apply(op, attr, a)
}

func floats(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// checkRandom compares three ways to compute a random graph and its gradients: optimised, as written, and by definition.
func checkRandom(t *testing.T, seed uint64, size int) {
	r := rand.New(rand.NewPCG(seed, 1))
	g, x, p, y := grow(r, size)
	dx := g.Grad(y, x)[0]
	outs := []ID{y, dx, g.Grad(g.Dot(dx, dx), x)[0], g.Grad(y, p)[0]}
	const n = 5
	in, par := floats(r, 4*n), floats(r, 4)
	run := func(p *Program) [][]float64 {
		out := [][]float64{make([]float64, n), make([]float64, 4*n), make([]float64, 4*n), make([]float64, 4)}
		p.Run(Batch{N: n, In: [][]float64{in}, Params: [][]float64{par}, Out: out})
		return out
	}
	fast, plain := run(Compile(g, outs...)), run(CompileAsWritten(g, outs...))
	h, _ := g.Optimize(outs...)
	checkShapes(t, g)
	if c, _ := g.compact(outs); h.Len() > c.Len() {
		t.Errorf("seed %d: optimised to %d nodes from %d", seed, h.Len(), c.Len())
	}
	for k := range outs[:3] {
		for s := range n {
			v := &naive{g: g, in: [][]float64{in[4*s : 4*s+4]}, params: [][]float64{par}, memo: map[ID][]float64{}}
			want := v.node(outs[k])
			for j, w := range want {
				at := s*len(want) + j
				same(t, fmt.Sprintf("seed %d, result %d, sample %d, element %d as written", seed, k, s, j), plain[k][at], w)
				same(t, fmt.Sprintf("seed %d, result %d, sample %d, element %d optimised", seed, k, s, j), fast[k][at], w)
			}
		}
	}
	for j := range par {
		same(t, fmt.Sprintf("seed %d, parameter %d", seed, j), fast[3][j], plain[3][j])
	}
}

// checkShapes: whatever a node is simplified to has its shape.
func checkShapes(t *testing.T, g *Graph) {
	t.Helper()
	all := make([]ID, g.Len())
	for i := range all {
		all[i] = ID(i)
	}
	h, moved := g.Optimize(all...)
	for i, id := range moved {
		if h.Shape(id) != g.Shape(ID(i)) {
			t.Errorf("%%%d of shape %v became %v in\n%v", i, g.Shape(ID(i)), h.Shape(id), g)
			return
		}
	}
}

func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !near(got, want, 1e-9) && !(math.IsNaN(got) && math.IsNaN(want)) && got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(300) {
		checkRandom(t, seed, 9+int(seed%30))
	}
}

func FuzzRandomGraphs(f *testing.F) {
	f.Add(uint64(1), uint8(20))
	f.Fuzz(func(t *testing.T, seed uint64, size uint8) { checkRandom(t, seed, 9+int(size%48)) })
}
