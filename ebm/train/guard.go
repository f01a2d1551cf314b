package train

import (
	"fmt"
	"math"
	"slices"
)

const (
	// keepEvery is the number of steps between the parameters that are kept to go back to.
	keepEvery = 25
	// patience is how many losses in a row may be out of range: a single bad batch is no divergence.
	patience = 3
	// far is how many times the usual deviation of the loss, beside its size, is out of range.
	far = 30
	// learning is how many steps the guard takes to know what is usual.
	learning = 20
)

// A guard tells when training has run away. It knows the running mean of the loss and of its deviation.
type guard struct {
	seen      int
	mean, dev float64
	strikes   int
	kept      [2][]float64 // parameters: the latest, and those before, which no undiscovered trouble has reached
}

// check returns why a step must not be taken; "" if all is well.
func (g *guard) check(loss, norm float64) string {
	switch {
	case math.IsNaN(loss) || math.IsInf(loss, 0):
		return fmt.Sprintf("the loss is %v", loss)
	case math.IsNaN(norm) || math.IsInf(norm, 0):
		return fmt.Sprintf("the gradient is %v", norm)
	}
	if d := math.Abs(loss - g.mean); g.seen > learning && d > far*g.dev+5*math.Abs(g.mean)+1 {
		if g.strikes++; g.strikes >= patience {
			return fmt.Sprintf("the loss is %.3g after %.3g", loss, g.mean)
		}
		return ""
	}
	g.strikes = 0
	g.observe(loss)
	return ""
}

func (g *guard) observe(loss float64) {
	g.seen++
	w := math.Max(0.02, 1/float64(g.seen))
	g.dev += w * (math.Abs(loss-g.mean) - g.dev)
	g.mean += w * (loss - g.mean)
}

// healthy keeps the parameters now and then.
func (g *guard) healthy(step int, theta []float64) {
	if g.strikes == 0 && (step+1)%keepEvery == 0 {
		g.keep(theta)
	}
}

func (g *guard) keep(theta []float64) {
	g.kept[1] = g.kept[0]
	g.kept[0] = slices.Clone(theta)
}

// restore returns the parameters to go back to, and forgets what is usual.
func (g *guard) restore() []float64 {
	old := g.kept[1]
	if old == nil {
		old = g.kept[0]
	}
	*g = guard{}
	g.keep(old)
	return slices.Clone(old)
}
