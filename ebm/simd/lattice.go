package simd

import "math/bits"

// LatticeRow draws a row of bits, one per byte, given their neighbours: own[i] becomes 1 where random[i] is below the threshold in table of
// up[i] + down[i] + beside[i] + aside[i], which are bits too, and 0 elsewhere. Where the two are equal a byte is not enough to tell: tie is
// called for such an i and says what it becomes. Lengths are those of own; ties is memory for a bit per number.
func LatticeRow(own, up, down, beside, aside, random []byte, table *[16]byte, ties []uint32, tie func(i int) byte) {
	latticeRow(best, own, up, down, beside, aside, random, table, ties, tie)
}

func latticeRow(l Level, own, up, down, beside, aside, random []byte, table *[16]byte, ties []uint32, tie func(i int) byte) {
	n := len(own)
	up, down, beside, aside, random = up[:n], down[:n], beside[:n], aside[:n], random[:n]
	done := 0
	if l != Generic {
		done = n &^ 31
	}
	if done > 0 {
		ties = ties[:done/32]
		latticeKernel(&own[0], &up[0], &down[0], &beside[0], &aside[0], &random[0], &table[0], &ties[0], done)
		for k, mask := range ties {
			for ; mask != 0; mask &= mask - 1 {
				i := 32*k + bits.TrailingZeros32(mask)
				own[i] = tie(i)
			}
		}
	}
	for i := done; i < n; i++ {
		threshold := table[up[i]+down[i]+beside[i]+aside[i]]
		switch {
		case random[i] < threshold:
			own[i] = 1
		case random[i] > threshold:
			own[i] = 0
		default:
			own[i] = tie(i)
		}
	}
}
