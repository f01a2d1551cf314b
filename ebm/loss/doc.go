// Package loss holds what is minimised when an energy is trained: numbers that are small when the energy is low on the data and
// higher elsewhere.
//
//	train.Fit(ctx, net, points, train.Config{Loss: loss.DSM{Sigma: 0.1}})
//
// To push the energy of the data down is easy; what tells losses apart is what pushes it up elsewhere.
//
//	cd.go        CD, PCD      up where short Markov chains go, from the data or on and on
//	langevin.go  Langevin     the chain that they use unless told otherwise
//	dsm.go       DSM          the gradient points back to the data from where noise has moved them
//	score.go     SM, SSM      gradient zero and curvature high on the data
//	nce.go       NCE          data and noise are told apart; it learns log Z
//	flips.go     PseudoLikelihood, RatioMatching, MPF    higher at the neighbours of the data: bits and spins
//	answers.go   Answers      right answers y to x below the wrong ones: the ten losses of the tutorial
//	ml.go        ML           exactly, by the sum over all states: the truth that the others approach
//	loss.go      Loss, Objective, Func: what a loss is written against
//
// Most are a formula for one sample, in which the gradient in the parameters is worked out like any other: Func makes a loss of
// such a formula in a cell. The sign is the same everywhere: a loss falls as the energy of the data falls.
package loss
