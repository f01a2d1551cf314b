package expr

// matMul multiplies matrices lane by lane. An operand that all samples share (weights) has a single lane and is never repeated;
// the products of an element are added in order of k.
func matMul(f *frame) {
	ta, tb := f.attr.I[0] == 1, f.attr.I[1] == 1
	m, k, n := f.outer, f.n, f.inner
	clear(f.dst)
	for i := 0; i < m; i++ {
		for p := 0; p < k; p++ {
			ia := i*k + p
			if ta {
				ia = p*m + i
			}
			for j := 0; j < n; j++ {
				ib := p*n + j
				if tb {
					ib = j*k + p
				}
				f.accumulate(i*n+j, ia, ib)
			}
		}
	}
}

// accumulate adds the product of two elements to one of the result, in every lane.
func (f *frame) accumulate(out, ia, ib int) {
	dst := f.lane(f.dst, out)
	switch {
	case f.flat[0] && f.flat[1]: // only where the panel has one lane
		dst[0] += f.in[0][ia] * f.in[1][ib]
	case f.flat[0]:
		axpy(dst, f.in[0][ia], f.lane(f.in[1], ib))
	case f.flat[1]:
		axpy(dst, f.in[1][ib], f.lane(f.in[0], ia))
	default:
		addMul(dst, f.lane(f.in[0], ia), f.lane(f.in[1], ib))
	}
}

func axpy(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] += s * a[i]
	}
}

func addMul(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}
