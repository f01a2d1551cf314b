package sampler

import "joule/ebm/simd"

// Streams of random numbers, one per purpose.
const (
	streamStart = 0x100 + iota
	streamMove
	streamAccept
	streamJitter
	streamSweep
	streamResample
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

// Jitter is Uniform with numbers of its own, for a choice beside acceptance.
func (n Noise) Jitter(dst []float64) {
	simd.Source{Seed: n.seed, Stream: streamJitter}.UniformPanel(dst, n.first, n.step)
}

// Uniforms fills a panel of so many rows with independent numbers, uniform on (0, 1].
func (n Noise) Uniforms(dst []float64, rows int) {
	if rows == 0 {
		return
	}
	src := simd.Source{Seed: n.seed, Stream: streamSweep}
	lanes := len(dst) / rows
	one := make([]float64, rows)
	for l := range lanes {
		src.Uniforms(one, n.first+uint32(l), n.step)
		for k, v := range one {
			dst[k*lanes+l] = v
		}
	}
}
