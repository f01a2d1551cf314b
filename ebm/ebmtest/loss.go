package ebmtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"joule/ebm"
	"joule/ebm/loss"
	"joule/ebm/optim"
	"joule/ebm/simd"
	"joule/ebm/train"
)

// A LossTarget says what a loss should learn. The zero value is right for one that is exact for normal distributions.
type LossTarget struct {
	Steps int // 0 means 1000
	Seed  int
	// Variance is the variance of the distribution that the loss learns from data of the given variance, for one that is biased
	// in a known way: variance + σ² for denoising score matching. nil: that of the data.
	Variance func(variance float64) float64
	// Tol is the relative error that is allowed; 0 means 0.1.
	Tol float64
}

// normalModel is the energy a(x − m)²/2, with a and m to be learned from wrong values.
func normalModel() *ebm.Model {
	return ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
		return x.Sub(p.Value("m", 0)).Square().Mul(p.Value("a", 1)).Div(2)
	})
}

// normalData are rows with mean 1 and standard deviation 0.7, exactly.
func normalData(n int) [][]float64 {
	x := make([]float64, n)
	simd.Source{Seed: 1, Stream: 0x301}.Normals(x, 0, 0)
	mean, sd := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(n)
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(n)
	}
	sd = math.Sqrt(sd)
	rows := make([][]float64, n)
	for i, v := range x {
		rows[i] = []float64{1 + 0.7*(v-mean)/sd}
	}
	return rows
}

// CheckLoss checks a loss by what it learns: the mean and the variance of normal data, starting from wrong ones. A wrong sign
// learns a hill where the data are, and fails by far. It also checks that the same seed gives the same parameters, that gradients
// are finite, and that the parameters of the model are among those of the loss.
func CheckLoss(l loss.Loss, o LossTarget) error {
	c := &lossCheck{l: l, o: o}
	variance := 0.49
	if o.Variance != nil {
		variance = o.Variance(variance)
	}
	if o.Tol == 0 {
		c.o.Tol = 0.1
	}
	m, hist := c.fit(c.o.Steps)
	if hist.Err != nil || len(hist.Rollbacks) > 0 {
		c.report("training failed: %v", hist)
	}
	if got := m.Params().Get("m")[0]; !(math.Abs(got-1) < c.o.Tol) {
		c.report("the mean is learned as %.3f, it is 1", got)
	}
	if got := m.Params().Get("a")[0] * variance; !(math.Abs(got-1) < c.o.Tol) {
		c.report("the precision is learned as %.3f, it should be %.3f", got/variance, 1/variance)
	}
	for _, name := range m.Params().Names() {
		if !slices.Contains(hist.Params.Names(), name) {
			c.report("the parameter %q of the model is none of the loss", name)
		}
	}
	a, _ := c.fit(20)
	if b, _ := c.fit(20); !slices.Equal(a.Params().Theta(), b.Params().Theta()) {
		c.report("the same seed gives other parameters")
	}
	return errors.Join(c.errs...)
}

type lossCheck struct {
	l    loss.Loss
	o    LossTarget
	errs []error
}

func (c *lossCheck) report(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("ebmtest: "+format, args...))
}

func (c *lossCheck) fit(steps int) (*ebm.Model, *train.History) {
	m := normalModel()
	hist := train.Fit(context.Background(), m, normalData(2000), train.Config{
		Loss: c.l, Opt: optim.Adam{LR: 0.02}, Steps: steps, Batch: 500, Seed: c.o.Seed, Schedule: optim.Cosine{},
	})
	return m, hist
}
