package train

import (
	"math"

	"joule/ebm/simd"
)

// streamOrder is the stream of the random numbers that order the data.
const streamOrder = 0x700

// batches hands out the data in random order, all of it before any row a second time.
type batches struct {
	data  [][]float64
	seed  uint64
	order []int
	at    int
	epoch uint64
	rows  []float64
}

func newBatches(data [][]float64, n, seed int) *batches {
	b := &batches{data: data, seed: uint64(seed), order: make([]int, len(data)), rows: make([]float64, n*len(data[0]))}
	for i := range b.order {
		b.order[i] = i
	}
	b.at = len(data)
	return b
}

// next returns the rows of the next batch, one after the other; they are overwritten by the one after it.
func (b *batches) next() []float64 {
	dim := len(b.data[0])
	for i := 0; i < len(b.rows); i += dim {
		if b.at == len(b.order) {
			b.shuffle()
		}
		copy(b.rows[i:i+dim], b.data[b.order[b.at]])
		b.at++
	}
	return b.rows
}

// shuffle orders the data anew.
func (b *batches) shuffle() {
	u := make([]float64, len(b.order))
	simd.Source{Seed: b.seed, Stream: streamOrder}.Uniforms(u, 0, b.epoch)
	for i := range b.order {
		k := i + int(math.Ceil(u[i]*float64(len(b.order)-i))) - 1
		b.order[i], b.order[k] = b.order[k], b.order[i]
	}
	b.at = 0
	b.epoch++
}
