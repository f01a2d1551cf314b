package expr

import "joule/ebm/simd"

// A binder turns one instruction into a step: it chooses the kernels and binds them to buffers. Operations that have no vector
// kernel run their plain one (see the table), in float64.
type binder[T simd.Float] struct {
	*machine[T]
	instr
	lanes int // of this instruction: 1 before and after the batch
}

var unaryKernels = map[Op]simd.Unary{
	Neg: simd.Neg, Square: simd.Square, Sqrt: simd.Sqrt, Recip: simd.Recip, Abs: simd.Abs, Sign: simd.Sign, Exp: simd.Exp, Log: simd.Log,
	Log1p: simd.Log1p, Softplus: simd.Softplus, Sigmoid: simd.Sigmoid, Tanh: simd.Tanh, Relu: simd.Relu, Sin: simd.Sin, Cos: simd.Cos,
}

var binaryKernels = map[Op]simd.Binary{
	Add: simd.Add, Sub: simd.Sub, Mul: simd.Mul, Div: simd.Div, Maximum: simd.Maximum, Minimum: simd.Minimum, Greater: simd.Greater,
	GreaterEqual: simd.GreaterEqual,
}

// repeats says that the kernel of an operation reads a uniform i-th operand without a copy in every lane.
func repeats(op Op, i int) bool {
	_, two := binaryKernels[op]
	return two || op == MatMul || op == Where && i > 0
}

// bind returns the step.
func (b binder[T]) bind() step {
	if b.op == BatchSum {
		return b.batchSum()
	}
	if run := b.elementwise(); run != nil {
		return func() { run(0, b.at.size) }
	}
	switch b.op {
	case MatMul:
		if run := b.product(); run != nil {
			return run
		}
	case Sum, Max, LogSumExp, Softmax:
		return b.reduction()
	case Broadcast, Slice, Pad, Concat, Transpose:
		return b.movement()
	case Unfold, Fold:
		return b.windows()
	case Gather:
		index, n := *b.p.graph.nodes[b.of].Attr.Index, b.in[0].size/b.shape(0).Dim[0]*b.lanes
		dst, src := b.buffer(b.at), b.buffer(b.in[0])
		return func() { gatherRows(dst, src, index, n) }
	}
	return b.plain()
}

// rows is the i-th operand as the elementwise kernels take it: one row per element of the result.
func (b binder[T]) rows(i int) simd.Rows[T] {
	r := b.in[i]
	x := simd.Rows[T]{Data: b.buffer(r), Stride: b.lanes}
	if r.uniform && b.lanes > 1 {
		x.Scalar, x.Stride = true, 1
	}
	if r.size == 1 {
		x.Stride = 0
		x.Scalar = x.Scalar || b.lanes == 1 && b.at.size > 1
	}
	return x
}

// shape is the shape of the i-th operand.
func (b binder[T]) shape(i int) Shape {
	g := b.p.graph
	return g.nodes[g.nodes[b.of].In[i]].Shape
}

// frame is the frame of the plain kernel.
func (b binder[T]) frame() *frame {
	g := b.p.graph
	n := &g.nodes[b.of]
	shapes := make([]Shape, len(n.In))
	for i := range shapes {
		shapes[i] = b.shape(i)
	}
	f := newFrame(n.Op, n.Attr, n.Shape, shapes, b.lanes)
	f.work = make([]float64, b.lanes)
	for i, r := range b.in {
		if i < len(f.flat) {
			f.flat[i] = r.uniform
		}
	}
	return f
}

// plain runs the kernel of the table; for another precision on copies.
func (b binder[T]) plain() step {
	f, run := b.frame(), b.p.graph.ops[b.op].value
	dst := b.buffer(b.at)
	if d, ok := any(dst).([]float64); ok {
		f.dst = d
		for i, r := range b.in {
			f.in[i] = any(b.buffer(r)).([]float64)
		}
		return func() { run(f) }
	}
	f.dst = make([]float64, len(dst))
	src := make([][]T, len(b.in))
	for i, r := range b.in {
		src[i] = b.buffer(r)
		f.in[i] = make([]float64, len(src[i]))
	}
	return func() {
		for i, s := range src {
			convert(f.in[i], s)
		}
		run(f)
		convert(dst, f.dst)
	}
}
