package optim

import (
	"fmt"
	"math"
)

// An Optimizer is the description of a method, such as Adam{LR: 1e-3}.
type Optimizer interface {
	// New returns the method with memory of its own, for n parameters. It panics with an error if the options make no sense.
	New(n int) Rule
}

// A Rule takes steps.
type Rule interface {
	// Step changes theta by a step against the gradient, of rate times the usual size. It may change gradient.
	Step(theta, gradient []float64, rate float64)
}

// checked returns the value of an option, or its default where it is 0, and panics where it is not between lo and hi.
func checked(method, option string, v, otherwise, lo, hi float64) float64 {
	if v == 0 {
		v = otherwise
	}
	if !(v >= lo && v <= hi) {
		panic(fmt.Errorf("optim: %s: %s %v", method, option, v))
	}
	return v
}

const inf = math.MaxFloat64
