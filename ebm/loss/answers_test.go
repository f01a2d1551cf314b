package loss_test

import (
	"math"
	"testing"

	"joule/ebm"
	"joule/ebm/infer"
	"joule/ebm/loss"
	"joule/ebm/optim"
	"joule/ebm/train"
)

// table is an energy of three answers 0, 1, 2, one parameter each, whatever x is.
func table(e ...float64) *ebm.ModelXY {
	return ebm.DefineModelXY(1, 1, 1, func(p *ebm.Params, x, y ebm.Tensor) ebm.Tensor {
		sum := p.Value("E", e).Mul(0).Sum().Add(x.Mul(0).Sum())
		v := p.Value("V", e)
		for k := range e {
			sum = sum.Add(ebm.Where(y.Sub(k).Abs().Less(0.5), v.Col(k), 0).Sum())
		}
		return sum
	})
}

// Table 1 of the tutorial at the energies (1, 1.5, 0.7), the first right; β = 2; computed by hand from the formulas.
func TestTableOfLosses(t *testing.T) {
	for _, c := range []struct {
		of   loss.Ranking
		want float64
	}{
		{loss.EnergyLoss{}, 1}, {loss.Perceptron{}, 0.3}, {loss.Hinge{}, 1.3}, {loss.LogLoss{}, 0.854355}, {loss.LVQ2{}, 0.3},
		{loss.MCE{}, 0.574443}, {loss.SquareSquare{}, 1.09}, {loss.SquareExp{}, 1.496585}, {loss.NLL{Beta: 2}, 0.580010},
		{loss.MEE{Beta: 2}, 0.686520},
	} {
		l := loss.Answers{Y: [][]float64{{0}, {1}, {2}}, Of: c.of}
		o := l.Prepare(loss.Setup{Model: table(1, 1.5, 0.7).Joint()})
		if got := o.Gradient(nil, []float64{9, 0}, 0); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%T: %v, want %v", c.of, got, c.want)
		}
	}
	// With two answers and β = 1 the likelihood is the log loss, and the error is the smoothed number of errors.
	for _, c := range [][2]loss.Ranking{{loss.NLL{}, loss.LogLoss{}}, {loss.MEE{}, loss.MCE{}}} {
		v := [2]float64{}
		for i, of := range c {
			o := loss.Answers{Y: [][]float64{{0}, {1}}, Of: of}.Prepare(loss.Setup{Model: table(1, 1.5).Joint()})
			v[i] = o.Gradient(nil, []float64{0, 0}, 0)
		}
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%T is %v, %T %v", c[0], v[0], c[1], v[1])
		}
	}
}

// Implicit regression of y = x² ± 0.05 with two weights, E = (w x² − v y)²: the losses with a margin learn to tell the right answer from
// the others, and prediction finds it; the energy loss is content with w = v = 0, where everything has the energy 0.
func TestCollapse(t *testing.T) {
	var rows, answers [][]float64
	for k := range 21 {
		x := -1 + float64(k)/10
		rows = append(rows, []float64{x, x*x + 0.05}, []float64{x, x*x - 0.05}) // no weights fit both, but 0 and 0
		answers = append(answers, []float64{float64(k) / 20})
	}
	for name, c := range map[string]struct {
		of       loss.Ranking
		collapse bool
	}{"energy": {loss.EnergyLoss{}, true}, "hinge": {loss.Hinge{Margin: 0.1}, false}, "NLL": {loss.NLL{}, false}} {
		e := ebm.DefineModelXY(1, 1, 1, func(p *ebm.Params, x, y ebm.Tensor) ebm.Tensor {
			return x.Square().Mul(p.Value("w", 0.3)).Sub(y.Mul(p.Value("v", 0.5))).Square()
		})
		train.Fit(t.Context(), e.Joint(), rows, train.Config{
			Loss: loss.Answers{Y: answers, Of: c.of, Apart: 0.2}, Opt: optim.Adam{LR: 0.05}, Steps: 1000,
		})
		gap := e.At([]float64{0.5}, []float64{1}) - e.At([]float64{0.5}, []float64{0.25})
		y, _ := infer.Argmin(t.Context(), e, []float64{0.5}, infer.Exhaustive{Candidates: answers})
		if collapsed := gap < 0.01; collapsed != c.collapse {
			t.Errorf("%s: the gap between a wrong answer and the right one is %v", name, gap)
		}
		if !c.collapse && math.Abs(y[0]-0.25) > 0.1 {
			t.Errorf("%s: the prediction is %v, want 0.25", name, y)
		}
	}
}
