package expr

import "math"

// Reductions see an operand as outer blocks of n rows of inner·lanes numbers and fold the rows.

func (b binder[T]) reduction() step {
	outer, n, inner := b.shape(0).around(b.p.graph.nodes[b.of].Attr.I[0])
	row := inner * b.lanes
	dst, a := b.buffer(b.at), b.buffer(b.in[0])
	each := func(do func(dst, a []T)) step {
		return func() {
			for o := range outer {
				size := len(dst) / outer
				do(dst[o*size:(o+1)*size], a[o*n*row:(o+1)*n*row])
			}
		}
	}
	switch b.op {
	case Sum:
		return each(func(dst, a []T) { b.set.SumRows(dst, a, n, row) })
	case Max:
		return each(func(dst, a []T) { b.set.MaxRows(dst, a, n, row) })
	case LogSumExp:
		work := b.scratch((n + 1) * row)
		return each(func(dst, a []T) { b.logSumExp(dst, a, n, work()) })
	}
	work := b.scratch(2 * row)
	return each(func(dst, a []T) { b.softmax(dst, a, n, work()) })
}

// exps writes e^(a − top) to the rows of dst, top being the largest of each lane; where that is ±Inf it subtracts 0 instead, so that
// the sum comes out as 0 or +Inf.
func (b binder[T]) exps(dst, a, top []T, n int, infinite bool) {
	row := len(top)
	b.set.MaxRows(top, a, n, row)
	for l, v := range top {
		if math.IsInf(float64(v), -1) || infinite && math.IsInf(float64(v), 1) {
			top[l] = 0
		}
	}
	b.set.Binary(simdSub, dst, n, rowsOf(a, row), rowsOf(top, 0))
	b.set.Unary(simdExp, dst, dst)
}

func (b binder[T]) logSumExp(dst, a []T, n int, work []T) {
	row := len(dst)
	top, e := work[:row], work[row:]
	b.exps(e, a, top, n, true)
	b.set.SumRows(dst, e, n, row)
	b.set.Unary(simdLog, dst, dst)
	b.set.Binary(simdAdd, dst, 1, rowsOf(dst, 0), rowsOf(top, 0))
}

func (b binder[T]) softmax(dst, a []T, n int, work []T) {
	row := len(a) / n
	top, sum := work[:row], work[row:]
	b.exps(dst, a, top, n, false)
	b.set.SumRows(sum, dst, n, row)
	b.set.Unary(simdRecip, sum, sum) // 0 where all were −Inf
	b.set.Binary(simdMul, dst, n, rowsOf(dst, row), rowsOf(sum, 0))
}
