package simd

import (
	"math"
	"unsafe"
)

// The kernels over rows and matrices in plain Go; the elementwise ones are generated. They do the same operations in the same order
// as the assembly.

// plain returns a set with these kernels.
func plain[T Float](l Level) *Set[T] {
	tiles := []tile[T]{{1, plainMatMul[T]}}
	return &Set[T]{level: l, sumRows: plainSumRows[T], maxRows: plainMaxRows[T], dotRows: plainDotRows[T], sumLanes: plainSumLanes[T],
		combine: plainCombine[T], tiles: tiles, masked: tiles, narrow: tiles, columns: 16, peak: func(int) {}}
}

// fma is a·b + c, rounded once.
func fma[T Float](a, b, c T) T {
	if unsafe.Sizeof(a) == 8 {
		return T(math.FMA(float64(a), float64(b), float64(c)))
	}
	return T(fma32(float32(a), float32(b), float32(c)))
}

// fma32 is a·b + c, rounded once. The product is exact in float64; the sum is rounded there first, which matters only where it lands
// halfway between two numbers of float32: then the rounding error of the sum decides.
func fma32(a, b, c float32) float32 {
	p, z := float64(a)*float64(b), float64(c)
	s := p + z
	u := math.Float64bits(s)
	if u&(1<<29-1) != 1<<28 && u>>52&0x7ff > 1023-126 {
		return float32(s)
	}
	if e := sumError(p, z, s); e != 0 && u&1 == 0 && !math.IsInf(s, 0) { // round to odd instead
		if (e > 0) == (s > 0) {
			u++
		} else {
			u--
		}
	}
	return float32(math.Float64frombits(u))
}

// sumError is the exact a + b − s for s = a + b rounded (Knuth, "The Art of Computer Programming" 2, 4.2.2).
func sumError(a, b, s float64) float64 {
	t := s - a
	return (a - (s - t)) + (b - t)
}

func plainSumRows[T Float](dst, a *T, rows, n, sa int) {
	d := unsafe.Slice(dst, n)
	clear(d)
	for r := range rows {
		row := unsafe.Slice(at(a, r*sa), n)
		for l, v := range row {
			d[l] += v
		}
	}
}

func plainMaxRows[T Float](dst, a *T, rows, n, sa int) {
	d := unsafe.Slice(dst, n)
	copy(d, unsafe.Slice(a, n))
	for r := 1; r < rows; r++ {
		for l, v := range unsafe.Slice(at(a, r*sa), n) {
			if d[l] == d[l] && !(d[l] > v) {
				d[l] = v
			}
		}
	}
}

func plainDotRows[T Float](dst, a, b *T, rows, n, sa, sb int) {
	d := unsafe.Slice(dst, n)
	clear(d)
	for r := range rows {
		x, y := unsafe.Slice(at(a, r*sa), n), unsafe.Slice(at(b, r*sb), n)
		for l := range d {
			d[l] = fma(x[l], y[l], d[l])
		}
	}
}

func plainSumLanes[T Float](dst, a *T, rows, n, sa int) {
	var acc [16]T
	w := 64 / int(unsafe.Sizeof(acc[0]))
	for r := range rows {
		clear(acc[:])
		for l, v := range unsafe.Slice(at(a, r*sa), n) {
			acc[l%w] += v
		}
		for h := w / 2; h > 0; h /= 2 {
			for l := range h {
				acc[l] += acc[l+h]
			}
		}
		*at(dst, r) = acc[0]
	}
}

// plainMatMul computes one row of up to 16 columns.
func plainMatMul[T Float](dst, a, b *T, k, _, acs, ldb, _, n, add int) {
	var acc [16]T
	for p := range k {
		v := *at(a, p*acs)
		for j, w := range unsafe.Slice(at(b, p*ldb), n) {
			acc[j] = fma(v, w, acc[j])
		}
	}
	d := unsafe.Slice(dst, n)
	for j := range d {
		if add != 0 {
			d[j] += acc[j]
		} else {
			d[j] = acc[j]
		}
	}
}

// plainCombine adds rows of b, the rows[t]-th v[t] times.
func plainCombine[T Float](dst, b *T, rows *int, v *T, k, ldb, n, add int) {
	var acc [16]T
	d, chosen, times := unsafe.Slice(dst, n), unsafe.Slice(rows, k), unsafe.Slice(v, k)
	for j := 0; j < n; j += len(acc) {
		part := d[j:min(j+len(acc), n)]
		clear(acc[:])
		for t, row := range chosen {
			for l, w := range unsafe.Slice(at(b, row*ldb+j), len(part)) {
				acc[l] = fma(times[t], w, acc[l])
			}
		}
		for l := range part {
			if add != 0 {
				part[l] += acc[l]
			} else {
				part[l] = acc[l]
			}
		}
	}
}
