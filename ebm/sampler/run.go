package sampler

import (
	"fmt"
	"math"

	"joule/ebm/diag"
)

// A Run is what Sample returns: the draws, and what happened on the way.
type Run struct {
	// Draws are the kept samples, for the functions of package diag. After a cancelled run it holds what was drawn.
	Draws diag.Draws
	// Err is the error of the context if the run was cancelled; nil otherwise.
	Err error
	// Accept is the mean acceptance probability of the steps after the warm-up; NaN without such steps.
	Accept float64
	// Diverged counts the steps after the warm-up whose proposal had no finite energy; the chain stayed where it was.
	Diverged int

	wanted int
	last   [][]float64
}

// Samples returns all draws as a data set, one per row, chain after chain. The rows share the memory of the run.
func (r *Run) Samples() [][]float64 { return r.Draws.Rows() }

// Points returns n draws (all, if there are fewer), spread evenly over the chains and over time.
func (r *Run) Points(n int) [][]float64 {
	total := r.Draws.Chains * r.Draws.Draws
	n = max(min(n, total), 0)
	rows := make([][]float64, n)
	for i := range rows {
		// A step to the next chain and a step on in time: no draw is taken twice, because n is at most their number.
		rows[i] = r.Draws.At(i%r.Draws.Chains, int(int64(i)*int64(r.Draws.Draws)/int64(n)))
	}
	return rows
}

// Chain returns the draws of one chain in order, one per row.
func (r *Run) Chain(c int) [][]float64 { return r.Draws.Chain(c) }

// Last returns where the chains are at the end, one per row: the Init of a run that goes on.
func (r *Run) Last() [][]float64 { return r.last }

// Summary returns a table with mean, standard deviation, effective sample size and R-hat of every coordinate.
func (r *Run) Summary() diag.Summary {
	s := diag.Summarize(r.Draws)
	s.Accept, s.Diverged = r.Accept, r.Diverged
	if r.Err != nil {
		s.Note = fmt.Sprintf("stopped after %d of %d draws", r.Draws.Draws, r.wanted)
	}
	return s
}

// String describes the run in a line.
func (r *Run) String() string {
	s := fmt.Sprintf("sampler.Run: %d chains × %d draws of width %d", r.Draws.Chains, r.Draws.Draws, r.Draws.Dim)
	if !math.IsNaN(r.Accept) {
		s += fmt.Sprintf(", acceptance %.2f", r.Accept)
	}
	if r.Err != nil {
		s += fmt.Sprintf(" (stopped: %v)", r.Err)
	}
	return s
}
