package diag

import "math"

// order returns the indices of x in order of value; equal values keep their order. It sorts by radix, 11 bits at a time, which
// for the million draws of an ordinary run is several times faster than comparing.
func order(x []float64) []int32 {
	const bits, passes = 11, 6
	keys, idx := make([]uint64, len(x)), make([]int32, len(x))
	for i, v := range x {
		keys[i], idx[i] = sortable(v), int32(i)
	}
	keys2, idx2 := make([]uint64, len(x)), make([]int32, len(x))
	var count [1 << bits]int32
	for p := range passes {
		shift := p * bits
		clear(count[:])
		for _, k := range keys {
			count[k>>shift&(1<<bits-1)]++
		}
		if len(x) > 0 && int(count[keys[0]>>shift&(1<<bits-1)]) == len(x) {
			continue // all equal in these bits
		}
		at := int32(0)
		for d, n := range count {
			count[d] = at
			at += n
		}
		for i, k := range keys {
			d := k >> shift & (1<<bits - 1)
			keys2[count[d]], idx2[count[d]] = k, idx[i]
			count[d]++
		}
		keys, keys2, idx, idx2 = keys2, keys, idx2, idx
	}
	return idx
}

// sortable maps numbers to integers of the same order.
func sortable(v float64) uint64 {
	b := math.Float64bits(v + 0) // −0 counts as 0
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}
