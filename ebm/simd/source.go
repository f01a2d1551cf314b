package simd

import "math"

// A Source is a seed and the number of the purpose that it is used for. It is a value without state: the numbers of (chain,
// step) are always the same.
type Source struct {
	Seed   uint64
	Stream uint16 // one per purpose
}

// block returns 128 random bits. step counts below 2⁴⁸.
func (s Source) block(chain uint32, step uint64, i uint32) (a, b uint64) {
	purpose := uint32(s.Stream)<<16 | uint32(step>>32)&0xFFFF
	w0, w1, w2, w3 := philox(i, uint32(step), chain, purpose, uint32(s.Seed), uint32(s.Seed>>32))
	return uint64(w0)<<32 | uint64(w1), uint64(w2)<<32 | uint64(w3)
}

// unit maps 64 bits to (0, 1], in steps of 2⁻⁵³. Zero is left out, because its logarithm is taken.
func unit(u uint64) float64 { return float64(u>>11+1) * 0x1p-53 }

// Uniforms fills dst with independent numbers, uniform on (0, 1].
func (s Source) Uniforms(dst []float64, chain uint32, step uint64) {
	for i := 0; i < len(dst); i += 2 {
		a, b := s.block(chain, step, uint32(i/2))
		dst[i] = unit(a)
		if i+1 < len(dst) {
			dst[i+1] = unit(b)
		}
	}
}

// Normals fills dst with independent numbers of the standard normal distribution. None exceeds 8.6 in size.
func (s Source) Normals(dst []float64, chain uint32, step uint64) {
	for i := 0; i < len(dst); i += 2 {
		z0, z1 := boxMuller(s.block(chain, step, uint32(i/2)))
		dst[i] = z0
		if i+1 < len(dst) {
			dst[i+1] = z1
		}
	}
}

// boxMuller turns two uniform numbers into two normal ones.
func boxMuller(a, b uint64) (float64, float64) {
	r := math.Sqrt(-2 * math.Log(unit(a)))
	sin, cos := math.Sincos(2 * math.Pi * unit(b))
	return r * cos, r * sin
}

// NormalPanel fills a panel of dim rows for the chains first, first+1, …: the j-th normal number of a chain's step, as Normals
// gives it, lies at j·lanes + lane.
func (s Source) NormalPanel(dst []float64, dim, lanes int, first uint32, step uint64) {
	for j := 0; j < dim; j += 2 {
		even := dst[j*lanes : (j+1)*lanes]
		odd := even // overwritten by the even ones where dim is odd
		if j+1 < dim {
			odd = dst[(j+1)*lanes : (j+2)*lanes]
		}
		for l := range even {
			z0, z1 := boxMuller(s.block(first+uint32(l), step, uint32(j/2)))
			odd[l] = z1
			even[l] = z0
		}
	}
}

// UniformPanel fills dst with one number per chain, for the chains first, first+1, …: the first that Uniforms gives.
func (s Source) UniformPanel(dst []float64, first uint32, step uint64) {
	for l := range dst {
		a, _ := s.block(first+uint32(l), step, 0)
		dst[l] = unit(a)
	}
}
