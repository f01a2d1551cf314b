package sampler

import (
	"joule/ebm"
	"joule/ebm/expr"
)

// A Target computes the energy of the chains of one panel. Each panel has its own.
type Target struct {
	model   *ebm.Model
	lanes   int
	machine *expr.Machine // made at the first Eval: those that know the conditional distributions need none
	temper  *temper       // nil: the energy as it is
}

func newTarget(m *ebm.Model, lanes int) *Target { return &Target{model: m, lanes: lanes} }

// Dim is the dimension of the energy.
func (t *Target) Dim() int { return t.model.Dim() }

// Lanes is the number of chains in the panel.
func (t *Target) Lanes() int { return t.lanes }

// Model is the energy.
func (t *Target) Model() *ebm.Model { return t.model }

// Eval sets the energy and the gradient of a state to those of its X. It allocates nothing.
func (t *Target) Eval(s *State) {
	if t.machine == nil {
		t.machine = t.model.NewMachine(t.lanes)
	}
	if in := t.machine.In(0); in != nil {
		copy(in, s.X)
	}
	t.machine.Run(t.lanes)
	copy(s.Energy, t.machine.Out(0))
	copy(s.Gradient, t.machine.Out(1))
	if t.temper != nil {
		t.temper.apply(s)
	}
}

// refresh takes over the parameters of the energy as they are now.
func (t *Target) refresh() {
	if t.machine != nil {
		t.model.Refresh(t.machine)
	}
}
