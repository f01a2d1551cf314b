package simd

import "unsafe"

// A Source is a seed and the number of the purpose that it is used for. It is a value without state: the numbers of (chain,
// step) are always the same, bit for bit at every level. Those of float32 are others than those of float64.
type Source struct {
	Seed   uint64
	Stream uint16 // one per purpose
}

// table64 returns the numbers of a step, from its first chain on. step counts below 2⁴⁸.
func (s Source) table64(chain uint32, step uint64) table[uint64] {
	t := roundKeys[uint64]([2]uint32{uint32(s.Seed), uint32(s.Seed >> 32)})
	t[keyStep], t[keyChain] = uint64(uint32(step)), uint64(chain)
	t[keyPurpose] = uint64(s.Stream)<<16 | step>>32&0xFFFF
	return t
}

func (s Source) table32(chain uint32, step uint64) table[uint32] {
	t := roundKeys[uint32]([2]uint32{uint32(s.Seed), uint32(s.Seed >> 32)})
	t[keyStep], t[keyChain] = uint32(step), chain
	t[keyPurpose] = uint32(s.Stream)<<16 | uint32(step>>32)&0xFFFF
	return t
}

// Uniforms fills dst with independent numbers, uniform on (0, 1].
func (s Source) Uniforms(dst []float64, chain uint32, step uint64) {
	s.chain(uniforms64, dst, chain, step)
}

// Normals fills dst with independent numbers of the standard normal distribution (Box and Muller, "A note on the generation of
// random normal deviates", Annals of Mathematical Statistics 29, 1958). None exceeds 8.6 in size.
func (s Source) Normals(dst []float64, chain uint32, step uint64) {
	s.chain(normals64, dst, chain, step)
}

// A kernel64 fills two rows; one that is not wanted is the first again.
type kernel64 func(l Level, d [2]*float64, n int, keys *[24]uint64)

func (s Source) chain(kernel kernel64, dst []float64, chain uint32, step uint64) {
	t := s.table64(chain, step)
	for i := 0; i < len(dst); i += 2 {
		t[keyIndex] = uint64(uint32(i / 2))
		d := [2]*float64{&dst[i], &dst[i]}
		if i+1 < len(dst) {
			d[1] = &dst[i+1]
		}
		kernel(Generic, d, 1, (*[24]uint64)(&t))
	}
}

// NormalPanel fills a panel of dim rows for the chains first, first+1, …: the j-th normal number of a chain's step, as Normals
// gives it, lies at j·lanes + lane.
func (s Source) NormalPanel(dst []float64, dim, lanes int, first uint32, step uint64) {
	s.normalPanel(best, dst, dim, lanes, first, step)
}

func (s Source) normalPanel(l Level, dst []float64, dim, lanes int, first uint32, step uint64) {
	if lanes == 0 {
		return
	}
	_ = dst[:dim*lanes]
	t := s.table64(first, step)
	for j := 0; j < dim; j += 2 {
		t[keyIndex] = uint64(uint32(j / 2))
		d := [2]*float64{&dst[j*lanes], &dst[j*lanes]}
		if j+1 < dim {
			d[1] = &dst[(j+1)*lanes]
		}
		normals64(l, d, lanes, (*[24]uint64)(&t))
	}
}

// NormalPanel32 is NormalPanel in float32. None of its numbers exceeds 6.7 in size.
func (s Source) NormalPanel32(dst []float32, dim, lanes int, first uint32, step uint64) {
	s.normalPanel32(best, dst, dim, lanes, first, step)
}

func (s Source) normalPanel32(l Level, dst []float32, dim, lanes int, first uint32, step uint64) {
	s.rows32(l, normals32, dst, dim, lanes, first, step)
}

// A kernel32 fills four rows; those that are not wanted are the first again.
type kernel32 func(l Level, d [4]*float32, n int, keys *[24]uint32)

func (s Source) rows32(l Level, kernel kernel32, dst []float32, dim, lanes int, first uint32, step uint64) {
	if lanes == 0 {
		return
	}
	_ = dst[:dim*lanes]
	t := s.table32(first, step)
	for j := 0; j < dim; j += 4 {
		t[keyIndex] = uint32(j / 4)
		var d [4]*float32
		for k := range d {
			d[k] = &dst[j*lanes]
			if j+k < dim {
				d[k] = &dst[(j+k)*lanes]
			}
		}
		kernel(l, d, lanes, (*[24]uint32)(&t))
	}
}

// UniformPanel fills dst with one number per chain, for the chains first, first+1, …: the first that Uniforms gives.
func (s Source) UniformPanel(dst []float64, first uint32, step uint64) {
	s.uniformPanel(best, dst, first, step)
}

func (s Source) uniformPanel(l Level, dst []float64, first uint32, step uint64) {
	if len(dst) == 0 {
		return
	}
	t := s.table64(first, step)
	uniforms64(l, [2]*float64{&dst[0], &dst[0]}, len(dst), (*[24]uint64)(&t))
}

// UniformPanel32 is UniformPanel in float32: multiples of 2⁻²⁴.
func (s Source) UniformPanel32(dst []float32, first uint32, step uint64) {
	s.uniformPanel32(best, dst, first, step)
}

func (s Source) uniformPanel32(l Level, dst []float32, first uint32, step uint64) {
	if len(dst) == 0 {
		return
	}
	t := s.table32(first, step)
	p := &dst[0]
	uniforms32(l, [4]*float32{p, p, p, p}, len(dst), (*[24]uint32)(&t))
}

// UniformRows32 fills a panel of dim rows for the chains first, first+1, … with independent numbers, uniform on (0, 1].
func (s Source) UniformRows32(dst []float32, dim, lanes int, first uint32, step uint64) {
	s.rows32(best, uniforms32, dst, dim, lanes, first, step)
}

// Bits fills dst with random bytes, those of block number of the step. dst has a multiple of 16 bytes, and at most 2³² blocks of a step
// are different.
func (s Source) Bits(dst []byte, number, block uint32, step uint64) {
	s.bits(best, dst, number, block, step)
}

func (s Source) bits(l Level, dst []byte, number, block uint32, step uint64) {
	lanes := len(dst) / 16
	if lanes == 0 {
		return
	}
	t := s.table32(number*uint32(lanes), step)
	t[keyIndex] = block
	var d [4]*float32
	for k := range d {
		d[k] = (*float32)(unsafe.Pointer(&dst[4*k*lanes]))
	}
	words32(l, d, lanes, (*[24]uint32)(&t))
}

// Word is a random word: number index of a chain's step.
func (s Source) Word(chain, index uint32, step uint64) uint32 {
	c := [4]uint32{index, uint32(step), chain, uint32(s.Stream)<<16 | uint32(step>>32)&0xFFFF}
	return Philox(c, [2]uint32{uint32(s.Seed), uint32(s.Seed >> 32)})[0]
}
