package simd

// Philox returns the Philox4x32-10 block of a counter under a key: 128 bits that pass all usual tests of randomness for
// successive counters.
func Philox(ctr [4]uint32, key [2]uint32) [4]uint32 {
	c0, c1, c2, c3, k := ctr[0], ctr[1], ctr[2], ctr[3], roundKeys[uint32](key)
	for r := range 10 {
		p, q := 0xD2511F53*uint64(c0), 0xCD9E8D57*uint64(c2)
		c0, c1, c2, c3 = uint32(q>>32)^c1^k[2*r], uint32(q), uint32(p>>32)^c3^k[2*r+1], uint32(p)
	}
	return [4]uint32{c0, c1, c2, c3}
}

// A table is what the kernels read: the keys of the rounds in pairs and then the counter, one number per lane of theirs.
type table[W uint32 | uint64] [24]W

// The places of the counter in a table. The lanes count on from the chain.
const (
	keyIndex   = 20
	keyStep    = 21
	keyChain   = 22
	keyPurpose = 23
)

// roundKeys fills in the keys.
func roundKeys[W uint32 | uint64](key [2]uint32) table[W] {
	var t table[W]
	for r := range 10 {
		t[2*r], t[2*r+1] = W(key[0]), W(key[1])
		key[0] += 0x9E3779B9 // golden ratio
		key[1] += 0xBB67AE85 // √3 − 1
	}
	return t
}
