package sampler

import (
	"math"

	"joule/ebm"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// ulaLoop is a step of ULA: of x, its gradient, noise and h. The step is taken where the energy and the gradient there are numbers.
func ulaLoop(m *ebm.Model) *ebm.Loop {
	d := m.Dim()
	return m.Loop("sampler.ULA", func() *ebm.Loop {
		return ebm.NewLoop([]int{d, d, d, 1}, []int{0, 1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
			x, g, xi, h := in[0], in[1], in[2], in[3]
			y := x.Sub(g.Mul(h)).Add(xi.Mul(h.Mul(2).Sqrt()))
			e := m.Energy(y)
			gy := ebm.Grad(e, y)
			sound := gy.Sum().Add(e).Mul(0).Less(1) // 0 for what is not finite
			return []ebm.Tensor{ebm.Where(sound, y, x), ebm.Where(sound, gy, g), sound}
		})
	})
}

type singleULA struct {
	single
	m *expr.Machine32
}

func newSingleULA(p ULA, m *ebm.Model, lanes int) *singleULA {
	checkStep("ULA", p.Step)
	k := &singleULA{single: newSingleOf(m, lanes, p.step(), 0, 0)}
	k.m = k.machine(ulaLoop(m))
	fill32(k.m.In(3), k.h)
	return k
}

func (k *singleULA) place(x []float64) { k.begin(k.m.In(0), k.m.In(1), nil, x) }

func (k *singleULA) step(noise Noise) {
	xi := k.m.In(2)
	noise.normal32(xi, len(xi)/k.lanes)
	k.m.Run(k.lanes)
}

func (k *singleULA) rows(dst []float64) { simd.Widen(dst, k.m.In(0)) }

func (k *singleULA) happened() (accept float64, diverged int) {
	return float64(k.lanes), k.lanes - int(total(k.m.Out(2)))
}

func (*singleULA) tune(bool) {}

// malaLoop is a step of MALA: of x, its gradient and energy, noise, a uniform number and h. See mala.ratio for the terms.
func malaLoop(m *ebm.Model) *ebm.Loop {
	d := m.Dim()
	return m.Loop("sampler.MALA", func() *ebm.Loop {
		return ebm.NewLoop([]int{d, d, 1, d, 1, 1}, []int{0, 1, 2, -1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
			x, g, e, xi, u, h := in[0], in[1], in[2], in[3], in[4], in[5]
			y := x.Sub(g.Mul(h)).Add(xi.Mul(h.Mul(2).Sqrt()))
			ey := m.Energy(y)
			gy := ebm.Grad(ey, y)
			back := x.Sub(y).Add(gy.Mul(h)).Square().Sum().Div(h.Mul(4))
			r := e.Sub(ey).Add(xi.Square().Sum().Div(2)).Sub(back)
			accept, diverged, refused := decide(r, ey, u)
			return []ebm.Tensor{ebm.Where(refused, x, y), ebm.Where(refused, g, gy), ebm.Where(refused, e, ey), accept, diverged}
		})
	})
}

type singleMALA struct {
	single
	m *expr.Machine32
}

func newSingleMALA(p MALA, m *ebm.Model, lanes int) *singleMALA {
	checkStep("MALA", p.Step)
	k := &singleMALA{single: newSingleOf(m, lanes, p.Step, 0.1/math.Cbrt(float64(m.Dim())), 0.574)}
	k.m = k.machine(malaLoop(m))
	fill32(k.m.In(5), k.h)
	return k
}

func (k *singleMALA) place(x []float64) { k.begin(k.m.In(0), k.m.In(1), k.m.In(2), x) }

func (k *singleMALA) step(noise Noise) {
	xi := k.m.In(3)
	noise.normal32(xi, len(xi)/k.lanes)
	noise.uniform32(k.m.In(4))
	k.m.Run(k.lanes)
}

func (k *singleMALA) rows(dst []float64) { simd.Widen(dst, k.m.In(0)) }

func (k *singleMALA) happened() (accept float64, diverged int) {
	return total(k.m.Out(3)), int(total(k.m.Out(4)))
}

func (k *singleMALA) tune(done bool) {
	k.search(total(k.m.Out(3)), done)
	fill32(k.m.In(5), k.h)
}
