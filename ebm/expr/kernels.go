package expr

import "math"

// A kernel computes the panel of one node in pure Go and float64. Machines use it where bind.go knows no vector kernel.
type kernel func(f *frame)

// A frame is what a kernel works on, bound once when a machine is made.
type frame struct {
	lanes int         // samples in the panel
	dst   []float64   // result: elements × lanes
	in    [][]float64 // operands: elements × lanes
	size  []int       // elements of each operand
	flat  [2]bool     // of MatMul: the operand is the same for all samples and has one lane
	outer int         // the shape of operand 0 around the axis (see Shape.around); of the result for Concat
	n     int
	inner int
	attr  Attr
	shape Shape     // of operand 0
	work  []float64 // lanes numbers
	lu    *elimination
}

// unary lifts a loop over equal slices to a kernel.
func unary(loop func(dst, a []float64)) kernel {
	return func(f *frame) { loop(f.dst, f.in[0]) }
}

// binary lifts a loop over equal slices to a kernel; an operand with one element is repeated for every row.
func binary(loop func(dst, a, b []float64)) kernel {
	return func(f *frame) {
		a, b, L := f.in[0], f.in[1], f.lanes
		if len(a) == len(f.dst) && len(b) == len(f.dst) {
			loop(f.dst, a, b)
			return
		}
		for lo := 0; lo < len(f.dst); lo += L {
			loop(f.dst[lo:lo+L], row(a, lo, L), row(b, lo, L))
		}
	}
}

// row is the lanes of an operand that begin at lo, or its only ones.
func row(a []float64, lo, lanes int) []float64 {
	if len(a) == lanes {
		return a
	}
	return a[lo : lo+lanes]
}

// The loops below write a[:len(dst)] so that the compiler drops the bounds checks.

func add(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func sub(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mul(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func div(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

// maximum and minimum let a NaN of either operand through.
func maximum(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], b[i])
	}
}

func minimum(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = min(a[i], b[i])
	}
}

func greater(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		v := 0.0
		if a[i] > b[i] {
			v = 1
		}
		dst[i] = v
	}
}

func greaterEqual(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		v := 0.0
		if a[i] >= b[i] {
			v = 1
		}
		dst[i] = v
	}
}

func where(f *frame) {
	L := f.lanes
	for lo := 0; lo < len(f.dst); lo += L {
		c, a, b := row(f.in[0], lo, L), row(f.in[1], lo, L), row(f.in[2], lo, L)
		dst := f.dst[lo : lo+L]
		for i := range dst {
			v := b[i]
			if c[i] != 0 {
				v = a[i]
			}
			dst[i] = v
		}
	}
}

func neg(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = -a[i]
	}
}

func square(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * a[i]
	}
}

func sqrt(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Sqrt(a[i])
	}
}

func recip(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		v := 0.0
		if a[i] != 0 {
			v = 1 / a[i]
		}
		dst[i] = v
	}
}

func pow(f *frame) {
	a, dst, k := f.in[0], f.dst, f.attr.F
	for i := range dst {
		dst[i] = math.Pow(a[i], k)
	}
}

func abs(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Abs(a[i])
	}
}

func sign(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		v := a[i] // ±0 and NaN stay
		if v > 0 {
			v = 1
		} else if v < 0 {
			v = -1
		}
		dst[i] = v
	}
}

func exp(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Exp(a[i])
	}
}

func log(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Log(a[i])
	}
}

func log1p(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Log1p(a[i])
	}
}

// softplus is max(x, 0) + log(1 + e^−|x|): exact in both tails and free of overflow.
func softplus(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], 0) + math.Log1p(math.Exp(-math.Abs(a[i])))
	}
}

// sigmoid takes the exponential of −|x| only, so that neither tail overflows or loses its small value.
func sigmoid(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		e := math.Exp(-math.Abs(a[i]))
		if a[i] >= 0 {
			dst[i] = 1 / (1 + e)
		} else {
			dst[i] = e / (1 + e)
		}
	}
}

func tanh(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Tanh(a[i])
	}
}

func relu(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], 0)
	}
}

func sin(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Sin(a[i])
	}
}

func cos(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = math.Cos(a[i])
	}
}
