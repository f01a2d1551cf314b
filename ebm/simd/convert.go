package simd

// Widen sets dst to src in double precision.
func Widen(dst []float64, src []float32) { widenAt(best, dst, src) }

// Narrow sets dst to src in single precision, rounded to the nearest.
func Narrow(dst []float32, src []float64) { narrowAt(best, dst, src) }

// Gather adds src to dst in double precision.
func Gather(dst []float64, src []float32) { gatherAt(best, dst, src) }

// eights is the part of n numbers that the kernels do.
func eights(l Level, a, b int) int {
	if a != b {
		panic("simd: operands of different length")
	}
	if l == Generic {
		return 0
	}
	return a &^ 7
}

func widenAt(l Level, dst []float64, src []float32) {
	n := eights(l, len(dst), len(src))
	if n > 0 {
		widenKernel(l, &dst[0], &src[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = float64(src[i])
	}
}

func narrowAt(l Level, dst []float32, src []float64) {
	n := eights(l, len(dst), len(src))
	if n > 0 {
		narrowKernel(l, &dst[0], &src[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = float32(src[i])
	}
}

func gatherAt(l Level, dst []float64, src []float32) {
	n := eights(l, len(dst), len(src))
	if n > 0 {
		gatherKernel(l, &dst[0], &src[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] += float64(src[i])
	}
}
