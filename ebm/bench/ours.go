package main

import (
	"context"
	"math"
	"time"

	"joule/ebm"
	"joule/ebm/data"
	"joule/ebm/discrete"
	"joule/ebm/energy"
	"joule/ebm/loss"
	"joule/ebm/nn"
	"joule/ebm/optim"
	"joule/ebm/sampler"
	"joule/ebm/simd"
	"joule/ebm/train"
)

// ours are the workloads, done with the library as a cell would.
func ours() map[string]workload {
	all := map[string]workload{
		"ring": ring, "mixture": mixture, "cd": func() work {
			return training(loss.CD{K: cdSteps, By: loss.Langevin{Step: cdStep}})
		}, "dsm": func() work {
			return training(loss.DSM{Sigma: dsmSigma})
		}, "rbm": rbm, "ising": ising, "conv": conv, "compile": compile,
	}
	for size, w := range wells {
		all["ula-"+size] = well(sampler.ULA{Step: wellStep}, w)
		all["hmc-"+size] = well(sampler.HMC{Step: wellStep, Leaps: leaps, Jitter: -1}, w)
	}
	return all
}

func ring() work {
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
	x := make([]float32, 2*ringPoints)
	simd.Source{Seed: 1}.NormalPanel32(x, 2, ringPoints, 0, 0)
	e, g := make([]float32, ringPoints), make([]float32, len(x))
	return func() judge {
		m.Eval32(e, g, x)
		return func() map[string]float64 {
			sum := 0.0
			for _, v := range g[:20000] {
				sum += math.Abs(float64(v))
			}
			return map[string]float64{"slope": sum / 20000}
		}
	}
}

func mixture() work {
	means := make([][]float64, 8)
	for k := range means {
		sin, cos := math.Sincos(float64(k) * math.Pi / 4)
		means[k] = []float64{radius * cos, radius * sin}
	}
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor {
		return ebm.Const(means).Sub(x).Square().SumAxis(1).Mul(-1 / (2 * sigma * sigma)).LogSumExp().Neg()
	})
	seed := 0
	return func() judge {
		seed++
		run := sampler.Sample(context.Background(), m, sampler.ULA{Step: step},
			sampler.Schedule{Chains: chains, Draws: 1, Warmup: steps - 1, Seed: seed})
		return func() map[string]float64 {
			mean := 0.0
			for _, x := range run.Samples() {
				mean += math.Hypot(x[0], x[1]) / chains
			}
			return map[string]float64{"radius": mean}
		}
	}
}

func well(s sampler.Sampler, w [3]int) workload {
	return func() work {
		m := ebm.New(w[1], energy.DoubleWell{})
		seed := 0
		return func() judge {
			seed++
			run := sampler.Sample(context.Background(), m, s, sampler.Schedule{Chains: w[0], Draws: 1, Warmup: w[2] - 1, Seed: seed})
			return func() map[string]float64 {
				square := 0.0
				for _, x := range run.Samples() {
					for _, v := range x {
						square += v * v / float64(w[0]*w[1])
					}
				}
				return map[string]float64{"square": square}
			}
		}
	}
}

func training(l loss.Loss) work {
	net := nn.MLP{In: 2, Hidden: []int{hidden, hidden}, Act: "silu", Seed: 1}.New()
	rows := data.TwoMoons(4096, 0.05, 1)
	box := make([][]float64, 2000)
	u := make([]float64, 2)
	for i := range box {
		simd.Source{Seed: 3}.Uniforms(u, uint32(i), 0)
		box[i] = []float64{4*u[0] - 1.5, 3*u[1] - 1.25}
	}
	seed := 0
	return func() judge {
		seed++
		train.Fit(context.Background(), net, rows,
			train.Config{Loss: l, Opt: optim.Adam{LR: rate}, Steps: iterations, Batch: batch, Seed: seed})
		return func() map[string]float64 {
			return map[string]float64{"gap": mean(net.Energies(box)) - mean(net.Energies(rows))}
		}
	}
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v / float64(len(x))
	}
	return s
}

// rectangles are the rows of bits of the peers: a bright rectangle in 28 × 28 each.
func rectangles() [][]float64 {
	rows, u := make([][]float64, rbmRows), make([]float64, 4)
	for i := range rows {
		simd.Source{Seed: 5}.Uniforms(u, uint32(i), 0)
		below := func(u float64, n int) int { return int(math.Ceil(u*float64(n))) - 1 }
		r, c, h, w := below(u[0], 18), below(u[1], 18), 4+below(u[2], 7), 4+below(u[3], 7)
		row := make([]float64, visible)
		for y := r; y < r+h; y++ {
			for x := c; x < c+w; x++ {
				row[y*28+x] = 1
			}
		}
		rows[i] = row
	}
	return rows
}

func rbm() work {
	m := discrete.RBM{Visible: visible, Hidden: bits, Seed: 1}.New()
	rows := rectangles()
	seed := 0
	return func() judge {
		seed++
		train.Fit(context.Background(), m, rows, train.Config{Loss: loss.PCD{K: 1, By: sampler.Gibbs{}, Buffer: rbmBatch, Reinit: -1},
			Opt: optim.SGD{LR: rbmRate}, Steps: rbmRows / rbmBatch, Batch: rbmBatch, Seed: seed})
		return func() map[string]float64 { return map[string]float64{"error": reconstruction(m, rows[:200])} }
	}
}

// reconstruction is the mean square by which rows differ from what the hidden bits make of them.
func reconstruction(m *ebm.Model, rows [][]float64) float64 {
	w, b, c := m.Params().View("W"), m.Params().View("b"), m.Params().View("c")
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	total, h := 0.0, make([]float64, bits)
	for _, v := range rows {
		copy(h, c)
		for i, x := range v {
			if x != 0 {
				for j := range h {
					h[j] += w[i*bits+j]
				}
			}
		}
		for j := range h {
			h[j] = sigmoid(h[j])
		}
		for i, x := range v {
			a := b[i]
			for j, p := range h {
				a += w[i*bits+j] * p
			}
			d := x - sigmoid(a)
			total += d * d
		}
	}
	return total / float64(len(rows)*visible)
}

func ising() work {
	m := discrete.Lattice(side, side, beta, 0)
	var last [][]float64
	seed := 0
	return func() judge {
		seed++
		run := sampler.Sample(context.Background(), m, sampler.Gibbs{},
			sampler.Schedule{Chains: 1, Draws: 1, Warmup: sweeps - 1, Seed: seed, Init: last})
		last = run.Last()
		return func() map[string]float64 {
			s, e := last[0], 0.0
			for i, v := range s {
				r, c := i/side, i%side
				e -= v * (s[(r+1)%side*side+c] + s[r*side+(c+1)%side])
			}
			return map[string]float64{"energy": e / (side * side)}
		}
	}
}

func conv() work {
	net := nn.Conv{Rows: 28, Cols: 28, Layers: []nn.Filters{{Count: 16, Size: 5, Stride: 2}, {Count: 32, Stride: 2}, {Count: 64, Stride: 2}}, Seed: 1}.New()
	x := make([]float32, images*28*28)
	simd.Source{Seed: 1}.UniformRows32(x, 28*28, images, 0, 0)
	gx, gt := make([]float32, len(x)), make([]float32, net.Params().Len())
	return func() judge {
		net.EvalAll32(nil, gx, gt, x)
		return func() map[string]float64 {
			sum := float32(0)
			for _, v := range append(gx, gt...) {
				sum += v * 0
			}
			return map[string]float64{"finite": 1 + float64(sum)}
		}
	}
}

func compile() work {
	x := make([]float64, 2*batch)
	simd.Source{Seed: 1}.Normals(x, 0, 0)
	return func() judge {
		began := time.Now()
		net := nn.MLP{In: 2, Hidden: []int{hidden, hidden}, Act: "silu", Seed: 1}.New()
		g := make([]float64, net.Params().Len())
		net.Eval(nil, make([]float64, len(x)), x)
		net.EvalParams(nil, g, x)
		took := time.Since(began).Seconds()
		return func() map[string]float64 { return map[string]float64{"seconds": took} }
	}
}
