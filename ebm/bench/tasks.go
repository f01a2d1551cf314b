package main

// A task is a workload, with what is wanted of its time.
type task struct {
	name  string
	title string
	peers []string // libraries that have it
	// want is the least ratio of a peer's time to ours, by library.
	want map[string]float64
	// judge names the figure of quality that must agree with the peers', and by how much it may differ.
	judge     string
	tolerance float64
	flops     float64 // floating-point operations of a run that no formulation avoids; 0: not said
	zeros     bool    // but for those with operands that are 0, which ours leaves out and flops counts
	bytes     float64 // that a run must move between the processor and memory; 0: not said
	units     float64 // how many things a run makes, and their name
	unit      string
}

// Numbers of the workloads; those of the peers are in peers/harness.py, and a test compares them.
const (
	ringPoints                        = 1_000_000
	chains, steps                     = 1000, 1000
	radius, sigma, step               = 2.0, 0.2, 0.002
	wellStep, leaps                   = 0.01, 10
	batch, hidden, iterations         = 256, 128, 50
	cdSteps, cdStep, dsmSigma         = 10, 0.01, 0.2
	rate                              = 1e-3
	visible, bits, rbmBatch           = 784, 500, 100
	rbmRows, rbmRate                  = 2000, 0.05
	side, beta, sweeps                = 512, 0.3, 200
	images                            = 64
	networkForward            float64 = 2 * (2*hidden + hidden*hidden + hidden) // multiplications and additions of the network, for a point
)

var wells = map[string][3]int{"small": {64, 8, 50}, "medium": {256, 32, 100}, "large": {1024, 128, 200}} // chains, dimension, steps

// tasks lists the workloads.
func tasks() []task {
	ts := []task{
		{name: "ring", title: "energy and gradient of the ring, 10⁶ points", peers: []string{"torch", "jax", "numpy"},
			want: map[string]float64{"torch": 10, "jax": 2}, judge: "slope", tolerance: 0.2, bytes: ringPoints * 4 * 5,
			units: ringPoints, unit: "points"},
		{name: "mixture", title: "ULA, mixture of 8 normals, 1000 chains × 1000 steps", peers: []string{"torch", "jax", "numpy"},
			want: map[string]float64{"torch": 40, "jax": 3}, judge: "radius", tolerance: 0.05, units: chains * steps, unit: "steps"},
	}
	for _, kind := range []string{"ula", "hmc"} {
		for size, least := range map[string]float64{"small": 50, "medium": 6, "large": 3} {
			w := wells[size]
			t := task{name: kind + "-" + size, peers: []string{"torchebm"}, want: map[string]float64{"torchebm": least},
				title: "double well, " + kind + ", " + size, judge: "square", tolerance: 0.05, units: float64(w[0] * w[2]), unit: "steps"}
			if kind == "hmc" {
				t.peers = append(t.peers, "blackjax")
			}
			ts = append(ts, t)
		}
	}
	// A step of Langevin dynamics is a forward and a backward sweep; the gradient in the parameters is another of each and the products
	// that make it, at the data and at the samples; the first step is from the data, whose sweeps serve both.
	cd := iterations * batch * (cdSteps*2 + 2*3 - 2) * networkForward
	dsm := iterations * batch * 6 * networkForward
	sort(ts[2:])
	return append(ts,
		task{name: "cd", title: "CD-10, network 2-128-128-1, batch 256, 50 steps", peers: []string{"torch", "jax", "torchebm"},
			want: map[string]float64{"torch": 2.5, "jax": 1.5}, judge: "gap", tolerance: 0, flops: cd, units: iterations, unit: "steps"},
		task{name: "dsm", title: "denoising score matching, same network, 50 steps", peers: []string{"torch", "jax", "torchebm"},
			want: map[string]float64{"torch": 2.5, "jax": 1.5}, judge: "gap", tolerance: 0, flops: dsm, units: iterations, unit: "steps"},
		task{name: "rbm", title: "RBM 784×500, PCD-1, batch 100, 20 steps", peers: []string{"torch", "jax", "numpy", "sklearn"},
			want: map[string]float64{"torch": 1.5, "jax": 1, "sklearn": 2}, judge: "error", tolerance: 0.02,
			flops: rbmRows * visible * bits * 2 * 6, zeros: true, units: rbmRows, unit: "rows"},
		task{name: "ising", title: "Ising 512², Gibbs, 200 sweeps", peers: []string{"torch", "numpy", "jax", "thrml"},
			want: map[string]float64{"torch": 15, "numpy": 15, "thrml": 3}, judge: "energy", tolerance: 0.012,
			units: side * side * sweeps, unit: "spins"},
		task{name: "conv", title: "convolutional energy, 28×28, batch 64, all gradients", peers: []string{"torch", "jax"},
			want: map[string]float64{"torch": 1}, judge: "finite", tolerance: 1e-9, flops: images * convForward * 3, units: images, unit: "images"},
		task{name: "compile", title: "trace and compile a network's energy, ∇x, ∇θ", peers: []string{"torch", "jax"},
			want: map[string]float64{"jax": 20}, units: 1, unit: "programs"},
	)
}

// convForward counts the multiplications and additions of the convolutional energy, for an image.
const convForward = 2 * (14*14*16*25 + 7*7*32*16*9 + 4*4*64*32*9 + 64*16)

// sort brings the tasks of the wells, which come from a map, in order.
func sort(ts []task) {
	order := map[string]int{"ula-small": 0, "ula-medium": 1, "ula-large": 2, "hmc-small": 3, "hmc-medium": 4, "hmc-large": 5}
	for i := range ts {
		for order[ts[i].name] != i {
			k := order[ts[i].name]
			ts[i], ts[k] = ts[k], ts[i]
		}
	}
}
