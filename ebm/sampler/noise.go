package sampler

import "joule/ebm/simd"

// Streams of random numbers, one per purpose.
const (
	streamStart = 0x100 + iota
	streamMove
	streamAccept
)

// Noise gives the random numbers of one step to the chains of one panel. It is a value: asked twice, it answers the same.
type Noise struct {
	seed  uint64
	first uint32 // the number of the panel's first chain
	step  uint64
}

// Normal fills a panel of dim rows with independent standard normal numbers.
func (n Noise) Normal(dst []float64, dim int) {
	simd.Source{Seed: n.seed, Stream: streamMove}.NormalPanel(dst, dim, len(dst)/dim, n.first, n.step)
}

// Uniform fills dst, one number per chain, with independent numbers that are uniform on (0, 1]. They are independent of Normal's.
func (n Noise) Uniform(dst []float64) {
	simd.Source{Seed: n.seed, Stream: streamAccept}.UniformPanel(dst, n.first, n.step)
}
