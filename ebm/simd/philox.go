package simd

// Philox returns the Philox4x32-10 block of a counter under a key: 128 bits that pass all usual tests of randomness for
// successive counters.
func Philox(ctr [4]uint32, key [2]uint32) [4]uint32 {
	a, b, c, d := philox(ctr[0], ctr[1], ctr[2], ctr[3], key[0], key[1])
	return [4]uint32{a, b, c, d}
}

// philox is Philox on numbers that stay in registers.
func philox(c0, c1, c2, c3, k0, k1 uint32) (uint32, uint32, uint32, uint32) {
	for range 10 {
		p, q := 0xD2511F53*uint64(c0), 0xCD9E8D57*uint64(c2)
		c0, c1, c2, c3 = uint32(q>>32)^c1^k0, uint32(q), uint32(p>>32)^c3^k1, uint32(p)
		k0 += 0x9E3779B9 // golden ratio
		k1 += 0xBB67AE85 // √3 − 1
	}
	return c0, c1, c2, c3
}
