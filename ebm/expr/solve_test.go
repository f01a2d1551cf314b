package expr

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// factors are probes of what is done with whole matrices; each is nonlinear in its input, for the second derivatives.
func factors() []probe {
	// regular is far from singular: its diagonal is 3 more than what else there is.
	regular := func(g *Graph, x ID, lo int) ID {
		a := g.op(Sin, g.Apply(Slice, Attr{I: [6]int{0, lo, lo + 9}}, x))
		return g.op(Add, matrix(g, a, 3, 3), g.scale(3, g.Eye(3)))
	}
	right := func(g *Graph, x ID) ID { return matrix(g, g.Apply(Slice, Attr{I: [6]int{0, 9, 15}}, x), 3, 2) }
	fixed := []float64{2, -1, 0.5, 0.3, 3, 1, -0.7, 0.2, 2.5}
	return []probe{
		{"Solve", 15, func(g *Graph, x ID) ID { return weighted(g, g.op(Solve, regular(g, x, 0), right(g, x))) }, nil, Solve},
		{"Solve of a constant matrix", 3, func(g *Graph, x ID) ID {
			return weighted(g, g.op(Square, g.Solve(g.Const(Matrix(3, 3), fixed), x)))
		}, nil, Solve},
		{"SolveTriangular, lower", 15, func(g *Graph, x ID) ID {
			return weighted(g, g.SolveTriangular(regular(g, x, 0), right(g, x), false))
		}, nil, SolveTriangular},
		{"SolveTriangular, upper", 12, func(g *Graph, x ID) ID {
			return weighted(g, g.SolveTriangular(regular(g, x, 0), g.Apply(Slice, Attr{I: [6]int{0, 9, 12}}, x), true))
		}, nil, SolveTriangular},
		{"Cholesky", 9, func(g *Graph, x ID) ID { return weighted(g, g.op(Cholesky, regular(g, x, 0))) }, nil, Cholesky},
		{"LogDet", 9, func(g *Graph, x ID) ID { return g.op(LogDet, regular(g, x, 0)) }, nil, LogDet},
		{"LogDet of a negative determinant", 9, func(g *Graph, x ID) ID {
			return g.op(LogDet, g.Gather(regular(g, x, 0), []int{1, 0, 2}))
		}, nil, LogDet},
		{"Prod", 5, func(g *Graph, x ID) ID { return g.Prod(x, 0) }, nil, Mul},
		{"Prod of columns", 6, func(g *Graph, x ID) ID { return weighted(g, g.Prod(matrix(g, x, 3, 2), 0)) }, nil, Mul},
		{"Prod where elements are 0", 4, func(g *Graph, x ID) ID { return g.Prod(x, 0) }, func(i int) float64 { return float64(i / 2) }, Mul},
		{"Gather", 4, func(g *Graph, x ID) ID { return weighted(g, g.op(Sin, g.Gather(x, []int{3, 0, 0, 2}))) }, nil, Gather},
		{"Gather of rows", 6, func(g *Graph, x ID) ID {
			return weighted(g, g.op(Square, g.Gather(matrix(g, x, 3, 2), []int{2, 2, 0})))
		}, nil, Gather},
		{"Scatter", 6, func(g *Graph, x ID) ID {
			return weighted(g, g.op(Square, g.Apply(Scatter, Attr{I: [6]int{4}, Index: &Index{1, 3, 1}}, matrix(g, x, 3, 2))))
		}, nil, Scatter},
		{"Diag", 9, func(g *Graph, x ID) ID {
			return weighted(g, g.op(Square, g.Diag(g.op(Sin, g.Diag(matrix(g, x, 3, 3))))))
		}, nil, Gather},
		{"ConvTranspose", 20, func(g *Graph, x ID) ID {
			image, w := g.Apply(Slice, Attr{I: [6]int{0, 0, 12}}, x), g.Apply(Slice, Attr{I: [6]int{0, 12, 20}}, x)
			return weighted(g, g.op(Sin, g.ConvTranspose(g.Reshape(image, Image(2, 2, 3)), matrix(g, w, 2, 4), 2, 2, 2, 1)))
		}, nil, Fold},
	}
}

// What solves and factors is compared with gonum, on several samples at once, where the matrix is of the sample and where it is the same
// for all, in both precisions.
func TestFactorsAgainstGonum(t *testing.T) {
	const samples = 37
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 5, 12} {
		for _, shared := range []bool{false, true} {
			as, bs := make([]float64, samples*n*n), make([]float64, samples*n*2)
			for i := range as {
				as[i] = r.NormFloat64()
				if shared && i >= n*n {
					as[i] = as[i-n*n]
				}
			}
			for i := range bs {
				bs[i] = r.NormFloat64()
			}
			g := New()
			b := g.Input(0, Matrix(n, 2))
			a := g.Const(Matrix(n, n), as[:n*n])
			in := [][]float64{bs}
			if !shared {
				a = g.Input(1, Matrix(n, n))
				in = append(in, as)
			}
			spd := g.op(Add, g.outer(a, a), g.Eye(n))
			outs := []ID{g.op(Solve, a, b), g.op(LogDet, a), g.op(Cholesky, spd), g.SolveTriangular(a, b, false), g.SolveTriangular(a, b, true)}
			for _, single := range []bool{false, true} {
				got := make([][]float64, len(outs))
				for i, o := range outs {
					got[i] = make([]float64, samples*g.Shape(o).Size())
				}
				p := Compile(g, outs...)
				if single {
					run32(p, samples, in, got)
				} else {
					p.Run(Batch{N: samples, In: in, Out: got})
				}
				for s := range samples {
					want := factorsByGonum(as[s*n*n:(s+1)*n*n], bs[s*n*2:(s+1)*n*2], n)
					for i := range outs {
						size := len(want[i])
						compareFactors(t, outsNames[i], n, single, got[i][s*size:(s+1)*size], want[i])
					}
				}
			}
		}
	}
}

// run32 runs a program in float32.
func run32(p *Program, n int, in, out [][]float64) {
	in32, out32 := make([][]float32, len(in)), make([][]float32, len(out))
	for i, v := range in {
		in32[i] = make([]float32, len(v))
		convert(in32[i], v)
	}
	for i, v := range out {
		out32[i] = make([]float32, len(v))
	}
	p.Run32(Batch32{N: n, In: in32, Out: out32})
	for i, v := range out32 {
		convert(out[i], v)
	}
}

var outsNames = []string{"Solve", "LogDet", "Cholesky", "SolveTriangular lower", "SolveTriangular upper"}

// compareFactors takes the largest element as the scale: a solution of a badly conditioned matrix is large.
func compareFactors(t *testing.T, name string, n int, single bool, got, want []float64) {
	t.Helper()
	scale, worst, tol := 1.0, 0.0, 1e-9
	if single {
		tol = 1e-2 // the condition of random matrices times what a float32 is off
	}
	for i := range want {
		scale, worst = math.Max(scale, math.Abs(want[i])), math.Max(worst, math.Abs(got[i]-want[i]))
	}
	if !(worst <= tol*scale*scale) {
		t.Errorf("%s of %d rows (float32: %v): %v, want %v", name, n, single, got, want)
	}
}

func factorsByGonum(a, b []float64, n int) [][]float64 {
	am, bm := mat.NewDense(n, n, a), mat.NewDense(n, 2, b)
	var x, spd mat.Dense
	if err := x.Solve(am, bm); err != nil {
		if _, ok := err.(mat.Condition); !ok {
			panic(err)
		}
	}
	det, _ := mat.LogDet(am)
	spd.Mul(am, am.T())
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range n {
			sym.SetSym(i, j, spd.At(i, j))
		}
		sym.SetSym(i, i, sym.At(i, i)+1)
	}
	var c mat.Cholesky
	if !c.Factorize(sym) {
		panic("not positive definite")
	}
	var l mat.TriDense
	c.LTo(&l)
	var lower, upper mat.Dense
	solveTriangle(&lower, mat.NewTriDense(n, mat.Lower, a), bm)
	solveTriangle(&upper, mat.NewTriDense(n, mat.Upper, a), bm)
	return [][]float64{x.RawMatrix().Data, {det}, mat.DenseCopyOf(&l).RawMatrix().Data, lower.RawMatrix().Data, upper.RawMatrix().Data}
}

func solveTriangle(dst *mat.Dense, a *mat.TriDense, b *mat.Dense) {
	var inverse mat.TriDense
	_ = inverse.InverseTri(a) // says how badly conditioned it is
	dst.Mul(&inverse, b)
}

// What has no solution is not a number, or infinite, and never a wrong number.
func TestFactorsOfSingularMatrices(t *testing.T) {
	g := New()
	a := g.Const(Matrix(2, 2), []float64{1, 2, 2, 4})
	b := g.Const(Vector(2), []float64{1, 1})
	indefinite := g.Const(Matrix(2, 2), []float64{1, 2, 2, 1})
	for _, c := range []struct {
		name string
		id   ID
		bad  func(v []float64) bool
	}{
		{"Solve", g.Solve(a, b), func(v []float64) bool { return math.IsInf(v[0], 0) || math.IsNaN(v[0]) }},
		{"LogDet", g.op(LogDet, a), func(v []float64) bool { return math.IsInf(v[0], -1) }},
		{"Cholesky", g.op(Cholesky, indefinite), func(v []float64) bool { return v[0] == 1 && v[1] == 0 && v[2] == 2 && math.IsNaN(v[3]) }},
		{"SolveTriangular", g.SolveTriangular(g.Const(Matrix(2, 2), []float64{0, 9, 1, 1}), b, false),
			func(v []float64) bool { return math.IsInf(v[0], 1) }},
	} {
		if v := value(Compile(g, c.id), nil, g.Shape(c.id).Size()); !c.bad(v) {
			t.Errorf("%s: %v", c.name, v)
		}
	}
}

// Misuse is reported by the operation, with the shapes.
func TestFactorErrors(t *testing.T) {
	for _, c := range []struct {
		want string
		do   func(g *Graph, v, m ID)
	}{
		{"ebm: Solve: needs a square matrix, not 2×3", func(g *Graph, v, m ID) { g.Solve(m, v) }},
		{"ebm: Solve: 2×2 and 3×1", func(g *Graph, v, m ID) { g.Solve(g.Eye(2), v) }},
		{"ebm: Cholesky: needs a square matrix, not width 3", func(g *Graph, v, m ID) { g.op(Cholesky, v) }},
		{"ebm: Gather: no 3 in 3", func(g *Graph, v, m ID) { g.Gather(v, []int{0, 3}) }},
		{"ebm: Gather: no indices", func(g *Graph, v, m ID) { g.Gather(v, nil) }},
		{"ebm: Gather: a scalar has no elements to choose from", func(g *Graph, v, m ID) { g.Gather(g.Number(1), []int{0}) }},
		{"ebm: Diag: needs a vector or a square matrix, not 2×3", func(g *Graph, v, m ID) { g.Diag(m) }},
		{"ebm: Prod: no axis 1 in width 3", func(g *Graph, v, m ID) { g.Prod(v, 1) }},
		{"ebm: ConvTranspose: needs an image of channels, rows and columns, not 2×3", func(g *Graph, v, m ID) { g.ConvTranspose(m, m, 1, 1, 1, 0) }},
		{"ebm: ConvTranspose: filters of 2×3 for 2×2, of 1×2×3", func(g *Graph, v, m ID) {
			g.ConvTranspose(g.Reshape(m, Image(1, 2, 3)), m, 2, 2, 1, 0)
		}},
	} {
		func() {
			defer func() {
				if e, ok := recover().(*Error); !ok || e.Error() != c.want {
					t.Errorf("%v, want %s", e, c.want)
				}
			}()
			g := New()
			c.do(g, g.Input(0, Vector(3)), g.Input(1, Matrix(2, 3)))
		}()
	}
}
