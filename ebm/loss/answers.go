package loss

import (
	"fmt"
	"math"

	"joule/ebm"
)

// Answers trains an energy E(x, y) of pairs to prefer the right y among some: the ten losses of LeCun, Chopra, Hadsell, Ranzato and
// Huang, "A tutorial on energy-based learning" (2006), table 1. The rows of the data are x and the right y side by side, and the
// energy is the Joint of an ebm.ModelXY.
//
//	train.Fit(ctx, e.Joint(), rows, train.Config{Loss: loss.Answers{Y: [][]float64{{-1}, {1}}, Of: loss.Hinge{}}})
//
// E_C is the energy of the right answer and E_I that of the most offending wrong one: the lowest among the answers that differ from
// the right one by more than Apart.
type Answers struct {
	Y     [][]float64 // the answers, one per row: all of them, or a grid
	Of    Ranking
	Apart float64 // distance up to which an answer counts as right; 0 means 1e-9
}

// A Ranking is a loss of the energies of answers.
type Ranking interface {
	// Rank returns the loss, given the energy of the right answer, of the most offending wrong one, and of all answers.
	Rank(right, wrong, all ebm.Tensor) ebm.Tensor
}

// Prepare returns the loss of a model.
func (l Answers) Prepare(s Setup) Objective {
	if len(l.Y) == 0 || l.Of == nil {
		panic(fmt.Errorf("loss: Answers: %d answers, and the loss Of them is %v", len(l.Y), l.Of))
	}
	dy, apart := len(l.Y[0]), option("Answers", "Apart", l.Apart, 1e-9, 0)
	dx := s.Model.Dim() - dy
	for i, y := range l.Y {
		if len(y) != dy || dx < 1 {
			panic(fmt.Errorf("loss: Answers: answer %d has %d numbers, the pairs have %d", i, len(y), s.Model.Dim()))
		}
	}
	return s.perSample(0, nil, func(_ *ebm.Params, z, _ ebm.Tensor) ebm.Tensor {
		x, y := z.Slice(0, dx), z.Slice(dx, dx+dy)
		var all, wrong []any
		for _, answer := range l.Y {
			e := s.Model.Energy(ebm.Concat(x, answer))
			all = append(all, e)
			wrong = append(wrong, ebm.Where(y.Sub(answer).Norm().Greater(apart), e, math.MaxFloat32))
		}
		return l.Of.Rank(s.Model.Energy(z), ebm.Concat(wrong...).Min(), ebm.Concat(all...))
	})
}

// EnergyLoss is E_C: enough where the energy cannot be low everywhere, and else it becomes so.
type EnergyLoss struct{}

// Rank returns the loss.
func (EnergyLoss) Rank(right, _, _ ebm.Tensor) ebm.Tensor { return right }

// Perceptron is E_C − min E: without a margin, so that a flat energy satisfies it.
type Perceptron struct{}

// Rank returns the loss.
func (Perceptron) Rank(right, _, all ebm.Tensor) ebm.Tensor { return right.Sub(all.Min()) }

// Hinge is max(0, Margin + E_C − E_I).
type Hinge struct {
	Margin float64 // 0 means 1
}

// Rank returns the loss.
func (l Hinge) Rank(right, wrong, _ ebm.Tensor) ebm.Tensor {
	return right.Sub(wrong).Add(option("Hinge", "Margin", l.Margin, 1, 0)).ReLU()
}

// LogLoss is log(1 + e^(E_C − E_I)): a hinge that is smooth.
type LogLoss struct{}

// Rank returns the loss.
func (LogLoss) Rank(right, wrong, _ ebm.Tensor) ebm.Tensor { return right.Sub(wrong).Softplus() }

// LVQ2 is min(Limit, max(0, E_C − E_I)): without a margin.
type LVQ2 struct {
	Limit float64 // 0 means 1
}

// Rank returns the loss.
func (l LVQ2) Rank(right, wrong, _ ebm.Tensor) ebm.Tensor {
	return right.Sub(wrong).ReLU().Minimum(option("LVQ2", "Limit", l.Limit, 1, 0))
}

// MCE is the smoothed number of errors, 1/(1 + e^−(E_C − E_I)).
type MCE struct{}

// Rank returns the loss.
func (MCE) Rank(right, wrong, _ ebm.Tensor) ebm.Tensor { return right.Sub(wrong).Sigmoid() }

// SquareSquare is E_C² + max(0, Margin − E_I)². (With a minus, as it is sometimes printed, it would reward a low E_I.)
type SquareSquare struct {
	Margin float64 // 0 means 1
}

// Rank returns the loss.
func (l SquareSquare) Rank(right, wrong, _ ebm.Tensor) ebm.Tensor {
	return right.Square().Add(wrong.Neg().Add(option("SquareSquare", "Margin", l.Margin, 1, 0)).ReLU().Square())
}

// SquareExp is E_C² + Gamma·e^−E_I.
type SquareExp struct {
	Gamma float64 // 0 means 1
}

// Rank returns the loss.
func (l SquareExp) Rank(right, wrong, _ ebm.Tensor) ebm.Tensor {
	return right.Square().Add(wrong.Neg().Exp().Mul(option("SquareExp", "Gamma", l.Gamma, 1, 0)))
}

// NLL is the negative log-likelihood of the right answer at an inverse temperature, E_C + (1/Beta)·log Σ e^(−Beta·E).
type NLL struct {
	Beta float64 // 0 means 1
}

// Rank returns the loss.
func (l NLL) Rank(right, _, all ebm.Tensor) ebm.Tensor {
	beta := option("NLL", "Beta", l.Beta, 1, 0)
	return right.Add(all.Mul(-beta).LogSumExp().Div(beta))
}

// MEE is the minimum empirical error, one less the probability of the right answer. It learns nothing where that is near 0:
// begin with another loss.
type MEE struct {
	Beta float64 // 0 means 1
}

// Rank returns the loss.
func (l MEE) Rank(right, _, all ebm.Tensor) ebm.Tensor {
	beta := option("MEE", "Beta", l.Beta, 1, 0)
	return right.Mul(-beta).Sub(all.Mul(-beta).LogSumExp()).Exp().Neg().Add(1)
}
