package simd

import "unsafe"

// Peak runs n rounds of fused multiplications that need nothing but registers, the most that the processor can do, and returns the number
// of floating-point operations; in plain Go it does nothing. It is what other figures are compared with.
func (s *Set[T]) Peak(n int) (operations float64) {
	if s.level == Generic {
		return 0
	}
	s.peak(n)
	bytes := 64
	if s.level == AVX2 {
		bytes = 32
	}
	return float64(2 * 10 * n * bytes / int(unsafe.Sizeof(T(0))))
}
