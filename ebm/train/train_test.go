package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"joule/ebm"
	"joule/ebm/data"
	"joule/ebm/discrete"
	"joule/ebm/loss"
	"joule/ebm/nn"
	"joule/ebm/optim"
	"joule/ebm/sampler"
)

func network(seed int) *ebm.Model {
	return nn.MLP{In: 2, Hidden: []int{24, 24}, Act: "silu", Seed: seed}.New()
}

// The cell of the contract, smaller: after training the moons are low, and what is off them is higher.
func TestFit(t *testing.T) {
	net := network(1)
	hist := Fit(t.Context(), net, data.TwoMoons(1000, 0.1, 0), Config{
		Loss: loss.DSM{Sigma: 0.2}, Opt: optim.Adam{LR: 5e-3}, Steps: 600, Batch: 128,
	})
	if hist.Err != nil || len(hist.Loss) != 600 || len(hist.Norm) != 600 || len(hist.Rollbacks) != 0 || hist.Rate != 1 {
		t.Fatalf("%v", hist)
	}
	if !(hist.Final() < hist.Loss[0]) {
		t.Errorf("the loss does not fall: %v", hist)
	}
	mean := func(rows [][]float64) (m float64) {
		for _, e := range net.Energies(rows) {
			m += e / float64(len(rows))
		}
		return m
	}
	on := mean(data.TwoMoons(300, 0.1, 1))
	off := mean([][]float64{{0.5, -1.5}, {0.5, 2}, {-2, 0}, {3, 0}, {0, 0}, {1, 0.5}})
	if !(on < off-1) {
		t.Errorf("energy %v on the moons, %v off them", on, off)
	}
	if !slices.Equal(net.Params().Theta(), hist.Params.Theta()) {
		t.Error("the network does not have the trained parameters")
	}
}

func TestSameSeedSameParameters(t *testing.T) {
	fit := func(seed int) []float64 {
		net := network(1)
		Fit(t.Context(), net, data.TwoMoons(200, 0.1, 0), Config{Loss: loss.PCD{K: 2}, Steps: 15, Batch: 100, Seed: seed})
		return net.Params().Theta()
	}
	if !slices.Equal(fit(1), fit(1)) || slices.Equal(fit(1), fit(2)) {
		t.Error("the seed does not decide the result")
	}
}

// A machine learns the 30 patterns of bars and stripes: the exact mean log-likelihood, of at most −3.40, against that of knowing
// nothing, −11.1, and CD-1 as the control that learns less.
func TestRBM(t *testing.T) {
	rows := data.BarsAndStripes(4)
	learn := func(l loss.Loss, steps int) float64 {
		m := discrete.RBM{Visible: 16, Hidden: 16, Seed: 1, Scale: 0.1}.New()
		hist := Fit(t.Context(), m, slices.Repeat(rows, 4), Config{
			Loss: l, Opt: optim.Adam{LR: 0.02}, Steps: steps, Schedule: optim.Cosine{Floor: 0.05}, Seed: 1,
		})
		if hist.Err != nil || len(hist.Rollbacks) > 0 {
			t.Errorf("%v", hist)
		}
		return discrete.Enumerate(m).MeanLogLikelihood(rows)
	}
	pcd, cd := learn(loss.PCD{K: 5, By: sampler.Gibbs{}, Buffer: 240, Reinit: -1}, 2500), learn(loss.CD{By: sampler.Gibbs{}}, 2500)
	t.Logf("log-likelihood %.2f by PCD-5, %.2f by CD-1", pcd, cd)
	if pcd < -4.2 || cd > pcd {
		t.Errorf("log-likelihood %.2f by PCD-5, want −4.2; %.2f by CD-1", pcd, cd)
	}
}

// sick is a loss that goes wrong: at some steps, or where the parameters have gone.
type sick struct {
	at    func(step int, theta float64) float64 // added to the loss
	reset *int
}

func (s sick) Prepare(loss.Setup) loss.Objective {
	m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return p.Value("a", 1).Mul(x.Sum()) })
	return &patient{s, m.Params()}
}

type patient struct {
	sick
	p *ebm.Params
}

func (o *patient) Params() *ebm.Params { return o.p }
func (o *patient) Reset()              { *o.reset++ }
func (o *patient) Gradient(g, _ []float64, step int) float64 {
	theta := o.p.Get("a")[0]
	g[0] = theta
	return theta*theta/2 + o.at(step, theta)
}

func TestGuard(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name    string
		at      func(step int, theta float64) float64
		opt     optim.Optimizer
		backs   int
		gaveUp  bool
		because string
	}{
		{"all well", func(int, float64) float64 { return 0 }, optim.SGD{LR: 0.1}, 0, false, ""},
		{"one NaN", func(step int, _ float64) float64 {
			if step == 60 {
				return nan
			}
			return 0
		}, optim.SGD{LR: 0.1}, 1, false, "the loss is NaN"},
		{"one bad batch", func(step int, _ float64) float64 {
			if step == 60 {
				return 1e6
			}
			return 0
		}, optim.SGD{LR: 0.1}, 0, false, ""},
		{"a jump that stays", func(step int, _ float64) float64 {
			if step >= 60 && step < 80 {
				return 1e4
			}
			return 0
		}, optim.SGD{LR: 0.1}, 1, false, "after"},
		{"a rate that is too high", func(int, float64) float64 { return 0 }, optim.SGD{LR: 3}, 1, false, "after"},
		{"always NaN", func(int, float64) float64 { return nan }, optim.SGD{LR: 0.1}, maxRollbacks + 1, true, "NaN"},
	} {
		resets := 0
		m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return p.Value("b", 1).Mul(x.Sum()) })
		h := Fit(t.Context(), m, [][]float64{{1}}, Config{Loss: sick{c.at, &resets}, Opt: c.opt, Steps: 200})
		if len(h.Rollbacks) != c.backs || resets != c.backs || (h.Err != nil) != c.gaveUp {
			t.Errorf("%s: %v, %d resets", c.name, h, resets)
		}
		if want := math.Pow(0.5, float64(c.backs)); h.Rate != want {
			t.Errorf("%s: rate %v, want %v", c.name, h.Rate, want)
		}
		if c.backs > 0 && !strings.Contains(h.Rollbacks[0].Why, c.because) || c.backs > 0 && !strings.Contains(h.String(), "went back") {
			t.Errorf("%s: it says %q", c.name, h.String())
		}
		if theta := h.Params.Get("a")[0]; !c.gaveUp && !(math.Abs(theta) < 0.01) {
			t.Errorf("%s: a = %v at the end, want 0", c.name, theta)
		}
	}
}

// watcher records what it is shown.
type watcher struct {
	views   int
	flushed bool
	cancel  func()
}

func (w *watcher) Update(view any) {
	w.views++
	if _, ok := view.(*History); !ok {
		panic("not a History")
	}
	if w.cancel != nil {
		w.cancel()
	}
}
func (w *watcher) Flush() { w.flushed = true }

func TestWatch(t *testing.T) {
	w := &watcher{}
	h := Fit(t.Context(), network(1), data.TwoMoons(50, 0.1, 0), Config{Loss: loss.DSM{}, Steps: 5, Watch: w})
	if w.views < 1 || !w.flushed || h.Err != nil {
		t.Errorf("%d views, flushed: %v, %v", w.views, w.flushed, h)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w = &watcher{cancel: cancel}
	h = Fit(ctx, network(1), data.TwoMoons(50, 0.1, 0), Config{Loss: loss.DSM{}, Steps: 1e6, Watch: w})
	if h.Err != context.Canceled || len(h.Loss) == 0 || !w.flushed || !strings.Contains(h.String(), "stopped: context canceled") {
		t.Errorf("cancelled: %v", h)
	}
}

func TestBatchesCoverTheData(t *testing.T) {
	var rows [][]float64
	for i := range 10 {
		rows = append(rows, []float64{float64(i)})
	}
	b := newBatches(rows, 5, 1)
	var orders [][]float64
	for range 3 {
		order := append(slices.Clone(b.next()), b.next()...)
		orders = append(orders, slices.Clone(order))
		slices.Sort(order)
		for i, v := range order {
			if v != float64(i) {
				t.Fatalf("an epoch of %v", order)
			}
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Error("two epochs in the same order")
	}
}

func TestHistory(t *testing.T) {
	h := &History{steps: 100}
	if h.HTML() == "" || !math.IsNaN(h.Final()) || strings.Contains(h.HTML(), "<svg") {
		t.Errorf("an empty history: %q", h.HTML())
	}
	for i := range 100 {
		h.Loss = append(h.Loss, 5-float64(i)/50)
	}
	h.Loss[50] = math.NaN()
	h.Rollbacks = []Rollback{{Step: 50, Why: "<b>", Rate: 0.5}}
	if s := h.HTML(); !strings.Contains(s, "polyline") || strings.Contains(s, "NaN") || strings.Contains(s, "<b>") || !strings.Contains(s, "100 steps") {
		t.Error(s)
	}
	if got := h.Final(); math.Abs(got-(5-94.5/50)) > 1e-12 {
		t.Errorf("final %v", got)
	}
}

func TestMisuse(t *testing.T) {
	rows := data.TwoMoons(10, 0.1, 1)
	for name, do := range map[string]func(){
		"no data":       func() { Fit(t.Context(), network(1), nil, Config{Loss: loss.DSM{}}) },
		"no loss":       func() { Fit(t.Context(), network(1), rows, Config{}) },
		"no parameters": func() { Fit(t.Context(), ebm.Define(2, ebm.Tensor.Sum), rows, Config{Loss: loss.DSM{}}) },
		"width":         func() { Fit(t.Context(), network(1), [][]float64{{1, 2, 3}}, Config{Loss: loss.DSM{}}) },
		"ragged":        func() { Fit(t.Context(), network(1), [][]float64{{1, 2}, {1}}, Config{Loss: loss.DSM{}}) },
		"steps":         func() { Fit(t.Context(), network(1), rows, Config{Loss: loss.DSM{}, Steps: -1}) },
		"no energy":     func() { Fit(t.Context(), nil, rows, Config{Loss: loss.DSM{}}) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !strings.HasPrefix(err.Error(), "train: ") {
					t.Errorf("%s: %v", name, err)
				}
			}()
			do()
		}()
	}
}

// A loss that is no number names the operation that made it so.
func TestTroubleIsNamed(t *testing.T) {
	m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return x.Log().Mul(p.Value("a", 1)).Sum() })
	energy := loss.Func(func(e ebm.Energy, x, _ ebm.Tensor) ebm.Tensor { return e.Energy(x) })
	h := Fit(t.Context(), m, [][]float64{{-2}}, Config{Loss: energy, Steps: 50})
	if h.Err == nil || !strings.Contains(h.Err.Error(), "Log gives NaN") {
		t.Errorf("%v", h.Err)
	}
}
