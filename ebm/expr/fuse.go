package expr

import (
	"unsafe"

	"joule/ebm/simd"
)

// Values are computed in tiles of tileBytes if they take more than fuseBytes: a few tiles fit into the nearest cache together. Smaller
// values stay in the cache as they are; there, more calls would cost more than they bring (measured: 5 %).
const (
	tileBytes = 8 << 10
	fuseBytes = 32 << 10
)

// A rowStep computes the rows from lo up to hi of an elementwise instruction.
type rowStep func(lo, hi int)

// elementwise returns the step of an operation that has an elementwise kernel, or nil.
func (b binder[T]) elementwise() rowStep {
	dst, n := b.buffer(b.at), b.lanes
	if f, ok := unaryKernels[b.op]; ok {
		a := b.buffer(b.in[0])
		return func(lo, hi int) { b.set.Unary(f, dst[lo*n:hi*n], a[lo*n:hi*n]) }
	}
	if f, ok := binaryKernels[b.op]; ok {
		x, y := b.rows(0), b.rows(1)
		return func(lo, hi int) { b.set.Binary(f, dst[lo*n:hi*n], hi-lo, from(x, lo), from(y, lo)) }
	}
	if b.op == Where {
		if x, y, z := b.rows(0), b.rows(1), b.rows(2); !x.Scalar {
			return func(lo, hi int) {
				b.set.Ternary(simd.Where, dst[lo*n:hi*n], hi-lo, from(x, lo), from(y, lo), from(z, lo))
			}
		}
	}
	return nil
}

// from is an operand from row lo on.
func from[T simd.Float](x simd.Rows[T], lo int) simd.Rows[T] {
	x.Data = x.Data[lo*x.Stride:]
	return x
}

// bindAll binds the instructions of a stage. Elementwise ones that follow each other and have results of one size are fused: they
// run together on one tile of rows after the other, so that what one writes is still in the cache when the next reads it. That is
// always allowed, because a row depends on the same row of the operands, or on an operand of one row, which has another size.
func (m *machine[T]) bindAll(code []instr, lanes int, parts []part) []step {
	var steps []step
	for i := 0; i < len(code); {
		if len(parts) > 0 && parts[0].from == i {
			steps = append(steps, m.compiledStep(parts[0].code))
			i, parts = parts[0].to, parts[1:]
			continue
		}
		b := binder[T]{machine: m, instr: code[i], lanes: lanes}
		end := len(code)
		if len(parts) > 0 {
			end = parts[0].from
		}
		group, row := m.group(code[i:end], lanes), lanes*int(unsafe.Sizeof(T(0)))
		if len(group) < 2 || b.at.size*row <= fuseBytes {
			steps = append(steps, b.bind())
			i++
			continue
		}
		steps = append(steps, fused(group, b.at.size, max(1, tileBytes/row)))
		i += len(group)
	}
	return steps
}

// group binds the elementwise instructions at the beginning of code that have results of one size.
func (m *machine[T]) group(code []instr, lanes int) (group []rowStep) {
	for _, in := range code {
		if in.at.size != code[0].at.size || in.op == BatchSum {
			break
		}
		run := binder[T]{machine: m, instr: in, lanes: lanes}.elementwise()
		if run == nil {
			break
		}
		group = append(group, run)
	}
	return group
}

func fused(group []rowStep, rows, tile int) step {
	return func() {
		for lo := 0; lo < rows; lo += tile {
			hi := min(lo+tile, rows)
			for _, run := range group {
				run(lo, hi)
			}
		}
	}
}
