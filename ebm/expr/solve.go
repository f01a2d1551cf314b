package expr

import "math"

// Matrices are factorised sample by sample, in plain Go and float64: those of energies (covariances, mixing matrices, metrics) have
// tens of rows, not thousands, and a program in float32 gains most from the digits here.
//
// The gradients are those of Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
// (2008), sections 2.2 and 2.3, and for Cholesky of Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10. They
// are made of the same operations, and so can be differentiated again.

func squareMatrix(s Shape) string {
	if s.Rank != 2 || s.Dim[0] != s.Dim[1] {
		return "needs a square matrix, not " + s.String()
	}
	return ""
}

func factored(in []Shape, _ Attr) (Shape, string) { return in[0], squareMatrix(in[0]) }

func logDetShape(in []Shape, _ Attr) (Shape, string) { return Scalar(), squareMatrix(in[0]) }

func solved(in []Shape, _ Attr) (Shape, string) {
	a, b := in[0], in[1]
	if msg := squareMatrix(a); msg != "" {
		return b, msg
	}
	if b.Rank != 2 || b.Dim[0] != a.Dim[0] {
		return b, pair(a, b)
	}
	return b, ""
}

// solveTriangular substitutes row after row, in all lanes at once.
func solveTriangular(f *frame) {
	a, dst, n, k := f.in[0], f.dst, f.shape.Dim[0], f.size[1]/f.shape.Dim[0]
	upper := f.attr.I[0] == 1
	copy(dst, f.in[1])
	for step := range n {
		i, lo, hi := step, 0, step // the rows that are known
		if upper {
			i = n - 1 - step
			lo, hi = i+1, n
		}
		for j := range k {
			x := f.lane(dst, i*k+j)
			for p := lo; p < hi; p++ {
				subMul(x, f.lane(a, i*n+p), f.lane(dst, p*k+j))
			}
			div(x, x, f.lane(a, i*n+i))
		}
	}
}

func subMul(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] -= a[i] * b[i]
	}
}

// cholesky factorises the mean of a matrix and its transpose, so that its gradient is symmetric whatever the matrix is made of.
func cholesky(f *frame) {
	a, dst, n := f.in[0], f.dst, f.shape.Dim[0]
	clear(dst)
	for j := range n {
		for i := j; i < n; i++ {
			x, up, down := f.lane(dst, i*n+j), f.lane(a, j*n+i), f.lane(a, i*n+j)
			for l := range x {
				x[l] = 0.5 * (up[l] + down[l])
			}
			for p := range j {
				subMul(x, f.lane(dst, i*n+p), f.lane(dst, j*n+p))
			}
			if i == j {
				for l, v := range x {
					if v > 0 {
						x[l] = math.Sqrt(v)
					} else {
						x[l] = math.NaN() // not positive definite
					}
				}
				continue
			}
			div(x, x, f.lane(dst, j*n+j))
		}
	}
}

// An elimination is a matrix as a product of a permutation, a unit lower and an upper triangular one.
type elimination struct {
	n     int
	from  []float64 // the matrix itself, row by row
	lu    []float64
	pivot []int
	x     []float64 // of substitute
	done  bool
}

// eliminate factorises the matrix of a lane, unless it is the one of the lane before: matrices are often the same for all samples.
func (f *frame) eliminate(lane int) *elimination {
	n := f.shape.Dim[0]
	if f.lu == nil {
		f.lu = &elimination{n: n, from: make([]float64, n*n), lu: make([]float64, n*n), pivot: make([]int, n), x: make([]float64, n)}
	}
	e := f.lu
	same := e.done
	for i := range e.from {
		v := f.in[0][i*f.lanes+lane]
		same = same && v == e.from[i]
		e.from[i] = v
	}
	if !same {
		e.factorise()
		e.done = true
	}
	return e
}

func (e *elimination) factorise() {
	n, lu := e.n, e.lu
	copy(lu, e.from)
	for j := range n {
		best := j
		for i := j + 1; i < n; i++ {
			if math.Abs(lu[i*n+j]) > math.Abs(lu[best*n+j]) {
				best = i
			}
		}
		e.pivot[j] = best
		if best != j {
			for k := range n {
				lu[j*n+k], lu[best*n+k] = lu[best*n+k], lu[j*n+k]
			}
		}
		top := lu[j*n : j*n+n]
		if top[j] == 0 {
			continue // singular: what is divided by it tells
		}
		for i := j + 1; i < n; i++ {
			row := lu[i*n : i*n+n]
			row[j] /= top[j]
			subScaled(row[j+1:], row[j], top[j+1:])
		}
	}
}

func subScaled(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] -= s * a[i]
	}
}

// substitute solves for e.x in place.
func (e *elimination) substitute() {
	n, x := e.n, e.x
	for j, p := range e.pivot {
		x[j], x[p] = x[p], x[j]
	}
	for i := range n {
		for p := range i {
			x[i] -= e.lu[i*n+p] * x[p]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for p := i + 1; p < n; p++ {
			x[i] -= e.lu[i*n+p] * x[p]
		}
		x[i] /= e.lu[i*n+i]
	}
}

func solve(f *frame) {
	k := f.size[1] / f.shape.Dim[0]
	for l := range f.lanes {
		e := f.eliminate(l)
		for j := range k {
			for i := range e.x {
				e.x[i] = f.in[1][(i*k+j)*f.lanes+l]
			}
			e.substitute()
			for i, v := range e.x {
				f.dst[(i*k+j)*f.lanes+l] = v
			}
		}
	}
}

func logDet(f *frame) {
	for l := range f.lanes {
		e, sum := f.eliminate(l), 0.0
		for i := range e.n {
			sum += math.Log(math.Abs(e.lu[i*e.n+i]))
		}
		f.dst[l] = sum
	}
}

// triangle is a constant that keeps the lower or upper triangle of a matrix, and the diagonal times d.
func (g *Graph) triangle(n int, upper bool, d float64) ID {
	data := make([]float64, n*n)
	for i := range n {
		for j := range n {
			switch {
			case i == j:
				data[i*n+j] = d
			case (j > i) == upper:
				data[i*n+j] = 1
			}
		}
	}
	return g.Const(Matrix(n, n), data)
}

// Eye is the identity matrix.
func (g *Graph) Eye(n int) ID {
	data := make([]float64, n*n)
	for i := range n {
		data[i*n+i] = 1
	}
	return g.Const(Matrix(n, n), data)
}

// outer is a·bᵀ.
func (g *Graph) outer(a, b ID) ID { return g.Apply(MatMul, Attr{I: [6]int{0, 1}}, a, b) }

// For X = A⁻¹B: dB = A⁻ᵀ·dX and dA = −dB·Xᵀ.
func vjpSolve(g *Graph, n Node, out, ct ID) []ID {
	db := g.op(Solve, g.op(Transpose, n.In[0]), ct)
	return []ID{g.op(Neg, g.outer(db, out)), db}
}

func vjpSolveTriangular(g *Graph, n Node, out, ct ID) []ID {
	upper := n.Attr.I[0]
	db := g.Apply(SolveTriangular, Attr{I: [6]int{1 - upper}}, g.op(Transpose, n.In[0]), ct)
	da := g.op(Mul, g.triangle(g.Shape(n.In[0]).Dim[0], upper == 1, 1), g.outer(db, out))
	return []ID{g.op(Neg, da), db}
}

// dA is the symmetric part of L⁻ᵀ·Φ(Lᵀ·dL)·L⁻¹, where Φ keeps the lower triangle and half of the diagonal.
func vjpCholesky(g *Graph, n Node, out, ct ID) []ID {
	size := g.Shape(out).Dim[0]
	phi := g.op(Mul, g.triangle(size, false, 0.5), g.Apply(MatMul, Attr{I: [6]int{1, 0}}, out, ct))
	transposed := g.op(Transpose, out)
	left := func(a ID) ID { return g.Apply(SolveTriangular, Attr{I: [6]int{1}}, transposed, a) } // L⁻ᵀ·a
	s := left(g.op(Transpose, left(phi)))
	return []ID{g.scale(0.5, g.op(Add, s, g.op(Transpose, s)))}
}

// d log|det A| = A⁻ᵀ.
func vjpLogDet(g *Graph, n Node, _, ct ID) []ID {
	a := n.In[0]
	return []ID{g.op(Mul, ct, g.op(Solve, g.op(Transpose, a), g.Eye(g.Shape(a).Dim[0])))}
}

// column lets do work on a vector as on a matrix of one column.
func (g *Graph) column(b ID, do func(b ID) ID) ID {
	if s := g.Shape(b); s.Rank == 1 {
		return g.Flat(do(g.Reshape(b, Matrix(s.Dim[0], 1))))
	}
	return do(b)
}

// Solve is A⁻¹b of a vector or a matrix b.
func (g *Graph) Solve(a, b ID) ID {
	return g.column(b, func(b ID) ID { return g.op(Solve, a, b) })
}

// SolveTriangular is Solve for a matrix of which only one triangle counts.
func (g *Graph) SolveTriangular(a, b ID, upper bool) ID {
	attr := Attr{}
	if upper {
		attr.I[0] = 1
	}
	return g.column(b, func(b ID) ID { return g.Apply(SolveTriangular, attr, a, b) })
}
