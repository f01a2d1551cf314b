// Package simd is the numeric floor of the engine: loops over slices of numbers that know nothing of energies.
//
// It holds the counter-based random numbers, in pure Go.
//
// # Random numbers
//
// There is no generator with a state that threads would have to share or that order could change. Every number is a function of
// where it is used: Source{Seed, Stream} and the chain, the step and the position within the step. So the same seed gives the
// same bytes on any number of processors, a run can be continued from its step number, and two purposes never share numbers as
// long as they have streams of their own. The function is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011).
package simd
