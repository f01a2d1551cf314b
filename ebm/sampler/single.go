package sampler

import (
	"math"

	"joule/ebm"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// A motion is a panel of chains under way.
type motion interface {
	// place moves all chains; x has a row of lanes per coordinate.
	place(x []float64)
	step(noise Noise)
	// rows writes where all chains are to dst, a row of lanes per coordinate.
	rows(dst []float64)
	// happened returns the sum of the acceptance probabilities of the last step and how many chains diverged.
	happened() (accept float64, diverged int)
	tune(done bool)
	refresh() // takes over the parameters of the energy as they are now
	close()   // it is not used any more
}

// A double is a motion of any Kernel, in double precision.
type double struct {
	target *Target
	kernel Kernel
	tuner  Tuner
	blind  bool // the kernel does not look at energies
	state  *State
	info   *Info
}

func newDouble(m *ebm.Model, s Sampler, lanes int) *double {
	t := newTarget(m, lanes)
	d := &double{target: t, kernel: s.Kernel(t), state: NewState(m.Dim(), lanes), info: NewInfo(lanes)}
	d.tuner, _ = d.kernel.(Tuner)
	_, d.blind = d.kernel.(gibbs)
	return d
}

func (d *double) place(x []float64) {
	copy(d.state.X, x)
	if !d.blind {
		d.target.Eval(d.state)
	}
}

func (d *double) step(noise Noise) { d.kernel.Step(d.state, d.info, noise) }

func (d *double) rows(dst []float64) { copy(dst, d.state.X) }

func (d *double) happened() (accept float64, diverged int) {
	for l, a := range d.info.Accept {
		accept += a
		if d.info.Diverged[l] {
			diverged++
		}
	}
	return accept, diverged
}

func (d *double) tune(done bool) {
	if d.tuner != nil {
		d.tuner.Tune(d.info, done)
	}
}

func (d *double) refresh() { d.target.refresh() }

func (*double) close() {}

// newSingle returns a motion in single precision of the samplers that are written as loops; false for the others.
func newSingle(m *ebm.Model, s Sampler, lanes int) (motion, bool) {
	if _, sweeps := s.(Gibbs); !sweeps && m.Program().Hosted() {
		return nil, false // a function of the person's own runs on goroutines that belong to the cell
	}
	switch s := s.(type) { // the types themselves: one that embeds them may do something else
	case ULA:
		return newSingleULA(s, m, lanes), true
	case MALA:
		return newSingleMALA(s, m, lanes), true
	case HMC:
		return newSingleHMC(s, m, lanes), true
	case Gibbs:
		return newPacked(m, lanes)
	}
	return nil, false
}

// singleLanes is the number of chains of a panel in single precision.
func singleLanes(m *ebm.Model, s Sampler, chains int) int {
	switch s.(type) {
	case ULA:
		return ulaLoop(m).Lanes(chains)
	case MALA:
		return malaLoop(m).Lanes(chains)
	case HMC:
		return leapLoop(m).Lanes(chains)
	case Gibbs:
		if p, ok := m.Source().(Packed); ok {
			return p.Lanes(chains)
		}
	}
	return expr.Lanes
}

// A single is what the motions in single precision have in common.
type single struct {
	lanes int
	plain *expr.Machine32 // energy and gradient, for the start
	h     float64
	find  *dualAveraging // of the step, during the warm-up; nil: it is given
	used  []used
}

// used is a machine of a loop.
type used struct {
	loop    *ebm.Loop
	machine *expr.Machine32
}

// newSingleOf finds the step from start on, for an acceptance of target, where h is 0.
func newSingleOf(m *ebm.Model, lanes int, h, start, target float64) single {
	s := single{lanes: lanes, h: h}
	s.plain = s.machine(startLoop(m))
	if h == 0 {
		search := newDualAveraging(start, target)
		s.h, s.find = start, &search
	}
	return s
}

func (s *single) machine(l *ebm.Loop) *expr.Machine32 {
	m := l.NewMachine(s.lanes)
	s.used = append(s.used, used{l, m})
	return m
}

func (s *single) refresh() {
	for _, u := range s.used {
		u.loop.Refresh(u.machine)
	}
}

func (s *single) close() {
	for _, u := range s.used {
		u.loop.Release(u.machine)
	}
}

// startLoop gives the energy and the gradient at x.
func startLoop(m *ebm.Model) *ebm.Loop {
	return m.Loop("sampler.start", func() *ebm.Loop {
		return ebm.NewLoop([]int{m.Dim()}, []int{-1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
			e := m.Energy(in[0])
			return []ebm.Tensor{e, ebm.Grad(e, in[0])}
		})
	})
}

// begin computes energy and gradient at x, and copies them where they are wanted.
func (s *single) begin(at, gradient, energy []float32, x []float64) {
	simd.Narrow(at, x)
	if in := s.plain.In(0); in != nil {
		copy(in, at)
	}
	s.plain.Run(s.lanes)
	copy(gradient, s.plain.Out(1))
	copy(energy, s.plain.Out(0))
}

func (s *single) search(accept float64, done bool) {
	if s.find == nil {
		return
	}
	s.h = s.find.update(accept / float64(s.lanes))
	if done {
		s.h = s.find.final()
	}
}

func fill32(dst []float32, v float64) {
	for i := range dst {
		dst[i] = float32(v)
	}
}

func total(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}

// decide returns the acceptance probability of the logarithm r of a ratio, whether the proposal of energy e has diverged, and whether it
// is refused, all as 0 or 1 but for the first. See diverged.
func decide(r, e, u ebm.Tensor) (accept, diverged, refused ebm.Tensor) {
	low := r.Minimum(0)
	sound := low.Less(1).Mul(e.Greater(-math.MaxFloat32)) // what is not a number is not less
	accept = ebm.Where(sound, low.Exp(), 0)
	diverged = ebm.Where(e.Greater(math.MaxFloat32), 0, ebm.Const(1).Sub(sound))
	return accept, diverged, u.Greater(accept)
}

// Noise in single precision, whose numbers are others.

func (n Noise) normal32(dst []float32, dim int) {
	simd.Source{Seed: n.seed, Stream: streamMove}.NormalPanel32(dst, dim, len(dst)/dim, n.first, n.step)
}

func (n Noise) uniform32(dst []float32) {
	simd.Source{Seed: n.seed, Stream: streamAccept}.UniformPanel32(dst, n.first, n.step)
}

func (n Noise) jitter32(dst []float32) {
	simd.Source{Seed: n.seed, Stream: streamJitter}.UniformPanel32(dst, n.first, n.step)
}
