package loss

import (
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// contrastive is CD by Langevin dynamics in single precision. The first step of the chains is from the data, where the gradient in the
// parameters is computed, too: both share the way through the network, which saves a step.
type contrastive struct {
	model    *ebm.Model
	walk     *langevin
	k        int
	batch    []float64 // of the last Gradient
	negative []float64 // where its chains have gone

	x, slope []float32 // the points, and the gradient there
	up, down []float32 // the gradients in the parameters at the data and where the chains have gone
	wide     [2][1024]float64
	share    [1]float64
}

// langevinOf returns the walk of a walker that is Langevin.
func langevinOf(by Walker) (l Langevin, ok bool) {
	if by == nil {
		return Langevin{}, true
	}
	l, ok = by.(Langevin)
	return l, ok
}

// Params are those of the model.
func (c *contrastive) Params() *ebm.Params { return c.model.Params() }

// Gradient computes the mean over a batch.
func (c *contrastive) Gradient(gradient, batch []float64, _ int) float64 {
	n := len(batch) / c.model.Dim()
	if n == 0 {
		clear(gradient)
		return 0
	}
	c.batch = batch
	c.negative = append(c.negative[:0], batch...)
	if len(c.x) != len(batch) || len(c.up) != len(gradient) {
		c.x, c.slope = make([]float32, len(batch)), make([]float32, len(batch))
		c.up, c.down = make([]float32, len(gradient)), make([]float32, len(gradient))
	}
	up, down := c.up, c.down
	if gradient == nil {
		up, down = nil, nil
	}
	simd.Narrow(c.x, batch)
	loss := float64(c.model.EvalAll32(nil, c.slope, up, c.x))
	c.walk.move(c.negative, c.slope, c.k)
	simd.Narrow(c.x, c.negative)
	loss -= float64(c.model.EvalParams32(down, c.x))
	c.mean(gradient, n)
	return loss / float64(n)
}

// mean sets gradient to the difference of the two gradients, for a sample.
func (c *contrastive) mean(gradient []float64, n int) {
	set := simd.Float64(simd.Best())
	c.share[0] = 1 / float64(n)
	each := simd.Rows[float64]{Data: c.share[:], Scalar: true}
	piece := len(c.wide[0]) // stays in the nearest cache from one pass to the other
	for lo := 0; lo < len(gradient); lo += piece {
		part := gradient[lo:min(lo+piece, len(gradient))]
		up, down := c.wide[0][:len(part)], c.wide[1][:len(part)]
		simd.Widen(up, c.up[lo:lo+len(part)])
		simd.Widen(down, c.down[lo:lo+len(part)])
		row := func(x []float64) simd.Rows[float64] { return simd.Rows[float64]{Data: x, Stride: len(x)} }
		set.Binary(simd.Sub, part, 1, row(up), row(down))
		set.Binary(simd.Mul, part, 1, row(part), each)
	}
}

// Trouble says which operation first made what is not finite, for the batch of the last Gradient; "" if there is none.
func (c *contrastive) Trouble() string {
	dim := c.model.Dim()
	for _, z := range [][]float64{c.batch, c.negative} {
		e := make([]float64, len(z)/dim)
		c.model.Eval(e, nil, z)
		for i, v := range e {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return c.model.Trouble(z[i*dim : (i+1)*dim]...)
			}
		}
	}
	return ""
}
