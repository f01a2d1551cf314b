package data

import (
	"fmt"
	"math"

	"joule/ebm/simd"
)

// Streams of random numbers: one per data set, so that two with the same seed are independent.
const (
	streamMoons = 0x200 + iota
	streamEight
	streamRing
)

// TwoMoons returns n points (n × 2) on two interleaved half circles of radius 1, with normal noise of the given standard
// deviation: half of them on the upper moon around (0, 0), half on the lower one around (1, 0.5), as scikit-learn's make_moons
// places them.
func TwoMoons(n int, noise float64, seed int) [][]float64 {
	return generate("TwoMoons", n, noise, seed, streamMoons, func(p, u, z []float64) {
		sin, cos := math.Sincos(math.Pi * u[0])
		if u[1] <= 0.5 {
			p[0], p[1] = cos, sin
		} else {
			p[0], p[1] = 1-cos, 0.5-sin
		}
		p[0] += noise * z[0]
		p[1] += noise * z[1]
	})
}

// EightGaussians returns n points (n × 2) of an equal mixture of eight normal distributions of standard deviation sd, with
// centres on the circle of radius 2, the first at (2, 0).
func EightGaussians(n int, sd float64, seed int) [][]float64 {
	return generate("EightGaussians", n, sd, seed, streamEight, func(p, u, z []float64) {
		mode := math.Ceil(8*u[0]) - 1 // u is in (0, 1]
		sin, cos := math.Sincos(2 * math.Pi * mode / 8)
		p[0], p[1] = 2*cos+sd*z[0], 2*sin+sd*z[1]
	})
}

// Ring returns n points (n × 2) around the circle of the given radius, whose distance from the origin is normal with standard
// deviation width.
func Ring(n int, radius, width float64, seed int) [][]float64 {
	return generate("Ring", n, width, seed, streamRing, func(p, u, z []float64) {
		sin, cos := math.Sincos(2 * math.Pi * u[0])
		r := radius + width*z[0]
		p[0], p[1] = r*cos, r*sin
	})
}

// generate fills n points of the plane; each is made of two uniform and two normal numbers that belong to it alone, so the first
// rows of a longer data set are those of a shorter one.
func generate(name string, n int, sd float64, seed int, stream uint16, point func(p, u, z []float64)) [][]float64 {
	if n < 0 || !(sd >= 0) || math.IsInf(sd, 0) {
		panic(fmt.Errorf("data: %s: %d points with noise %v", name, n, sd))
	}
	src := simd.Source{Seed: uint64(seed), Stream: stream}
	all, rows := make([]float64, 2*n), make([][]float64, n)
	u, z := make([]float64, 2), make([]float64, 2)
	for i := range rows {
		src.Uniforms(u, uint32(i), 0)
		src.Normals(z, uint32(i), 1)
		rows[i] = all[2*i : 2*i+2 : 2*i+2]
		point(rows[i], u, z)
	}
	return rows
}
