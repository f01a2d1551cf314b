package sampler

import (
	"joule/ebm"
	"joule/ebm/expr"
)

// A Target computes the energy of the chains of one panel. Each panel has its own.
type Target struct {
	dim, lanes int
	machine    *expr.Machine
}

func newTarget(m *ebm.Model, lanes int) *Target {
	return &Target{dim: m.Dim(), lanes: lanes, machine: m.Program().NewMachine(lanes)}
}

// Dim is the dimension of the energy.
func (t *Target) Dim() int { return t.dim }

// Lanes is the number of chains in the panel.
func (t *Target) Lanes() int { return t.lanes }

// Eval sets the energy and the gradient of a state to those of its X. It allocates nothing.
func (t *Target) Eval(s *State) {
	if in := t.machine.In(0); in != nil {
		copy(in, s.X)
	}
	t.machine.Run(t.lanes)
	copy(s.Energy, t.machine.Out(0))
	copy(s.Gradient, t.machine.Out(1))
}
