package expr

import "math"

// Reductions and what goes with them. An operand is seen as outer × n × inner rows of lanes, and n is reduced; whole rows are
// added in order, so the result of a lane depends on that lane alone and not on how many there are.

// rows calls do once for every result row: base is the index in the operand of its first row, and step the distance between the n
// rows that it is made of.
func (f *frame) rows(do func(out, base, step int)) {
	for o := 0; o < f.outer; o++ {
		for i := 0; i < f.inner; i++ {
			do(o*f.inner+i, o*f.n*f.inner+i, f.inner)
		}
	}
}

// lane returns the r-th row of a panel.
func (f *frame) lane(p []float64, r int) []float64 { return p[r*f.lanes : (r+1)*f.lanes] }

func sum(f *frame) {
	if f.inner == 1 { // the usual case, without closures
		for o := 0; o < f.outer; o++ {
			f.sumRows(f.lane(f.dst, o), o*f.n, 1)
		}
		return
	}
	f.rows(func(out, base, step int) { f.sumRows(f.lane(f.dst, out), base, step) })
}

func (f *frame) sumRows(dst []float64, base, step int) {
	copy(dst, f.lane(f.in[0], base))
	for k := 1; k < f.n; k++ {
		add(dst, dst, f.lane(f.in[0], base+k*step))
	}
}

func largest(f *frame) {
	f.rows(func(out, base, step int) { f.maxRows(f.lane(f.dst, out), base, step) })
}

func (f *frame) maxRows(dst []float64, base, step int) {
	copy(dst, f.lane(f.in[0], base))
	for k := 1; k < f.n; k++ {
		maximum(dst, dst, f.lane(f.in[0], base+k*step))
	}
}

// logSumExp subtracts the largest element first; where that is infinite it is the result.
func logSumExp(f *frame) {
	f.rows(func(out, base, step int) {
		dst, top := f.lane(f.dst, out), f.work
		f.maxRows(top, base, step)
		clear(dst)
		for k := 0; k < f.n; k++ {
			for l, v := range f.lane(f.in[0], base+k*step) {
				dst[l] += math.Exp(v - top[l])
			}
		}
		for l, m := range top {
			if math.IsInf(m, 0) {
				dst[l] = m
			} else {
				dst[l] = m + math.Log(dst[l])
			}
		}
	})
}

func softmax(f *frame) {
	f.rows(func(_, base, step int) {
		top := f.work
		f.maxRows(top, base, step)
		for l := range top {
			f.softmaxLane(l, base, step, top[l])
		}
	})
}

func (f *frame) softmaxLane(l, base, step int, top float64) {
	L, in := f.lanes, f.in[0]
	if math.IsInf(top, -1) {
		for k := 0; k < f.n; k++ {
			f.dst[(base+k*step)*L+l] = 0
		}
		return
	}
	total := 0.0
	for k := 0; k < f.n; k++ {
		i := (base+k*step)*L + l
		e := math.Exp(in[i] - top)
		f.dst[i] = e
		total += e
	}
	for k := 0; k < f.n; k++ {
		f.dst[(base+k*step)*L+l] /= total
	}
}

func oneHot(f *frame) {
	L, in := f.lanes, f.in[0]
	clear(f.dst)
	f.rows(func(_, base, step int) {
		for l := 0; l < L; l++ {
			best := base
			for k := 1; k < f.n; k++ {
				if r := base + k*step; in[r*L+l] > in[best*L+l] {
					best = r
				}
			}
			f.dst[best*L+l] = 1
		}
	})
}

func broadcast(f *frame) { // the axis is one of the result: see newFrame
	at := 0
	for o := 0; o < f.outer; o++ {
		block := f.in[0][o*f.inner*f.lanes : (o+1)*f.inner*f.lanes]
		for k := 0; k < f.n; k++ {
			at += copy(f.dst[at:], block)
		}
	}
}

func slice(f *frame) {
	lo, hi := f.attr.I[1], f.attr.I[2]
	at, block := 0, f.inner*f.lanes
	for o := 0; o < f.outer; o++ {
		at += copy(f.dst[at:], f.in[0][(o*f.n+lo)*block:(o*f.n+hi)*block])
	}
}

func pad(f *frame) {
	lo, total := f.attr.I[1], f.attr.I[2]
	block := f.inner * f.lanes
	clear(f.dst)
	for o := 0; o < f.outer; o++ {
		copy(f.dst[(o*total+lo)*block:], f.in[0][o*f.n*block:(o+1)*f.n*block])
	}
}

func concat(f *frame) { // the axis is one of the result: see newFrame
	at := 0
	for o := 0; o < f.outer; o++ {
		for i, in := range f.in {
			n := f.size[i] * f.lanes / f.outer
			at += copy(f.dst[at:], in[o*n:(o+1)*n])
		}
	}
}

func transpose(f *frame) {
	r, c := f.n, f.inner
	for i := 0; i < r; i++ {
		for j := 0; j < c; j++ {
			copy(f.lane(f.dst, j*r+i), f.lane(f.in[0], i*c+j))
		}
	}
}

func copied(f *frame) { copy(f.dst, f.in[0]) }
