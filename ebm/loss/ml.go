package loss

import (
	"fmt"
	"math"

	"joule/ebm"
)

// ML is the negative log-likelihood, E(x) + log Z, with Z as a sum over all states of a discrete energy or over the points of a
// grid. It is what all other losses stand in for where there are too many states.
type ML struct {
	States [][]float64 // such as discrete.Enumerate(e).States
	Cell   float64     // the volume that a state stands for; 0 means 1
}

// Prepare returns the loss of a model.
func (l ML) Prepare(s Setup) Objective {
	cell, dim := option("ML", "Cell", l.Cell, 1, 1e-300), s.Model.Dim()
	if len(l.States) == 0 {
		panic(fmt.Errorf("loss: ML: no states"))
	}
	o := &likelihood{data: s.Model, logCell: math.Log(cell), states: make([]float64, 0, len(l.States)*dim)}
	for i, row := range l.States {
		if len(row) != dim {
			panic(fmt.Errorf("loss: ML: state %d has %d numbers, the energy has dimension %d", i, len(row), dim))
		}
		o.states = append(o.states, row...)
	}
	o.energy = make([]float64, len(l.States))
	o.weighted = make([]float64, len(l.States)*(dim+1))
	o.model = ebm.Define(dim+1, func(z ebm.Tensor) ebm.Tensor { return s.Model.Energy(z.Slice(0, dim)).Mul(z.Col(dim)) })
	return o
}

// likelihood computes the two expectations of the gradient: over the data, and over the model.
type likelihood struct {
	data     *ebm.Model
	model    *ebm.Model // the energy of a state times its probability
	logCell  float64
	states   []float64
	energy   []float64
	weighted []float64 // states with their probabilities
}

// Params are those of the model.
func (o *likelihood) Params() *ebm.Params { return o.data.Params() }

// Gradient computes 𝔼_data ∇E − 𝔼_model ∇E.
func (o *likelihood) Gradient(gradient, batch []float64, _ int) float64 {
	dim := o.data.Dim()
	n := float64(len(batch) / dim)
	loss := o.data.EvalParams(nil, gradient, batch)/n + o.logZ()
	if gradient == nil {
		return loss
	}
	model := make([]float64, len(gradient))
	o.model.EvalParams(nil, model, o.weighted)
	for i := range gradient {
		gradient[i] = gradient[i]/n - model[i]
	}
	return loss
}

// logZ computes log Z and the probabilities of the states.
func (o *likelihood) logZ() float64 {
	dim := o.data.Dim()
	o.data.Eval(o.energy, nil, o.states)
	low, sum := math.Inf(1), 0.0
	for _, e := range o.energy {
		low = math.Min(low, e)
	}
	for _, e := range o.energy {
		sum += math.Exp(low - e)
	}
	for i, e := range o.energy {
		row := o.weighted[i*(dim+1) : (i+1)*(dim+1)]
		copy(row, o.states[i*dim:(i+1)*dim])
		row[dim] = math.Exp(low-e) / sum
	}
	return math.Log(sum) - low + o.logCell
}
