package expr

// An Op is an operation: an index into the table.
type Op uint8

// The operations. Elementwise operations with several operands repeat a one-element operand for every element of the others.
const (
	Input Op = iota // a value per sample; I[0] is its number
	Param           // a value for all samples; I[0] is its number
	Const           // a known value for all samples

	Add
	Sub
	Mul
	Div
	Maximum      // the gradient of a tie goes to the first operand
	Minimum      // likewise
	Greater      // 1 where a > b, else 0; no gradient
	GreaterEqual // 1 where a ≥ b, else 0; no gradient
	Where        // b where a ≠ 0, else c

	Neg
	Square
	Sqrt     // NaN below 0; the gradient at 0 is taken as 0, which gives Norm its gradient 0 at the origin
	Recip    // 1/x, and 0 at 0
	Pow      // x to the constant F
	Abs      // the gradient at 0 is 0
	Sign     // −1, 0, 1; no gradient
	Exp      // overflows to +Inf above 709.78
	Log      // −Inf at 0, NaN below
	Log1p    // log(1+x), exact near 0
	Softplus // log(1+eˣ), exact in both tails
	Sigmoid
	Tanh
	Relu // the gradient at 0 is 0
	Sin
	Cos

	Sum       // over the axis I[0]
	Max       // over the axis I[0]
	LogSumExp // over the axis I[0]; all −Inf gives −Inf with gradient 0
	Softmax   // along the axis I[0]; all −Inf gives 0
	OneHot    // along the axis I[0]: 1 at the first largest element, else 0; no gradient

	MatMul // of matrices; I[0], I[1] = 1: the first, second operand is taken transposed

	Reshape   // to rank I[0] and extents I[1:]
	Broadcast // inserts an axis before I[0], of extent I[1], along which the value is repeated
	Slice     // along the axis I[0], elements I[1] to I[2]
	Pad       // along the axis I[0], zeros around: the operand begins at I[1] of extent I[2]
	Concat    // along the axis I[0]
	Transpose // of a matrix
	Unfold    // of an image: the windows of I[0] × I[1], I[2] apart, as columns
	Fold      // of such columns: the sum of windows in an image of I[3] × I[4]
	Gather    // along the first axis, the places that Index lists
	Scatter   // along the first axis, to the places that Index lists among I[0]: what meets there is added

	Solve           // A⁻¹B of two matrices; of a singular A infinite or NaN
	SolveTriangular // the same, where A is lower triangular or, with I[0] = 1, upper; the other triangle is not read
	Cholesky        // the lower L with L·Lᵀ = (A + Aᵀ)/2; NaN from the row on where that is not positive definite
	LogDet          // log |det A| of a matrix; −Inf of a singular one

	Call         // of a plain Go function, Host
	CallGradient // of it, by finite differences; no gradient
	StopGradient // the value itself; no gradient
	BatchSum     // the sum over all samples

	numOps
)

// A rule is a row of the table: all that the package knows of an operation.
type rule struct {
	name  string // as a person writes it
	arity int    // number of operands; −1: any
	shape shapeRule
	value kernel
	vjp   vjp // None entries and a nil function mean no gradient
	// elementwise: the value of an element depends on the same element of the operands, so the result may overwrite an operand.
	elementwise bool
}

// table is read only.
var table = [numOps]rule{
	Input: {name: "Input"},
	Param: {name: "Param"},
	Const: {name: "Const"},

	Add:          {"Add", 2, elementwise, binary(add), vjpAdd, true},
	Sub:          {"Sub", 2, elementwise, binary(sub), vjpSub, true},
	Mul:          {"Mul", 2, elementwise, binary(mul), vjpMul, true},
	Div:          {"Div", 2, elementwise, binary(div), vjpDiv, true},
	Maximum:      {"Maximum", 2, elementwise, binary(maximum), vjpMaximum, true},
	Minimum:      {"Minimum", 2, elementwise, binary(minimum), vjpMinimum, true},
	Greater:      {"Greater", 2, elementwise, binary(greater), nil, true},
	GreaterEqual: {"GreaterEqual", 2, elementwise, binary(greaterEqual), nil, true},
	Where:        {"Where", 3, elementwise, where, vjpWhere, true},

	Neg:      {"Neg", 1, elementwise, unary(neg), vjpNeg, true},
	Square:   {"Square", 1, elementwise, unary(square), vjpSquare, true},
	Sqrt:     {"Sqrt", 1, elementwise, unary(sqrt), vjpSqrt, true},
	Recip:    {"Recip", 1, elementwise, unary(recip), vjpRecip, true},
	Pow:      {"Pow", 1, elementwise, pow, vjpPow, true},
	Abs:      {"Abs", 1, elementwise, unary(abs), vjpAbs, true},
	Sign:     {"Sign", 1, elementwise, unary(sign), nil, true},
	Exp:      {"Exp", 1, elementwise, unary(exp), vjpExp, true},
	Log:      {"Log", 1, elementwise, unary(log), vjpLog, true},
	Log1p:    {"Log1p", 1, elementwise, unary(log1p), vjpLog1p, true},
	Softplus: {"Softplus", 1, elementwise, unary(softplus), vjpSoftplus, true},
	Sigmoid:  {"Sigmoid", 1, elementwise, unary(sigmoid), vjpSigmoid, true},
	Tanh:     {"Tanh", 1, elementwise, unary(tanh), vjpTanh, true},
	Relu:     {"ReLU", 1, elementwise, unary(relu), vjpRelu, true},
	Sin:      {"Sin", 1, elementwise, unary(sin), vjpSin, true},
	Cos:      {"Cos", 1, elementwise, unary(cos), vjpCos, true},

	Sum:       {"Sum", 1, reduced, sum, vjpSum, false},
	Max:       {"Max", 1, reduced, largest, vjpMax, false},
	LogSumExp: {"LogSumExp", 1, reduced, logSumExp, vjpLogSumExp, false},
	Softmax:   {"Softmax", 1, along, softmax, vjpSoftmax, false},
	OneHot:    {"OneHot", 1, along, oneHot, nil, false},

	MatMul: {"MatMul", 2, product, matMul, vjpMatMul, false},

	Reshape:   {"Reshape", 1, reshaped, copied, vjpReshape, false},
	Broadcast: {"Broadcast", 1, broadcasted, broadcast, vjpBroadcast, false},
	Slice:     {"Slice", 1, sliced, slice, vjpSlice, false},
	Pad:       {"Pad", 1, padded, pad, vjpPad, false},
	Concat:    {"Concat", -1, concatenated, concat, vjpConcat, false},
	Transpose: {"Transpose", 1, transposed, transpose, vjpTranspose, false},
	Unfold:    {"Unfold", 1, unfolded, unfold, vjpUnfold, false},
	Fold:      {"Fold", 1, folded, fold, vjpFold, false},
	Gather:    {"Gather", 1, gathered, gather, vjpGather, false},
	Scatter:   {"Scatter", 1, scattered, scatter, vjpScatter, false},

	Solve:           {"Solve", 2, solved, solve, vjpSolve, false},
	SolveTriangular: {"SolveTriangular", 2, solved, solveTriangular, vjpSolveTriangular, false},
	Cholesky:        {"Cholesky", 1, factored, cholesky, vjpCholesky, false},
	LogDet:          {"LogDet", 1, logDetShape, logDet, vjpLogDet, false},

	Call:         {"Slow", 1, called, call, vjpCall, false},
	CallGradient: {"SlowGradient", 1, calledGradient, callGradient, nil, false},

	StopGradient: {"StopGradient", 1, elementwise, copied, nil, false},
	BatchSum:     {"BatchSum", 1, elementwise, nil, vjpBatchSum, false},
}

// String returns the name of the operation.
func (op Op) String() string { return table[op].name }
