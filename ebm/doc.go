// Package ebm is the vocabulary of energy-based models: an energy is a function that is low where a configuration is good.
//
// An energy is written once, as a function from a Tensor to a Tensor, in a cell or in a Go file:
//
//	ring := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
//
// The function runs once, on symbols. What it describes is compiled with its gradient, and no interpreted code runs afterwards:
//
//	ring.At(2, 0)                                     // 0: the energy of one point
//	ring.Gradient(3, 0)                               // [16 0]
//	ring.Energies(data.EightGaussians(1000, 0.1, 1))  // of many
//
// An energy with parameters makes them in its function, and is trained by package train:
//
//	w := ebm.DefineModel(2, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
//		return p.Weight("W", 2, 16).Apply(x).Tanh().Square().Sum()
//	})
//	w.Params().Save("w.safetensors")
//
// The map:
//
//	tensor.go, number.go, reduce.go, shape.go   Tensor and its operators
//	linalg.go, latent.go                        systems of equations and determinants; energies of latent variables, eliminated
//	energy.go                                   Energy, the interface that everything takes, and how it gets its dimension
//	model.go                                    Model: an energy at a dimension, compiled
//	eval.go                                     energies and gradients of points and batches, in x and in the parameters
//	params.go, safetensors.go                   Params: weights by name, shared between models, in files that others read
//	loop.go                                     Loop: a step that goes on from its own results, compiled with an energy
//	explain.go, slow.go                         a program in words, where it goes wrong; energies from plain functions
//	xy.go                                       ModelXY: energies of pairs, in which x can be held fast
//
// # Conventions
//
// A Tensor is a value per sample: a scalar, a vector, a matrix or an image; the batch is implicit. Operators take a Tensor, a number of any
// kind or a numeric slice; they are methods, because Go has no others. An operand with one element is combined with every
// element of the other, and a vector with every row of a matrix of its width. Since a function cannot branch on the value of a Tensor, there is Where.
//
// Misuse panics with an *Error that names the operation and the shapes, "ebm: Add: width 3 and 2"; a notebook shows it as the
// error of the cell. Trace returns it instead. E is always an energy, and low is good: there are no log-probabilities in the API.
package ebm
