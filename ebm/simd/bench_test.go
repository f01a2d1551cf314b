package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkMatMul reports GFLOP/s of W·X for a panel, and BenchmarkPeak what the processor can do at most.
func BenchmarkMatMul(b *testing.B) {
	for _, l := range Levels() {
		b.Run(l.String()+"/float32", func(b *testing.B) { benchMatMul(b, Float32(l), 32) })
		b.Run(l.String()+"/float64", func(b *testing.B) { benchMatMul(b, Float64(l), 16) })
	}
}

func benchMatMul[T Float](b *testing.B, s *Set[T], n int) {
	const m, k = 128, 128
	w, x, dst := make([]T, m*k), make([]T, k*n), make([]T, m*n)
	for b.Loop() {
		s.MatMul(dst, m, n, k, w, 1, m, x, n, n, false)
	}
	b.ReportMetric(2*m*k*float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}

func BenchmarkPeak(b *testing.B) {
	for _, l := range Levels()[1:] {
		b.Run(l.String()+"/float32", func(b *testing.B) { benchPeak(b, Float32(l)) })
		b.Run(l.String()+"/float64", func(b *testing.B) { benchPeak(b, Float64(l)) })
	}
}

func benchPeak[T Float](b *testing.B, s *Set[T]) {
	operations := 0.0
	for b.Loop() {
		operations += s.Peak(1000)
	}
	b.ReportMetric(operations/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}

// BenchmarkUnary reports the time per number in the first cache.
func BenchmarkUnary(b *testing.B) {
	for _, f := range []Unary{Square, Exp, Log, Log1p, Softplus, Sigmoid, Silu, Tanh, Sin} {
		for _, l := range Levels() {
			b.Run(fmt.Sprintf("%s/%v/float32", names[f], l), func(b *testing.B) { benchUnary(b, Float32(l), f) })
			b.Run(fmt.Sprintf("%s/%v/float64", names[f], l), func(b *testing.B) { benchUnary(b, Float64(l), f) })
		}
	}
}

func benchUnary[T Float](b *testing.B, s *Set[T], f Unary) {
	const n = 1024
	x, y := make([]T, n), make([]T, n)
	for i := range x {
		x[i] = T(i%77)/10 + 0.01
	}
	for b.Loop() {
		s.Unary(f, y, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
}

func BenchmarkNormal(b *testing.B) {
	for _, l := range Levels() {
		b.Run(l.String()+"/float32", func(b *testing.B) {
			dst := make([]float32, 4*64)
			for i := 0; b.Loop(); i++ {
				Source{Seed: 1}.normalPanel32(l, dst, 4, 64, 0, uint64(i))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/number")
		})
		b.Run(l.String()+"/float64", func(b *testing.B) {
			dst := make([]float64, 4*64)
			for i := 0; b.Loop(); i++ {
				Source{Seed: 1}.normalPanel(l, dst, 4, 64, 0, uint64(i))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/number")
		})
	}
}

// BenchmarkSparse is the products of a machine of 784 and 500 bits with a panel of 64 of the former, by how many of them are set.
func BenchmarkSparse(b *testing.B) {
	const m, k, n = 500, 784, 64
	s, x := Float32(Best()), &Sparse[float32]{}
	r := rand.New(rand.NewPCG(1, 1))
	w, g := normals[float32](r, m*k), normals[float32](r, m*n)
	dst, work := make([]float32, m*k), make([]float32, m*n)
	run := func(name string, do func()) {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				do()
			}
		})
	}
	for _, density := range []float64{0.06, 0.12, 0.25, 0.5} {
		bits := sparseMatrix[float32](r, k, n, n, density, true)
		run(fmt.Sprintf("read/%g", density), func() { x.Read(bits, k, n, n, k*n) })
		run(fmt.Sprintf("mul/%g", density), func() { s.MulSparse(dst, m, w, m, x, n, work) })
		run(fmt.Sprintf("add/%g", density), func() { s.AddSparse(dst, m, x, g, m, m) })
	}
	bits := sparseMatrix[float32](r, k, n, n, 1, true)
	run("mul/dense", func() { s.MatMul(dst, m, n, k, w, 1, m, bits, n, n, false) })
	run("add/dense", func() { s.MatMul(dst, k, m, n, bits, n, 1, g, m, m, true) })
	run("giving up", func() { x.Read(bits, k, n, n, k*n/8) })
	run("finite", func() { s.Finite(w, work) })
}
