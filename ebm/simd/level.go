package simd

import "os"

// A Level is an instruction set that kernels exist for.
type Level uint8

// The levels, slowest first.
const (
	Generic Level = iota // plain Go, on every processor
	AVX2                 // with FMA: 8 numbers of float32 at once
	AVX512               // F, DQ, BW and VL: 16 numbers
	numLevels
)

var levelNames = [numLevels]string{"generic", "avx2", "avx512"}

// String returns the name of the level, as the variable JOULE_SIMD takes it.
func (l Level) String() string { return levelNames[l] }

// Levels returns the levels that this processor and this build have, slowest first.
func Levels() []Level {
	var ls []Level
	for l := range highest() + 1 {
		ls = append(ls, l)
	}
	return ls
}

// best is decided once: a program whose arithmetic changed under way would not be reproducible.
var best = choose(os.Getenv("JOULE_SIMD"))

// Best returns the level in use: the highest that the processor has, or the one that the environment variable JOULE_SIMD names
// (generic, avx2, avx512) if that is lower.
func Best() Level { return best }

func choose(name string) Level {
	for l := range numLevels {
		if levelNames[l] == name {
			return min(l, highest())
		}
	}
	return highest()
}
