package loss_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"joule/ebm"
	"joule/ebm/data"
	"joule/ebm/discrete"
	"joule/ebm/ebmtest"
	"joule/ebm/loss"
	"joule/ebm/nn"
	"joule/ebm/optim"
	"joule/ebm/sampler"
)

// Every loss of continuous data learns a normal distribution; DSM learns it with the noise on top: a = 1/(v + σ²).
func TestLossesLearnANormalDistribution(t *testing.T) {
	for name, c := range map[string]struct {
		l loss.Loss
		o ebmtest.LossTarget
	}{
		"DSM":        {loss.DSM{Sigma: 0.5}, ebmtest.LossTarget{Variance: func(v float64) float64 { return v + 0.25 }}},
		"DSM, fine":  {loss.DSM{Sigma: 0.1}, ebmtest.LossTarget{Variance: func(v float64) float64 { return v + 0.01 }}},
		"SM":         {loss.SM{}, ebmtest.LossTarget{Tol: 0.02}},
		"SSM":        {loss.SSM{}, ebmtest.LossTarget{}},
		"NCE":        {loss.NCE{Ratio: 2}, ebmtest.LossTarget{}},
		"CD":         {loss.CD{K: 20, By: sampler.MALA{Step: 0.3}}, ebmtest.LossTarget{}},
		"CD, HMC":    {loss.CD{K: 5, By: sampler.HMC{Step: 0.3}}, ebmtest.LossTarget{}},
		"PCD":        {loss.PCD{K: 5, By: sampler.MALA{Step: 0.3}}, ebmtest.LossTarget{Tol: 0.15}},
		"ML, a grid": {loss.ML{States: grid(), Cell: 0.05}, ebmtest.LossTarget{Tol: 0.02}},
	} {
		c.o.Steps = 600
		if err := ebmtest.CheckLoss(c.l, c.o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func grid() [][]float64 {
	var rows [][]float64
	for x := -6.0; x < 8; x += 0.05 {
		rows = append(rows, []float64{x})
	}
	return rows
}

// The control: denoising score matching with the noise pointing the other way, and contrastive divergence upside down, must fail,
// and learn a hill.
func TestWrongSignsFail(t *testing.T) {
	for name, l := range map[string]loss.Loss{
		"DSM": loss.Func(func(e ebm.Energy, x, noise ebm.Tensor) ebm.Tensor {
			moved := x.Add(noise.Mul(0.5))
			return ebm.Grad(e.Energy(moved), moved).Mul(0.5).Add(noise).Square().Sum().Div(2)
		}),
		"CD": loss.Func(func(e ebm.Energy, x, noise ebm.Tensor) ebm.Tensor { return e.Energy(noise.Add(1)).Sub(e.Energy(x)) }),
	} {
		err := ebmtest.CheckLoss(l, ebmtest.LossTarget{Steps: 300})
		if err == nil || !strings.Contains(err.Error(), "the precision is learned as") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The closed form: on data of variance 1 the energy a·x²/2 is learned with a = 1/(1 + σ²); the loss is quadratic in
// a, so two evaluations of its gradient give the minimum.
func TestDSMClosedForm(t *testing.T) {
	x := make([]float64, 200000)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i] = r.NormFloat64()
	}
	for _, sigma := range []float64{0.3, 1, 2} {
		m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return x.Square().Mul(p.Value("a", 0)).Div(2) })
		o := loss.DSM{Sigma: sigma}.Prepare(loss.Setup{Model: m, Batch: len(x), Seed: 1})
		g := make([]float64, 1)
		o.Gradient(g, x, 0)
		at0 := g[0]
		m.Params().Set("a", 1)
		o.Gradient(g, x, 0)
		if a := -at0 / (g[0] - at0); math.Abs(a-1/(1+sigma*sigma)) > 0.02 {
			t.Errorf("σ = %v: a = %v, want %v", sigma, a, 1/(1+sigma*sigma))
		}
	}
}

// Score matching of a normal energy ½(x−m)ᵀA(x−m) has its minimum at the inverse of the sample covariance, exactly.
func TestSMFindsThePrecision(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	var rows []float64
	var cov [2][2]float64
	const n = 500
	for range n {
		u, v := r.NormFloat64(), r.NormFloat64()
		rows = append(rows, u, 0.8*u+0.5*v)
	}
	mean := [2]float64{}
	for i := range n {
		mean[0] += rows[2*i] / n
		mean[1] += rows[2*i+1] / n
	}
	for i := range n {
		for a := range 2 {
			for b := range 2 {
				cov[a][b] += (rows[2*i+a] - mean[a]) * (rows[2*i+b] - mean[b]) / n
			}
		}
	}
	det := cov[0][0]*cov[1][1] - cov[0][1]*cov[1][0]
	m := ebm.DefineModel(2, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
		d := x.Sub(p.Bias("m", 2))
		a := p.Value("A", [][]float64{{1, 0}, {0, 1}})
		return d.MatMul(a.Add(a.Transpose()).Div(2)).Dot(d).Div(2)
	})
	minimize(t, loss.SM{}.Prepare(loss.Setup{Model: m}), rows)
	a := m.Params().Get("A")
	for i, want := range []float64{cov[1][1] / det, -cov[0][1] / det, cov[0][0] / det} {
		if got := []float64{a[0], (a[1] + a[2]) / 2, a[3]}[i]; math.Abs(got-want) > 1e-5 {
			t.Errorf("precision %v, want %v", got, want)
		}
	}
	if c := m.Params().Get("m"); math.Abs(c[0]-mean[0]) > 1e-5 || math.Abs(c[1]-mean[1]) > 1e-5 {
		t.Errorf("mean %v, want %v", c, mean)
	}
}

// minimize brings a loss without noise to its minimum over all of the data.
func minimize(t *testing.T, o loss.Objective, rows []float64) {
	t.Helper()
	f := func(theta, gradient []float64) float64 {
		o.Params().SetTheta(theta)
		return o.Gradient(gradient, rows, 0)
	}
	theta, _, err := optim.LBFGS{Tol: 1e-9}.Minimize(context.Background(), f, o.Params().Theta())
	if err != nil {
		t.Error(err)
	}
	o.Params().SetTheta(theta)
}

func flat(rows [][]float64) (x []float64) {
	for _, r := range rows {
		x = append(x, r...)
	}
	return x
}

// Gradients in the parameters against central differences, for every loss whose value is a function of them.
func TestGradients(t *testing.T) {
	net := func() *ebm.Model { return nn.MLP{In: 2, Hidden: []int{5}, Act: "tanh", Seed: 1, Confine: 0.3}.New() }
	moons := data.TwoMoons(20, 0.1, 1)
	bits := func() *ebm.Model { return discrete.RBM{Visible: 4, Hidden: 3, Seed: 1, Scale: 0.5}.New() }
	states := discrete.Enumerate(bits()).States
	for name, c := range map[string]struct {
		l    loss.Loss
		m    *ebm.Model
		rows [][]float64
	}{
		"DSM": {loss.DSM{Sigma: 0.3}, net(), moons}, "SM": {loss.SM{}, net(), moons}, "SSM": {loss.SSM{}, net(), moons},
		"NCE": {loss.NCE{Ratio: 3}, net(), moons}, "ML": {loss.ML{States: data.TwoMoons(50, 1, 2), Cell: 0.1}, net(), moons},
		"PL": {loss.PseudoLikelihood{}, bits(), states[3:9]}, "ratio": {loss.RatioMatching{}, bits(), states[3:9]},
		"MPF": {loss.MPF{}, bits(), states[3:9]}, "ML of bits": {loss.ML{States: states}, bits(), states[3:9]},
	} {
		o := c.l.Prepare(loss.Setup{Model: c.m, Data: c.rows, Batch: len(c.rows), Seed: 3})
		x, theta := flat(c.rows), o.Params().Theta()
		grad := make([]float64, len(theta))
		v := o.Gradient(grad, x, 7)
		if again := o.Gradient(nil, x, 7); again != v {
			t.Errorf("%s: the same step gives %v, then %v", name, v, again)
		}
		for k := range theta {
			at := func(d float64) float64 {
				moved := append([]float64(nil), theta...)
				moved[k] += d
				o.Params().SetTheta(moved)
				return o.Gradient(nil, x, 7)
			}
			const h = 1e-4
			fd := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
			if math.Abs(fd-grad[k]) > 1e-7*(1+math.Abs(fd)) {
				t.Errorf("%s: parameter %d: %v, differences %v", name, k, grad[k], fd)
			}
		}
	}
}

// The mean of sliced score matching over directions is score matching.
func TestSSMIsSMInTheMean(t *testing.T) {
	m := nn.MLP{In: 3, Hidden: []int{6}, Act: "softplus", Seed: 2, Confine: 1}.New()
	x := []float64{0.3, -1, 0.5, 1, 1, -0.2}
	want := loss.SM{}.Prepare(loss.Setup{Model: m}).Gradient(nil, x, 0)
	o := loss.SSM{}.Prepare(loss.Setup{Model: m, Seed: 1})
	var sum, squares float64
	const n = 4000
	for k := range n {
		v := o.Gradient(nil, x, k)
		sum, squares = sum+v/n, squares+v*v/n
	}
	if se := math.Sqrt((squares - sum*sum) / n); math.Abs(sum-want) > 4*se || se > 0.1 {
		t.Errorf("%v ± %v, want %v", sum, se, want)
	}
}

// spins is a Boltzmann machine with couplings of a size, and its data.
func spins(n int, size float64) (m *ebm.Model, ising *discrete.Ising) {
	m = discrete.Boltzmann{Spins: n}.New()
	r := rand.New(rand.NewPCG(5, 5))
	j, h := m.Params().Get("J"), m.Params().Get("h")
	for i := range j {
		j[i] = size * r.NormFloat64()
	}
	for i := range h {
		h[i] = size * r.NormFloat64()
	}
	m.Params().Set("J", j)
	m.Params().Set("h", h)
	return m, discrete.Boltzmann{Spins: n}.Ising(m)
}

// The gradient of ML is 𝔼_data − 𝔼_model of ∇E by sums over all states.
func TestMLGradientIsEnumeration(t *testing.T) {
	m, _ := spins(5, 0.4)
	tab := discrete.Enumerate(m)
	rows := tab.States[3:11]
	o := loss.ML{States: tab.States}.Prepare(loss.Setup{Model: m})
	grad := make([]float64, m.Params().Len())
	if v := o.Gradient(grad, flat(rows), 0); math.Abs(v+tab.MeanLogLikelihood(rows)) > 1e-12 {
		t.Errorf("loss %v, want %v", v, -tab.MeanLogLikelihood(rows))
	}
	for k, want := range exactGradient(m, tab, rows) {
		if math.Abs(grad[k]-want) > 1e-12 {
			t.Errorf("parameter %d: %v, want %v", k, grad[k], want)
		}
	}
}

func exactGradient(m *ebm.Model, tab *discrete.Table, rows [][]float64) []float64 {
	g := make([]float64, m.Params().Len())
	for _, x := range rows {
		for k, v := range m.ParamGradient(x...) {
			g[k] += v / float64(len(rows))
		}
	}
	for i, x := range tab.States {
		for k, v := range m.ParamGradient(x...) {
			g[k] -= tab.P[i] * v
		}
	}
	return g
}

// With many steps the gradients of CD and PCD are those of the likelihood in the mean; the control is CD-1, which is biased.
func TestCDGradientIsEnumeration(t *testing.T) {
	m := discrete.RBM{Visible: 4, Hidden: 3, Seed: 1, Scale: 1}.New()
	tab := discrete.Enumerate(m)
	rows := [][]float64{{1, 1, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 1}, {1, 0, 0, 0}}
	var batch [][]float64
	for range 128 {
		batch = append(batch, rows...)
	}
	want := exactGradient(m, tab, rows)
	for name, c := range map[string]struct {
		l    loss.Loss
		good bool
	}{
		"CD-30": {loss.CD{K: 30, By: sampler.Gibbs{}}, true},
		"PCD":   {loss.PCD{K: 20, By: sampler.Gibbs{}, Buffer: 1024}, true},
		"CD-1":  {loss.CD{K: 1, By: sampler.Gibbs{}}, false},
	} {
		o := c.l.Prepare(loss.Setup{Model: m, Data: rows, Batch: len(batch), Seed: 1})
		const n = 60
		mean, squares, g := make([]float64, len(want)), make([]float64, len(want)), make([]float64, len(want))
		for step := range n {
			o.Gradient(g, flat(batch), step)
			for k, v := range g {
				mean[k], squares[k] = mean[k]+v/n, squares[k]+v*v/n
			}
		}
		worst := 0.0
		for k := range want {
			se := math.Sqrt((squares[k] - mean[k]*mean[k]) / n)
			worst = math.Max(worst, math.Abs(mean[k]-want[k])/se)
		}
		if good := worst < 4.5; good != c.good {
			t.Errorf("%s: a gradient is %.1f standard errors from the enumerated one", name, worst)
		}
	}
}

// The couplings of a spin glass are recovered from samples of it, by each of the losses without Z.
func TestCouplingsAreRecovered(t *testing.T) {
	const n = 8
	truth, ising := spins(n, 0.3)
	run := sampler.Sample(t.Context(), ising, sampler.Gibbs{}, sampler.Schedule{Chains: 1000, Draws: 20, Thin: 5, Warmup: 50, Seed: 1})
	rows := flat(run.Samples())
	for name, l := range map[string]loss.Loss{
		"pseudo-likelihood": loss.PseudoLikelihood{}, "ratio matching": loss.RatioMatching{}, "MPF": loss.MPF{},
	} {
		m := discrete.Boltzmann{Spins: n}.New()
		minimize(t, l.Prepare(loss.Setup{Model: m, Data: run.Samples()[:100]}), rows)
		got, want, sum, count := m.Params().Get("J"), truth.Params().Get("J"), 0.0, 0.0
		for i := range n {
			for k := i + 1; k < n; k++ {
				d := got[i*n+k] - want[i*n+k]
				sum, count = sum+d*d, count+1
			}
		}
		if rms := math.Sqrt(sum / count); !(rms < 0.02) {
			t.Errorf("%s: the couplings are wrong by %.4f", name, rms)
		}
	}
}

// NCE learns log Z: for the energy x²/2 it is log √2π = 0.918939.
func TestNCELearnsLogZ(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	rows := make([][]float64, 20000)
	for i := range rows {
		rows[i] = []float64{r.NormFloat64()}
	}
	m := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Div(2) })
	o := loss.NCE{Ratio: 4, Spread: 1.3}.Prepare(loss.Setup{Model: m, Data: rows, Seed: 1})
	minimize(t, o, flat(rows))
	if c := o.Params().Get("c")[0]; math.Abs(c-0.918939) > 0.01 {
		t.Errorf("c = %v, want 0.918939", c)
	}
}

// PCD with few chains begun anew: the fraction is kept, and a chain that has left the numbers is replaced.
func TestLangevinClipsAndIsRepeatable(t *testing.T) {
	m := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Mul(100).Sum() })
	x := []float64{0, 5}
	loss.Langevin{Step: 0.1, Noise: -1, Clip: 2}.Walker(m, 1)(x, 3)
	if math.Abs(x[0]+0.6) > 1e-6 || math.Abs(x[1]-4.4) > 1e-6 {
		t.Errorf("%v, want −0.6 and 4.4", x)
	}
}

func TestMisuse(t *testing.T) {
	m := nn.MLP{In: 2, Hidden: []int{3}}.New()
	rbm := discrete.RBM{Visible: 2, Hidden: 2}.New()
	s := loss.Setup{Model: m, Data: data.TwoMoons(10, 0.1, 1), Batch: 10}
	for name, do := range map[string]func(){
		"negative σ":        func() { loss.DSM{Sigma: -1}.Prepare(s) },
		"no formula":        func() { loss.Func(nil).Prepare(s) },
		"negative K":        func() { loss.CD{K: -1}.Prepare(s) },
		"small buffer":      func() { loss.PCD{Buffer: 5}.Prepare(s) },
		"reinit":            func() { loss.PCD{Reinit: 2}.Prepare(s) },
		"not bits":          func() { loss.MPF{}.Prepare(s) },
		"no states":         func() { loss.ML{}.Prepare(s) },
		"width of states":   func() { loss.ML{States: [][]float64{{1}}}.Prepare(s) },
		"Gibbs on a net":    func() { loss.CD{By: sampler.Gibbs{}}.Prepare(s).Gradient(nil, []float64{1, 2}, 0) },
		"Langevin on bits":  func() { loss.CD{}.Prepare(loss.Setup{Model: rbm}) },
		"negative Langevin": func() { loss.CD{By: loss.Langevin{Step: -1}}.Prepare(s) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok {
					t.Errorf("%s: %v, want a panic with an error", name, err)
				}
			}()
			do()
		}()
	}
}
