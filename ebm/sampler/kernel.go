package sampler

// A Sampler is the description of a Markov chain: a struct of parameters, such as MALA{Step: 0.05}.
type Sampler interface {
	// Kernel returns the transition for one panel of chains on a target. It panics with an error if the parameters make no sense.
	Kernel(t *Target) Kernel
}

// A Kernel moves the chains of one panel by a step: it replaces the state, which has a distribution p, by one that has it too,
// and says what happened. It keeps scratch memory, so it allocates nothing in Step, but nothing that later steps depend on,
// apart from what it tunes.
type Kernel interface {
	Step(s *State, info *Info, noise Noise)
}

// A Tuner is a Kernel that improves itself during warm-up. Tune is called after every step of the warm-up, the last time with
// done, and never again: tuning while draws are kept would change their distribution.
type Tuner interface {
	Kernel
	Tune(info *Info, done bool)
}

// A State is where the chains of a panel are. Rows lie one after the other, a lane per chain: coordinate j of chain l is
// X[j·Lanes+l]. Energy and Gradient belong to X.
type State struct {
	Dim, Lanes int
	X          []float64 // Dim × Lanes
	Energy     []float64 // Lanes
	Gradient   []float64 // Dim × Lanes
}

// NewState returns a state of zeros.
func NewState(dim, lanes int) *State {
	return &State{Dim: dim, Lanes: lanes, X: make([]float64, dim*lanes), Energy: make([]float64, lanes),
		Gradient: make([]float64, dim*lanes)}
}

// Take moves one chain to where another state has it.
func (s *State) Take(from *State, lane int) {
	for i := lane; i < len(s.X); i += s.Lanes {
		s.X[i] = from.X[i]
		s.Gradient[i] = from.Gradient[i]
	}
	s.Energy[lane] = from.Energy[lane]
}

// Info is what a step says about each chain of the panel.
type Info struct {
	Accept   []float64 // the probability with which the proposal was accepted; 1 where there is no such choice
	Diverged []bool    // the proposal had an energy or a gradient that is not a number; the chain stayed
}

// NewInfo returns an Info for a panel.
func NewInfo(lanes int) *Info {
	return &Info{Accept: make([]float64, lanes), Diverged: make([]bool, lanes)}
}
