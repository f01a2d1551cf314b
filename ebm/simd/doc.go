// Package simd is the numeric floor of the engine: loops over slices of numbers that know nothing of energies.
//
// A Set holds the kernels of one precision at one Level: elementwise functions, operations over rows with operands that repeat,
// reductions, matrix products. There are three levels, AVX-512, AVX2 with FMA, and plain Go, chosen at run time by Best.
//
// All levels give the same bits. That is no accident of testing: each function is written once, as a formula of correctly rounded
// operations (in gen/functions.go), and translated to vector instructions and to Go; sums and products are added in an order that is
// part of their contract. So a result found on one processor can be reproduced on another.
//
//	level.go       which levels there are, and which one is used
//	set.go         the kernels and elementwise operations over rows
//	fold.go        sums, maxima and matrix products
//	sparse.go      products with matrices that are mostly zero
//	convert.go     between the precisions
//	plain.go       these in plain Go
//	far.go         sine and cosine of very large arguments
//	lattice.go     rows of bits given their neighbours
//	philox.go      the counter-based generator
//	source.go      uniform and normal numbers by name
//	flush.go       denormal numbers as zero, on one thread; waiting
//	peak.go        what the processor can do at most
//	z*             written by gen: assembly, its declarations, plain Go loops, the tables of kernels
//
// Package ebm/internal/jit puts several elementwise functions together to one loop, at run time.
//
// The build tag noasm leaves the assembly out; the environment variable JOULE_SIMD lowers the level.
//
// # Random numbers
//
// There is no generator with a state that threads would have to share or that order could change. Every number is a function of
// where it is used: Source{Seed, Stream} and the chain, the step and the position within the step. So the same seed gives the
// same bytes on any number of processors, a run can be continued from its step number, and two purposes never share numbers as
// long as they have streams of their own. The function is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011).
package simd
