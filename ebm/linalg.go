package ebm

import "joule/ebm/expr"

// Solve returns the solution of A·y = b for a square matrix A and a vector or a matrix b. Where A is singular it is infinite or NaN.
func (a Tensor) Solve(b any) Tensor {
	return apply("Solve", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Solve(in[0], in[1]) }, a, operand("Solve", b))
}

// SolveLower is Solve for a lower triangular matrix, such as a Cholesky factor; what is above the diagonal is not read.
func (a Tensor) SolveLower(b any) Tensor { return a.solveTriangular("SolveLower", b, false) }

// SolveUpper is Solve for an upper triangular matrix; what is below the diagonal is not read.
func (a Tensor) SolveUpper(b any) Tensor { return a.solveTriangular("SolveUpper", b, true) }

func (a Tensor) solveTriangular(op string, b any, upper bool) Tensor {
	return apply(op, func(g *expr.Graph, in []expr.ID) expr.ID { return g.SolveTriangular(in[0], in[1], upper) }, a, operand(op, b))
}

// Cholesky returns the lower triangular matrix L with L·Lᵀ = A for a symmetric positive definite A, and of any other the one for
// (A + Aᵀ)/2. Where that is not positive definite there are NaN. A Gaussian of covariance A has the energy
//
//	l := a.Cholesky()
//	l.SolveLower(x).Square().Sum().Div(2).Add(l.Diag().Log().Sum())
//
// up to a constant.
func (a Tensor) Cholesky() Tensor { return a.unary(expr.Cholesky) }

// LogDet returns log |det A| of a square matrix: −Inf of a singular one.
func (a Tensor) LogDet() Tensor { return a.unary(expr.LogDet) }

// Diag returns the diagonal of a square matrix, or the diagonal matrix of a vector.
func (a Tensor) Diag() Tensor {
	return apply("Diag", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Diag(in[0]) }, a)
}
