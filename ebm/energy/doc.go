// Package energy holds energies with a formula: the landscapes that samplers and solvers are tried on.
//
//	viz.Landscape(energy.Mixture{Means: [][]float64{{-2, 0}, {2, 0}}, SD: 0.5})
//
// Each is a struct whose fields are its parameters and whose zero value is useful; unless it says otherwise it has any dimension.
// Where the integral of e^−E has a closed form, LogZ(dim) is its logarithm, by which samplers are checked.
//
//	gaussian.go   Gaussian, Mixture   sums and mixtures of squares
//	wells.go      DoubleWell, Ring    several valleys, or one that is bent
//	hard.go       Rosenbrock, Rastrigin, Ackley, Funnel   known from optimisation and sampling for being difficult
package energy
