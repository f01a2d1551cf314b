package optim

import (
	"math"

	"joule/ebm/simd"
)

// Vectors are worked on in pieces that stay in the nearest cache from one pass to the next.
const piece = 512

type rows = simd.Rows[float64]

func vector(x []float64) rows { return rows{Data: x, Stride: len(x)} }

func scalar(v *[1]float64) rows { return rows{Data: v[:], Scalar: true} }

// A calculator passes over pieces; it keeps memory for them.
type calculator struct {
	set  *simd.Set[float64]
	a, b [piece]float64
	s    [1]float64
}

func newCalculator() *calculator { return &calculator{set: simd.Float64(simd.Best())} }

// pieces calls do for the bounds of each piece of n numbers.
func pieces(n int, do func(lo, hi int)) {
	for lo := 0; lo < n; lo += piece {
		do(lo, min(lo+piece, n))
	}
}

// by sets dst = f(x, v) for a number v.
func (c *calculator) by(f simd.Binary, dst, x []float64, v float64) {
	c.s[0] = v
	c.set.Binary(f, dst, 1, vector(x), scalar(&c.s))
}

// with sets dst = f(x, y).
func (c *calculator) with(f simd.Binary, dst, x, y []float64) {
	c.set.Binary(f, dst, 1, vector(x), vector(y))
}

// mix sets dst = v·dst + y.
func (c *calculator) mix(dst []float64, v float64, y []float64) {
	c.s[0] = v
	c.set.Ternary(simd.FMA, dst, 1, vector(dst), scalar(&c.s), vector(y))
}

// Scale multiplies a vector by a number.
func Scale(x []float64, v float64) {
	c := newCalculator()
	pieces(len(x), func(lo, hi int) { c.by(simd.Mul, x[lo:hi], x[lo:hi], v) })
}

// Norm is the Euclidean length of a gradient. It does not overflow before the length itself does.
func Norm(gradient []float64) float64 {
	c, sum := newCalculator(), 0.0
	pieces(len(gradient), func(lo, hi int) {
		g, square := gradient[lo:hi], c.a[:hi-lo]
		c.set.Unary(simd.Square, square, g)
		c.set.SumLanes(c.s[:], square, len(square), len(square))
		sum += c.s[0]
	})
	if sum > 1e-280 && sum < math.MaxFloat64 {
		return math.Sqrt(sum)
	}
	return scaledNorm(gradient)
}
