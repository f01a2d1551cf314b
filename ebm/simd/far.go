package simd

import "math"

// farSin and farCos compute what a kernel left; the other numbers are at most 1.
func farSin[T Float](dst *T, n int) { far(dst, n, math.Sin) }

func farCos[T Float](dst *T, n int) { far(dst, n, math.Cos) }

func far[T Float](dst *T, n int, f func(float64) float64) {
	for i := range n {
		if p := at(dst, i); *p > 1 || *p < -1 {
			*p = T(f(float64(*p)))
		}
	}
}
