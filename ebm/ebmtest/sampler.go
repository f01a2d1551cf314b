package ebmtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"joule/ebm"
	"joule/ebm/diag"
	"joule/ebm/sampler"
)

// A Target says how hard to look at a sampler. The zero value is right for one that is exact and made for distributions of size
// 1.
type Target struct {
	Chains int // 0 means 1024
	Draws  int // per chain; 0 means 400
	Warmup int // 0 means 400
	Thin   int // 0 means 1
	Seed   int
	// Variance is the variance that the sampler gives a normal distribution of the given variance, for one that is biased in a
	// known way. nil: the right one.
	Variance func(variance float64) float64
	// Float64 asks for double precision, as sampler.Schedule has it.
	Float64 bool
}

func (o Target) schedule() sampler.Schedule {
	or := func(n, other int) int {
		if n == 0 {
			return other
		}
		return n
	}
	return sampler.Schedule{
		Chains: or(o.Chains, 1024), Draws: or(o.Draws, 400), Warmup: or(o.Warmup, 400), Thin: o.Thin, Seed: o.Seed, Float64: o.Float64,
	}
}

// means and sds are the independent normal coordinates that a sampler has to find.
func means() []float64 { return []float64{1, -0.5, 0} }
func sds() []float64   { return []float64{1, 0.7, 1.3} }

func gaussian() *ebm.Model {
	return ebm.Define(len(means()), func(x ebm.Tensor) ebm.Tensor { return x.Sub(means()).Div(sds()).Square().Sum().Div(2) })
}

// CheckSampler checks a sampler on a normal distribution of known moments:
//
//   - mean and variance of each coordinate, within five standard errors (from the effective sample size);
//   - the distribution of the last draws of all chains, which are independent, by Kolmogorov and Smirnov at 0.001;
//   - agreement of the chains: R-hat below 1.05;
//   - the same draws for the same seed, others for another;
//   - no divergence, and acceptance probabilities between 0 and 1.
func CheckSampler(s sampler.Sampler, o Target) error {
	c := &samplerCheck{o: o, run: sampler.Sample(context.Background(), gaussian(), s, o.schedule())}
	for j := range means() {
		c.coordinate(j)
	}
	c.seeds(s)
	if c.run.Diverged != 0 {
		c.report("%d steps diverged on a normal distribution", c.run.Diverged)
	}
	if a := c.run.Accept; !(a >= 0 && a <= 1) {
		c.report("the mean acceptance is %v", a)
	}
	return errors.Join(c.errs...)
}

type samplerCheck struct {
	o    Target
	run  *sampler.Run
	errs []error
}

func (c *samplerCheck) report(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("ebmtest: "+format, args...))
}

func (c *samplerCheck) coordinate(j int) {
	mean, variance := means()[j], sds()[j]*sds()[j]
	if c.o.Variance != nil {
		variance = c.o.Variance(variance)
	}
	chains := c.run.Draws.Coordinate(j)
	c.moment(j, "mean", chains, mean, func(v float64) float64 { return v })
	c.moment(j, "variance", chains, variance, func(v float64) float64 { return (v - mean) * (v - mean) })
	if r := diag.RankRHat(chains); !(r < 1.05) {
		c.report("coordinate %d: R-hat %v", j, r)
	}
	if d := kolmogorov(last(chains), mean, math.Sqrt(variance)); d > 1.95 {
		c.report("coordinate %d: the Kolmogorov–Smirnov distance of the last draws is %.2f/√n, the limit 1.95", j, d)
	}
}

// moment compares the mean of a function of the draws with its expectation.
func (c *samplerCheck) moment(j int, name string, chains [][]float64, want float64, f func(v float64) float64) {
	var n, sum, squares float64
	mapped := make([][]float64, len(chains))
	for i, x := range chains {
		for _, v := range x {
			w := f(v)
			mapped[i] = append(mapped[i], w)
			n, sum, squares = n+1, sum+w, squares+w*w
		}
	}
	got := sum / n
	se := math.Sqrt((squares/n - got*got) / diag.ESS(mapped))
	if !(math.Abs(got-want) <= 5*se) {
		c.report("coordinate %d: %s %.4f, want %.4f, with a standard error of %.4f", j, name, got, want, se)
	}
}

func last(chains [][]float64) []float64 {
	v := make([]float64, len(chains))
	for i, c := range chains {
		v[i] = c[len(c)-1]
	}
	return v
}

// kolmogorov returns √n times the largest distance between the distribution of x and the normal one.
func kolmogorov(x []float64, mean, sd float64) float64 {
	slices.Sort(x)
	n, worst := float64(len(x)), 0.0
	for i, v := range x {
		p := 0.5 * math.Erfc((mean-v)/sd/math.Sqrt2)
		worst = max(worst, p-float64(i)/n, float64(i+1)/n-p)
	}
	return worst * math.Sqrt(n)
}

func (c *samplerCheck) seeds(s sampler.Sampler) {
	short := sampler.Schedule{Chains: 70, Draws: 20, Warmup: 20, Thin: c.o.Thin, Seed: c.o.Seed}
	draw := func() []float64 { return sampler.Sample(context.Background(), gaussian(), s, short).Draws.Data }
	first := draw()
	if !slices.Equal(first, draw()) {
		c.report("the same seed gives other draws")
	}
	short.Seed++
	if slices.Equal(first, draw()) {
		c.report("another seed gives the same draws")
	}
}
