package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"joule/ebm/simd"
)

// roofline prints what the machine can do at most: fused multiplications in registers, and a sum of two arrays much larger than the
// caches into a third.
func roofline(out io.Writer, threads int) {
	set := simd.Float32(simd.Best())
	flops := best(threads, func(int) float64 { return set.Peak(200_000) })
	const n = 1 << 24
	type arrays struct{ a, b, c []float32 }
	memory := make([]arrays, threads)
	for i := range memory {
		memory[i] = arrays{make([]float32, n), make([]float32, n), make([]float32, n)}
	}
	moved := best(threads, func(i int) float64 {
		m := memory[i]
		set.Binary(simd.Add, m.c, 1, simd.Rows[float32]{Data: m.a, Stride: n}, simd.Rows[float32]{Data: m.b, Stride: n})
		return 3 * 4 * n
	})
	fmt.Fprintf(out, "the machine's limits at %v: %.0f GFLOP/s, %.1f GB/s\n", simd.Best(), flops*1e-9, moved*1e-9)
}

// best is the most work per second that threads do together in some tries.
func best(threads int, work func(i int) float64) float64 {
	most := 0.0
	for range 5 {
		done := make([]float64, threads)
		var all sync.WaitGroup
		began := time.Now()
		for i := range threads {
			all.Go(func() { done[i] = work(i) })
		}
		all.Wait()
		seconds, total := time.Since(began).Seconds(), 0.0
		for _, d := range done {
			total += d
		}
		most = max(most, total/seconds)
	}
	return most
}
