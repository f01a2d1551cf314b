package expr

import "joule/ebm/simd"

// movement copies whole rows of lanes.
func (b binder[T]) movement() step {
	attr, L := b.p.graph.nodes[b.of].Attr, b.lanes
	f := b.frame()
	dst := b.buffer(b.at)
	src := make([][]T, len(b.in))
	for i, r := range b.in {
		src[i] = b.buffer(r)
	}
	block := f.inner * L
	switch b.op {
	case Broadcast: // the axis is one of the result
		return func() { repeatBlocks(dst, src[0], f.outer, f.n, block) }
	case Slice:
		lo, hi := attr.I[1], attr.I[2]
		return func() { copyBlocks(dst, src[0][lo*block:], f.outer, (hi-lo)*block, (hi-lo)*block, f.n*block) }
	case Pad:
		lo, total := attr.I[1], attr.I[2]
		return func() {
			clear(dst)
			copyBlocks(dst[lo*block:], src[0], f.outer, f.n*block, total*block, f.n*block)
		}
	case Concat: // the axis is one of the result
		return func() {
			at := 0
			for _, s := range src {
				n := len(s) / f.outer
				copyBlocks(dst[at:], s, f.outer, n, len(dst)/f.outer, n)
				at += n
			}
		}
	}
	return func() { // Transpose: of f.n rows and f.inner columns
		for i := range f.n {
			for j := range f.inner {
				copy(dst[(j*f.n+i)*L:(j*f.n+i+1)*L], src[0][(i*f.inner+j)*L:])
			}
		}
	}
}

// copyBlocks copies blocks of n numbers that lie to and from apart.
func copyBlocks[T any](dst, src []T, blocks, n, to, from int) {
	for o := range blocks {
		copy(dst[o*to:o*to+n], src[o*from:o*from+n])
	}
}

// repeatBlocks writes every block n times.
func repeatBlocks[T simd.Float](dst, src []T, blocks, n, block int) {
	at := 0
	for o := range blocks {
		for range n {
			at += copy(dst[at:], src[o*block:(o+1)*block])
		}
	}
}
