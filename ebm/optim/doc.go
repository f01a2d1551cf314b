// Package optim holds what changes parameters so that a loss falls.
//
// There are two kinds. An Optimizer (SGD, Adam, AdamW, RMSprop) takes a noisy gradient at a time, as training with batches gives
// it; package train takes one. LBFGS minimises a function that is the same at each call, as inference and small exact problems
// have it.
//
//	optim.Adam{LR: 2e-3}
//	x, fx, err := optim.LBFGS{}.Minimize(ctx, f, start)
//
// All are structs of options whose zero values are useful. An Optimizer is a description; New gives it the memory for so many
// numbers, and that Rule is what steps. The rates of a Schedule multiply the step.
//
// The map: optim.go the interfaces; sgd.go, adam.go, rmsprop.go, lbfgs.go one method each; schedule.go, clip.go.
package optim
