package simd

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A row at every level, for all sizes and alignments, with many ties; the numbers outside of it stay.
func TestLatticeRow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	table := [16]byte{0, 3, 128, 250, 255}
	for _, l := range Levels() {
		for _, n := range sizes {
			rows := make([][]byte, 6)
			for k := range rows {
				rows[k] = make([]byte, n+3)[k%3 : k%3+n]
				for i := range rows[k] {
					rows[k][i] = byte(r.IntN(2))
				}
			}
			random := rows[5]
			for i := range random {
				random[i] = []byte{0, 2, 3, 4, 128, 200, 250, 255}[r.IntN(8)]
			}
			all := bytes.Repeat([]byte{7}, n+2)
			own, want, asked := all[1:1+n], make([]byte, n), 0
			for i := range want {
				switch th := table[rows[0][i]+rows[1][i]+rows[2][i]+rows[3][i]]; {
				case random[i] < th:
					want[i] = 1
				case random[i] == th:
					want[i] = byte(i % 2)
					asked--
				}
			}
			latticeRow(l, own, rows[0], rows[1], rows[2], rows[3], random, &table, make([]uint32, n/32+1), func(i int) byte {
				asked++
				return byte(i % 2)
			})
			if !bytes.Equal(own, want) || asked != 0 || all[0] != 7 || all[n+1] != 7 {
				t.Fatalf("%v, %d bits: %v, want %v; %d ties too many", l, n, own, want, asked)
			}
		}
	}
}

// Random bytes are the words of the generator, the same at every level, and different for each block, number and step.
func TestBits(t *testing.T) {
	s := Source{Seed: 5, Stream: 9}
	seen := map[string]bool{}
	for _, size := range []int{0, 16, 48, 256, 272} {
		for _, block := range []uint32{0, 1} {
			for _, number := range []uint32{0, 3} {
				want, got := make([]byte, size), make([]byte, size)
				s.bits(Generic, want, number, block, 1<<33+7)
				for _, l := range Levels() {
					s.bits(l, got, number, block, 1<<33+7)
					if !bytes.Equal(got, want) {
						t.Fatalf("%v: %d bytes differ from the plain ones", l, size)
					}
				}
				if size == 256 && seen[string(want[:16])] {
					t.Errorf("the bytes of block %d, number %d are there twice", block, number)
				}
				if size == 256 {
					seen[string(want[:16])] = true
				}
			}
		}
	}
	one := make([]byte, 16)
	s.bits(Generic, one, 3, 2, 7)
	w := Philox([4]uint32{2, 7, 3, 9 << 16}, [2]uint32{5, 0})
	for k, v := range one {
		if v != byte(w[k/4]>>(8*(k%4))) {
			t.Fatalf("byte %d is %#x, the words are %#x", k, v, w)
		}
	}
}
