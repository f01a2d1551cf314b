//go:build !amd64 || noasm

package simd

func widenKernel(Level, *float64, *float32, int) { panic("simd: no kernel") }

func narrowKernel(Level, *float32, *float64, int) { panic("simd: no kernel") }

func gatherKernel(Level, *float64, *float32, int) { panic("simd: no kernel") }

func latticeKernel(own, up, down, beside, aside, random, table *byte, ties *uint32, n int) {
	panic("simd: no kernel")
}
