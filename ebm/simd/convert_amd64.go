//go:build amd64 && !noasm

package simd

func widenKernel(l Level, dst *float64, src *float32, n int) {
	if l == AVX512 {
		widen512(dst, src, n)
	} else {
		widen256(dst, src, n)
	}
}

func narrowKernel(l Level, dst *float32, src *float64, n int) {
	if l == AVX512 {
		narrow512(dst, src, n)
	} else {
		narrow256(dst, src, n)
	}
}

func gatherKernel(l Level, dst *float64, src *float32, n int) {
	if l == AVX512 {
		gather512(dst, src, n)
	} else {
		gather256(dst, src, n)
	}
}

func latticeKernel(own, up, down, beside, aside, random, table *byte, ties *uint32, n int) {
	lattice256(own, up, down, beside, aside, random, table, ties, n)
}
