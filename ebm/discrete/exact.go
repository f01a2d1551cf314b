package discrete

import (
	"fmt"
	"math"

	"joule/ebm"
)

// maxStates bounds the number of states that Enumerate lists.
const maxStates = 1 << 22

// A Valued energy says which values its coordinates take.
type Valued interface {
	ebm.Energy
	Values() []float64
}

// A Table lists all states of a discrete energy with their probabilities: the ground truth for small ones.
type Table struct {
	States [][]float64
	Energy []float64
	P      []float64 // e^−E/Z
	LogZ   float64
	index  map[string]int
}

// Enumerate returns the table of an energy that says its dimension, with each coordinate taking each of the values; without
// values, those that the energy says, or 0 and 1. It panics with an error for more than four million states.
func Enumerate(e ebm.Energy, values ...float64) *Table {
	m, err := ebm.Resolve(e, 0)
	if err != nil {
		panic(fmt.Errorf("discrete: Enumerate: %w", err))
	}
	if len(values) == 0 {
		values = []float64{0, 1}
		for _, known := range []ebm.Energy{e, m.Source()} {
			if v, ok := known.(Valued); ok {
				values = v.Values()
				break
			}
		}
	}
	t := &Table{States: states(m.Dim(), values), index: map[string]int{}}
	t.Energy = m.Energies(t.States)
	t.LogZ = logSumExpNeg(t.Energy)
	t.P = make([]float64, len(t.States))
	for i, e := range t.Energy {
		t.P[i] = math.Exp(-e - t.LogZ)
		t.index[key(t.States[i])] = i
	}
	return t
}

// states lists all vectors of the values; the first coordinate changes slowest.
func states(dim int, values []float64) [][]float64 {
	n := 1
	for range dim {
		if n *= len(values); n > maxStates {
			panic(fmt.Errorf("discrete: Enumerate: %d coordinates of %d values have too many states", dim, len(values)))
		}
	}
	all, rows := make([]float64, n*dim), make([][]float64, n)
	for i := range rows {
		rows[i] = all[i*dim : (i+1)*dim : (i+1)*dim]
		for j, rest := dim-1, i; j >= 0; j-- {
			rows[i][j] = values[rest%len(values)]
			rest /= len(values)
		}
	}
	return rows
}

// logSumExpNeg returns log Σ e^−E.
func logSumExpNeg(e []float64) float64 {
	low := math.Inf(1)
	for _, v := range e {
		low = math.Min(low, v)
	}
	if math.IsInf(low, 0) || math.IsNaN(low) {
		return -low
	}
	sum := 0.0
	for _, v := range e {
		sum += math.Exp(low - v)
	}
	return math.Log(sum) - low
}

func key(x []float64) string { return fmt.Sprint(x) }

// Index returns the place of a state in the table, or −1.
func (t *Table) Index(x []float64) int {
	if i, ok := t.index[key(x)]; ok {
		return i
	}
	return -1
}

// Mean returns the expectation of a function of the state.
func (t *Table) Mean(f func(x []float64) float64) float64 {
	sum := 0.0
	for i, p := range t.P {
		if p > 0 {
			sum += p * f(t.States[i])
		}
	}
	return sum
}

// MeanLogLikelihood returns the mean of log p over some states. It panics with an error where a row is no state.
func (t *Table) MeanLogLikelihood(rows [][]float64) float64 {
	sum := 0.0
	for i, x := range rows {
		k := t.Index(x)
		if k < 0 {
			panic(fmt.Errorf("discrete: row %d, %v, is no state of the energy", i, x))
		}
		sum -= t.Energy[k] + t.LogZ
	}
	return sum / float64(len(rows))
}

// Frequencies returns how often each state occurs among some rows, as a distribution to be compared with P.
func (t *Table) Frequencies(rows [][]float64) []float64 {
	f := make([]float64, len(t.States))
	for i, x := range rows {
		k := t.Index(x)
		if k < 0 {
			panic(fmt.Errorf("discrete: row %d, %v, is no state of the energy", i, x))
		}
		f[k] += 1 / float64(len(rows))
	}
	return f
}

// String describes the table.
func (t *Table) String() string {
	return fmt.Sprintf("discrete.Table: %d states, log Z = %.6g", len(t.States), t.LogZ)
}
