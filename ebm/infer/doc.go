// Package infer answers the question that a model of pairs is for: which y is most compatible with this x?
//
//	e := ebm.DefineXY(1, 1, func(x, y ebm.Tensor) ebm.Tensor { return y.Sub(x.Square()).Square() })
//	y, ey := infer.Argmin(ctx, e, []float64{1.5}, infer.Gradient{Restarts: 8, Seed: 1})
//
// A Solver says how the y of lowest energy is looked for:
//
//	gradient.go    Gradient: downhill, from several starts
//	exhaustive.go  Exhaustive: among the candidates of a list; Grid makes one
//
// To add one: a file with a struct of options and a method Minimize. Minimum takes any energy, without an x.
package infer
