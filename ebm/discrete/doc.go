// Package discrete holds energies of spins and bits, and the sums over all of their states by which everything else is checked.
//
//	ising := discrete.Lattice(32, 32, 0.44, 0)
//	run := sampler.Sample(ctx, ising, sampler.Gibbs{}, sampler.Schedule{Chains: 64, Draws: 500, Seed: 1})
//
//	rbm := discrete.RBM{Visible: 16, Hidden: 16, Seed: 1}.New()       // trained like any other model
//	discrete.Enumerate(rbm).MeanLogLikelihood(data.BarsAndStripes(4)) // exactly
//
// Energies are ordinary energies, defined on vectors of numbers: −1 and 1 for spins, 0 and 1 for bits. They have gradients there
// and can be used within others. Besides, they know the distribution of each of their coordinates given the others, which
// sampler.Gibbs asks for.
//
//	ising.go      Ising: spins that are given their couplings
//	boltzmann.go  Boltzmann: spins that learn them
//	rbm.go        RBM: the restricted Boltzmann machine
//	lattice.go    lattices as boards of bytes, for sampling
//	units.go      the bits of machines in single precision, for sampling
//	exact.go      Enumerate: all states, their probabilities and log Z
package discrete
