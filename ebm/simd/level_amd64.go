//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

// highest asks the processor and, through the cpu package, whether the system keeps the wide registers.
func highest() Level {
	x := &cpu.X86
	switch {
	case !(x.HasAVX2 && x.HasFMA && x.HasBMI2):
		return Generic
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}

func set64(l Level) *Set[float64] {
	s := plain[float64](l)
	fillGox64(s)
	switch l {
	case AVX512:
		fill512x64(s)
	case AVX2:
		fill256x64(s)
	}
	return s
}

func set32(l Level) *Set[float32] {
	s := plain[float32](l)
	fillGox32(s)
	switch l {
	case AVX512:
		fill512x32(s)
	case AVX2:
		fill256x32(s)
	}
	return s
}
