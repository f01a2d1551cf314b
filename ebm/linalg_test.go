package ebm_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"joule/ebm"
)

// The energy of a Gaussian by its Cholesky factor, and by a solution and a determinant, is −log of gonum's density up to the constant,
// and its gradient is Σ⁻¹x.
func TestGaussianByFactors(t *testing.T) {
	cov := [][]float64{{2, 0.5, -0.3}, {0.5, 1, 0.2}, {-0.3, 0.2, 0.7}}
	sym := mat.NewSymDense(3, nil)
	for i := range 3 {
		for j := range 3 {
			sym.SetSym(i, j, cov[i][j])
		}
	}
	normal, ok := distmv.NewNormal(make([]float64, 3), sym, nil)
	if !ok {
		t.Fatal("not positive definite")
	}
	x := []float64{0.3, -1.2, 0.9}
	var grad mat.VecDense
	if err := grad.SolveVec(sym, mat.NewVecDense(3, x)); err != nil {
		t.Fatal(err)
	}
	want := -normal.LogProb(x) - 1.5*math.Log(2*math.Pi)
	for name, f := range map[string]func(s, x ebm.Tensor) ebm.Tensor{
		"Cholesky": func(s, x ebm.Tensor) ebm.Tensor {
			l := s.Cholesky()
			return l.SolveLower(x).Square().Sum().Div(2).Add(l.Diag().Log().Sum())
		},
		"Solve": func(s, x ebm.Tensor) ebm.Tensor { return x.Dot(s.Solve(x)).Add(s.LogDet()).Div(2) },
		"SolveUpper": func(s, x ebm.Tensor) ebm.Tensor {
			l := s.Cholesky()
			return x.Dot(l.Transpose().SolveUpper(l.SolveLower(x))).Add(s.LogDet()).Div(2)
		},
	} {
		for how, m := range map[string]*ebm.Model{
			"constant":  ebm.Define(3, func(x ebm.Tensor) ebm.Tensor { return f(ebm.Const(cov), x) }),
			"parameter": ebm.DefineModel(3, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return f(p.Value("cov", cov), x) }),
		} {
			if got := m.At(x...); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s of a %s: %v, want %v", name, how, got, want)
			}
			for i, got := range m.Gradient(x...) {
				if math.Abs(got-grad.AtVec(i)) > 1e-12 {
					t.Errorf("%s of a %s: gradient %d is %v, want %v", name, how, i, got, grad.AtVec(i))
				}
			}
		}
	}
}

// Values of operations that are made of others, against their definitions.
func TestComposedOperations(t *testing.T) {
	rows := func(x ebm.Tensor) ebm.Tensor { return x.Reshape(2, 3) }
	for _, c := range []struct {
		name string
		f    func(x ebm.Tensor) ebm.Tensor
		want []float64
	}{
		{"Prod", func(x ebm.Tensor) ebm.Tensor { return x.Prod() }, []float64{-720}},
		{"ProdAxis 0", func(x ebm.Tensor) ebm.Tensor { return rows(x).ProdAxis(0) }, []float64{4, 10, -18}},
		{"ProdAxis 1", func(x ebm.Tensor) ebm.Tensor { return rows(x).ProdAxis(1) }, []float64{-6, 120}},
		{"MeanAxis", func(x ebm.Tensor) ebm.Tensor { return rows(x).MeanAxis(1) }, []float64{0, 5}},
		{"MaxAxis", func(x ebm.Tensor) ebm.Tensor { return rows(x).MaxAxis(1) }, []float64{2, 6}},
		{"MinAxis", func(x ebm.Tensor) ebm.Tensor { return rows(x).MinAxis(0) }, []float64{1, 2, -3}},
		{"NormAxis", func(x ebm.Tensor) ebm.Tensor { return rows(x).NormAxis(0) }, []float64{math.Sqrt(17), math.Sqrt(29), math.Sqrt(45)}},
		{"ArgMax", func(x ebm.Tensor) ebm.Tensor { return rows(x).ArgMax() }, []float64{0, 1, 0, 0, 0, 1}},
		{"ArgMin", func(x ebm.Tensor) ebm.Tensor { return rows(x).ArgMin() }, []float64{0, 0, 1, 1, 0, 0}},
		{"Shrink", func(x ebm.Tensor) ebm.Tensor { return x.Shrink(1.5) }, []float64{0, 0.5, -1.5, 2.5, 3.5, 4.5}},
		{"LeakyReLU", func(x ebm.Tensor) ebm.Tensor { return x.LeakyReLU(0.5) }, []float64{1, 2, -1.5, 4, 5, 6}},
		{"Roll", func(x ebm.Tensor) ebm.Tensor { return x.Roll(2, 0) }, []float64{5, 6, 1, 2, -3, 4}},
		{"Roll back along columns", func(x ebm.Tensor) ebm.Tensor { return rows(x).Roll(-1, 1) }, []float64{2, -3, 1, 5, 6, 4}},
		{"Roll all the way", func(x ebm.Tensor) ebm.Tensor { return rows(x).Roll(4, 0) }, []float64{1, 2, -3, 4, 5, 6}},
		{"Pad", func(x ebm.Tensor) ebm.Tensor { return rows(x).Pad(1, 0, 1) }, []float64{0, 1, 2, -3, 0, 4, 5, 6}},
		{"Gather", func(x ebm.Tensor) ebm.Tensor { return x.Gather([]int{5, 0, 5}) }, []float64{6, 1, 6}},
		{"Gather of rows", func(x ebm.Tensor) ebm.Tensor { return rows(x).Gather([]int{1, 1}) }, []float64{4, 5, 6, 4, 5, 6}},
		{"Diag of a vector", func(x ebm.Tensor) ebm.Tensor { return x.Slice(0, 2).Diag() }, []float64{1, 0, 0, 2}},
		{"OneHot", func(x ebm.Tensor) ebm.Tensor { return x.Col(1).OneHot(4) }, []float64{0, 0, 1, 0}},
		{"OneHot outside", func(x ebm.Tensor) ebm.Tensor { return x.Col(5).OneHot(4) }, []float64{0, 0, 0, 0}},
		{"OneHot between", func(x ebm.Tensor) ebm.Tensor { return x.Col(0).Div(2).OneHot(2) }, []float64{0, 0}},
		{"OneHot of no number", func(x ebm.Tensor) ebm.Tensor { return x.Neg().Sqrt().Col(0).OneHot(2) }, []float64{0, 0}},
		{"ConvTranspose", func(x ebm.Tensor) ebm.Tensor {
			return x.Slice(0, 2).Reshape(1, 1, 2).ConvTranspose([][]float64{{1, 10, 100, 1000}}, 2, 1, 0)
		}, []float64{1, 12, 20, 100, 1200, 2000}},
	} {
		for i, want := range c.want {
			m := ebm.Define(6, func(x ebm.Tensor) ebm.Tensor {
				y := c.f(x)
				if y.Width() != len(c.want) {
					t.Fatalf("%s: %v", c.name, y)
				}
				return y.Reshape(len(c.want)).Col(i)
			})
			if got := m.At(1, 2, -3, 4, 5, 6); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: element %d is %v, want %v", c.name, i, got, want)
			}
		}
	}
}

// A row of a table that is chosen by a class is an embedding, and can be learned.
func TestEmbedding(t *testing.T) {
	m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
		return x.Col(0).OneHot(3).MatMul(p.Value("table", [][]float64{{1, 2}, {3, 4}, {5, 6}})).Dot([]float64{1, 10})
	})
	if a, b := m.At(0), m.At(2); a != 21 || b != 65 {
		t.Errorf("%v and %v", a, b)
	}
}

// The energy (x − z)² with z among −1 and 1, in closed form.
func TestLatentsOverFewValues(t *testing.T) {
	square := func(x ebm.Tensor) func(z ebm.Tensor) ebm.Tensor {
		return func(z ebm.Tensor) ebm.Tensor { return x.Sub(z).Square().Sum() }
	}
	z := []float64{-1, 1}
	at := func(e func(x ebm.Tensor) ebm.Tensor, x float64) (float64, float64) {
		m := ebm.Define(1, e)
		return m.At(x), m.Gradient(x)[0]
	}
	const x = 0.3
	low, high := (x-1)*(x-1), (x+1)*(x+1)
	if e, g := at(func(x ebm.Tensor) ebm.Tensor { return ebm.MinOver(z, square(x)) }, x); math.Abs(e-low) > 1e-15 || math.Abs(g-2*(x-1)) > 1e-15 {
		t.Errorf("MinOver: %v, gradient %v", e, g)
	}
	last := math.Inf(1)
	for _, beta := range []float64{1e-6, 0.5, 2, 20} {
		want := -math.Log((math.Exp(-beta*low)+math.Exp(-beta*high))/2) / beta
		p := 1 / (1 + math.Exp(-beta*(high-low))) // of z = 1
		slope := p*2*(x-1) + (1-p)*2*(x+1)
		e, g := at(func(x ebm.Tensor) ebm.Tensor { return ebm.FreeOver(beta, z, square(x)) }, x)
		if math.Abs(e-want) > 1e-9 || math.Abs(g-slope) > 1e-9 {
			t.Errorf("FreeOver at β = %v: %v and %v, want %v and %v", beta, e, g, want, slope)
		}
		if e > last || e < low {
			t.Errorf("FreeOver does not fall to the minimum: %v, then %v", last, e)
		}
		last = e
	}
	// Rows are vectors.
	two := func(x ebm.Tensor) ebm.Tensor { return ebm.MinOver([][]float64{{0, 0}, {2, 1}}, square(x)) }
	if got := ebm.Define(2, two).At(2, 2); got != 1 {
		t.Errorf("candidates that are rows: %v", got)
	}
}

func TestMisuseOfLatents(t *testing.T) {
	one := func(z ebm.Tensor) ebm.Tensor { return z }
	for _, c := range []struct {
		want string
		do   func(x ebm.Tensor) ebm.Tensor
	}{
		{"ebm: MinOver: no function (nil)", func(x ebm.Tensor) ebm.Tensor { return ebm.MinOver([]float64{1}, nil) }},
		{"ebm: MinOver: needs candidates as numbers or rows, not scalar", func(x ebm.Tensor) ebm.Tensor { return ebm.MinOver(3, one) }},
		{"ebm: MinOver: the energy of a candidate is one number, not width 2", func(x ebm.Tensor) ebm.Tensor {
			return ebm.MinOver([]float64{1}, func(z ebm.Tensor) ebm.Tensor { return x })
		}},
		{"ebm: FreeOver: the inverse temperature 0 is not positive", func(x ebm.Tensor) ebm.Tensor { return ebm.FreeOver(0, []float64{1}, one) }},
		{"ebm: FreeOver: the inverse temperature is one number, not width 2", func(x ebm.Tensor) ebm.Tensor { return ebm.FreeOver(x, []float64{1}, one) }},
		{"ebm: OneHot: width 2 among 3", func(x ebm.Tensor) ebm.Tensor { return x.OneHot(3) }},
		{"ebm: Roll: no axis 1 in width 2", func(x ebm.Tensor) ebm.Tensor { return x.Roll(1, 1) }},
	} {
		func() {
			defer func() {
				if e, ok := recover().(error); !ok || !strings.HasPrefix(e.Error(), c.want) {
					t.Errorf("%v, want %s", e, c.want)
				}
			}()
			ebm.Define(2, c.do)
			t.Errorf("no panic; want %s", c.want)
		}()
	}
}
