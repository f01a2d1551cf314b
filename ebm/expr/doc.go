// Package expr is the expression graph behind every energy: what a traced function becomes, how it is differentiated, and how it
// runs.
//
// A Graph holds the values of one sample; the batch is implicit. A node's value is a scalar, vector, matrix or image per sample,
// or is the same for all samples (a constant or a parameter), which the executor exploits. Shapes are checked while nodes are
// added, so a mistake is reported by the operation that makes it: misuse panics with an *Error, "ebm: Add: width 3 and 2".
//
// The life of an energy:
//
//	graph.go, ops.go     nodes, and the one table of operations: name, shape rule, value, gradient
//	shape.go, rules.go   shapes and the shape rules
//	compose.go           operations made of others (Norm, Dot, Prod …)
//	unfold.go            windows of images: convolution and pooling
//	solve.go             factors of matrices and what is solved with them
//	gather.go            elements chosen by their places
//	vjp.go, grad.go      gradients emit nodes, so a gradient can be differentiated again
//	jvp.go               derivatives along a direction, made of two gradients
//	call.go              plain Go functions, for what cannot be traced
//	explain.go, trouble.go   a program in words; where a value ceases to be finite
//	optimize.go, …       constant folding, algebra, common subexpressions, dead code: one bottom-up rewrite
//	compile.go           nodes → instructions in three stages, with buffers shared by liveness
//	machine.go           a program with buffers of its own, in float64 or float32: runs one panel of lanes without allocating
//	bind.go, bind_*.go   instructions → vector kernels bound to buffers
//	sparse.go            products with inputs that are mostly zero
//	compiled.go          what works lane by lane → machine code, where the processor allows it
//	fuse.go              elsewhere: elementwise instructions that run together, tile by tile
//	batch.go, pool.go    a batch, split into panels over the processors, with the same result on any number of them
//	parallel.go          the goroutines for it, which stay awake for a moment
//	kernels.go, reduce.go, linear.go   every operation in plain Go and float64: for folding constants, and where no vector kernel is
//
// A panel holds the values of some samples, lane-major: element j of lane r lies at j·lanes+r. So one pass over a row is one
// operation on many samples, which is what vector instructions want; elementwise kernels never look at shapes; and a panel is an
// operand of a matrix product as it is, with weights, which all samples share, as the other. The kernels of package simd give the
// same bits at every level, so a program does too (but for Pow), and its result for a sample does not depend on the lane or the size of the panel.
//
// The gradient of weights is a sum over the batch of products of values per sample. The compiler sees it as one product of matrices
// over the lanes; parts of the batch are summed apart and added in order, in float64.
//
// To add an operation: a constant and a row in ops.go, a kernel, and a gradient. The tests take every row of the table through
// finite differences of first and second order.
package expr
