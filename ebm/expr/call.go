package expr

import (
	"math"
	"sync"
)

// A Host is a plain Go function in a graph: of a vector, with one number as its value. Its gradient is taken by finite differences, and
// the gradient of that is none.
type Host struct {
	F  func(x []float64) float64
	mu sync.Mutex
}

// Hosted says that the program calls a plain Go function. Such a program runs on the goroutine of its caller only, because the function
// may be one that is interpreted there.
func (p *Program) Hosted() bool {
	for _, code := range p.code {
		for _, in := range code {
			if in.op == Call || in.op == CallGradient {
				return true
			}
		}
	}
	return false
}

func called(in []Shape, a Attr) (Shape, string) {
	if a.Host == nil || a.Host.F == nil {
		return Shape{}, "no function (nil)"
	}
	if in[0].Rank != 1 {
		return Shape{}, "needs a vector, not " + in[0].String()
	}
	return Scalar(), ""
}

func calledGradient(in []Shape, a Attr) (Shape, string) {
	_, msg := called(in, a)
	return in[0], msg
}

// eachLane calls do with the vector of each lane.
func (f *frame) eachLane(do func(l int, x []float64)) {
	x := make([]float64, f.size[0])
	f.attr.Host.mu.Lock()
	defer f.attr.Host.mu.Unlock()
	for l := range f.lanes {
		for j := range x {
			x[j] = f.in[0][j*f.lanes+l]
		}
		do(l, x)
	}
}

func call(f *frame) {
	f.eachLane(func(l int, x []float64) { f.dst[l] = f.attr.Host.F(x) })
}

// callGradient takes central differences, with the step that balances rounding and curvature.
func callGradient(f *frame) {
	scale := math.Cbrt(0x1p-52)
	f.eachLane(func(l int, x []float64) {
		for j, v := range x {
			h := scale * math.Max(1, math.Abs(v))
			up, down := v+h, v-h
			x[j] = up
			e := f.attr.Host.F(x)
			x[j] = down
			e -= f.attr.Host.F(x)
			x[j] = v
			f.dst[j*f.lanes+l] = e / (up - down)
		}
	})
}

func vjpCall(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.op(Mul, ct, g.Apply(CallGradient, n.Attr, n.In[0]))}
}
