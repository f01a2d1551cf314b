package sampler

import (
	"math"

	"joule/ebm"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// A move of HMC is three loops: the first half kick, the leapfrog steps, the decision. After the first one a leapfrog step is a drift and
// a whole kick; after the last drift the kick is half.

// kickLoop gives momenta v − h/2·g and their kinetic energy before the kick.
func kickLoop(m *ebm.Model) *ebm.Loop {
	d := m.Dim()
	return m.Loop("sampler.HMC kick", func() *ebm.Loop {
		return ebm.NewLoop([]int{d, d, 1}, []int{-1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
			g, v, h := in[0], in[1], in[2]
			return []ebm.Tensor{v.Sub(g.Mul(h.Mul(0.5))), v.Square().Sum().Mul(0.5)}
		})
	})
}

// leapLoop drifts by h and kicks by a, which is h or the half of it.
func leapLoop(m *ebm.Model) *ebm.Loop {
	d := m.Dim()
	return m.Loop("sampler.HMC leap", func() *ebm.Loop {
		return ebm.NewLoop([]int{d, d, 1, 1}, []int{0, 1, -1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
			x, v, h, a := in[0], in[1], in[2], in[3]
			y := x.Add(v.Mul(h))
			e := m.Energy(y)
			g := ebm.Grad(e, y)
			return []ebm.Tensor{y, v.Sub(g.Mul(a)), e, g}
		})
	})
}

// choiceLoop decides: of x, its gradient and energy, those of the proposal, its momenta, the kinetic energy at the start and a uniform
// number.
func choiceLoop(m *ebm.Model) *ebm.Loop {
	d := m.Dim()
	return m.Loop("sampler.HMC choice", func() *ebm.Loop {
		return ebm.NewLoop([]int{d, d, 1, d, d, 1, d, 1, 1}, []int{0, 1, 2, -1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
			x, g, e, y, gy, ey, v, start, u := in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7], in[8]
			r := e.Sub(ey).Add(start).Sub(v.Square().Sum().Mul(0.5))
			accept, diverged, refused := decide(r, ey, u)
			return []ebm.Tensor{ebm.Where(refused, x, y), ebm.Where(refused, g, gy), ebm.Where(refused, e, ey), accept, diverged}
		})
	})
}

type singleHMC struct {
	single
	leaps              int
	jitter             float64
	kick, leap, choice *expr.Machine32
}

func newSingleHMC(p HMC, m *ebm.Model, lanes int) *singleHMC {
	p.check()
	k := &singleHMC{single: newSingleOf(m, lanes, p.Step, 0.3/math.Sqrt(math.Sqrt(float64(m.Dim()))), 0.8), leaps: or(p.Leaps, 10),
		jitter: p.jitter()}
	k.kick, k.leap, k.choice = k.machine(kickLoop(m)), k.machine(leapLoop(m)), k.machine(choiceLoop(m))
	return k
}

func (k *singleHMC) place(x []float64) { k.begin(k.choice.In(0), k.choice.In(1), k.choice.In(2), x) }

func (k *singleHMC) step(noise Noise) {
	h, a, v := k.leap.In(2), k.leap.In(3), k.kick.In(1)
	noise.normal32(v, len(v)/k.lanes)
	noise.uniform32(k.choice.In(8))
	noise.jitter32(h)
	for l, u := range h {
		h[l] = float32(k.h * (1 + k.jitter*(2*float64(u)-1)))
	}
	copy(k.kick.In(0), k.choice.In(1))
	copy(k.kick.In(2), h)
	k.kick.Run(k.lanes)
	copy(k.leap.In(0), k.choice.In(0))
	copy(k.leap.In(1), k.kick.Out(0))
	copy(a, h)
	for n := range k.leaps {
		if n == k.leaps-1 {
			for l := range a {
				a[l] = h[l] / 2
			}
		}
		k.leap.Run(k.lanes)
	}
	copy(k.choice.In(3), k.leap.In(0))
	copy(k.choice.In(4), k.leap.Out(3))
	copy(k.choice.In(5), k.leap.Out(2))
	copy(k.choice.In(6), k.leap.In(1))
	copy(k.choice.In(7), k.kick.Out(1))
	k.choice.Run(k.lanes)
}

func (k *singleHMC) rows(dst []float64) { simd.Widen(dst, k.choice.In(0)) }

func (k *singleHMC) happened() (accept float64, diverged int) {
	return total(k.choice.Out(3)), int(total(k.choice.Out(4)))
}

func (k *singleHMC) tune(done bool) { k.search(total(k.choice.Out(3)), done) }
