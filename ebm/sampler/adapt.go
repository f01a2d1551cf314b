package sampler

import "math"

// dualAveraging searches the step size whose mean acceptance is a target, by Nesterov's dual averaging as Hoffman and Gelman use
// it ("The No-U-Turn Sampler", JMLR 15, 2014, section 3.2, equation 6, with their constants). It sees the chains of one panel
// only, so that the result does not depend on which panels run at the same time.
type dualAveraging struct {
	target float64
	mu     float64 // the step is shrunk towards e^mu
	sum    float64 // running mean of target − acceptance
	t      float64
	logAvg float64
}

func newDualAveraging(start, target float64) dualAveraging {
	return dualAveraging{target: target, mu: math.Log(10 * start), logAvg: math.Log(start)}
}

// update takes the mean acceptance of a step and returns the next step size to try.
func (d *dualAveraging) update(accept float64) float64 {
	const gamma, t0, kappa = 0.05, 10, 0.75
	d.t++
	w := 1 / (d.t + t0)
	d.sum = (1-w)*d.sum + w*(d.target-accept)
	log := d.mu - math.Sqrt(d.t)/gamma*d.sum
	eta := math.Pow(d.t, -kappa)
	d.logAvg = eta*log + (1-eta)*d.logAvg
	return math.Exp(log)
}

// final is the step size to keep: the average, which is less noisy than the last.
func (d *dualAveraging) final() float64 { return math.Exp(d.logAvg) }

// meanAccept is the mean acceptance of a panel.
func meanAccept(info *Info) float64 {
	t := 0.0
	for _, a := range info.Accept {
		t += a
	}
	return t / float64(len(info.Accept))
}
