// Package sampler draws configurations from the Gibbs distribution p(x) ∝ e^−E(x) of an energy.
//
//	run := sampler.Sample(ctx, ring, sampler.MALA{Step: 0.05}, sampler.Schedule{Chains: 512, Draws: 2000, Seed: 1})
//	run.Summary()
//
// Underneath is the law of blackjax: a kernel takes a state and random numbers and returns a state and some information about
// the step, (state, info) = step(state, noise). A kernel knows nothing of warm-up, threads or what is kept; Sample knows nothing
// of proposals. Here a state is a panel of chains that move together, because that is how programs run.
//
//	mala.go, ula.go, hmc.go, gibbs.go   a sampler each
//	ais.go            AIS: log Z by annealing
//	walk.go           configurations that somebody else keeps
//	kernel.go         State, Info, Kernel, Sampler: what a sampler is written against
//	target.go         Target: energy and gradient of a panel
//	noise.go          Noise: random numbers named by seed, purpose, chain and step
//	adapt.go          the search for a step size during warm-up
//	schedule.go       Schedule: how many chains, draws, …
//	sample.go, run.go Sample and Run
//	panel.go          a group of chains that move together
//	single.go, …      ULA, MALA and HMC as compiled steps in single precision
//
// To add a sampler: one file with a struct of its parameters, whose zero values are useful, and a method Kernel.
// ebmtest.CheckSampler says whether it draws from the right distribution.
//
// The same seed gives the same draws, bit for bit, on any number of processors: every random number is a function of the seed,
// the chain and the step, and panels do not depend on each other.
package sampler
