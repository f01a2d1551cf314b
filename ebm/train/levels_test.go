package train

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"joule/ebm"
	"joule/ebm/data"
	"joule/ebm/discrete"
	"joule/ebm/loss"
	"joule/ebm/nn"
	"joule/ebm/optim"
	"joule/ebm/sampler"
	"joule/ebm/simd"
)

// digest is a sum of what training and sampling of all kinds come out with, bit for bit.
func digest(t *testing.T) string {
	sum := sha256.New()
	add := func(numbers []float64) {
		for _, v := range numbers {
			_ = binary.Write(sum, binary.LittleEndian, math.Float64bits(v))
		}
	}
	moons := data.TwoMoons(300, 0.1, 1)
	for _, l := range []loss.Loss{loss.CD{K: 4}, loss.DSM{Sigma: 0.2}} {
		net := nn.MLP{In: 2, Hidden: []int{20, 17}, Seed: 2, Confine: 1}.New()
		Fit(t.Context(), net, moons, Config{Loss: l, Steps: 20, Batch: 150, Seed: 1, Opt: optim.AdamW{}, Clip: 3})
		add(net.Params().Theta())
		for _, s := range []sampler.Sampler{sampler.ULA{}, sampler.MALA{}, sampler.HMC{}} {
			add(sampler.Sample(t.Context(), net, s, sampler.Schedule{Chains: 150, Draws: 5, Warmup: 5, Seed: 3}).Draws.Data)
		}
	}
	mixture := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor {
		return ebm.Const(data.EightGaussians(8, 0.1, 1)).Sub(x).Square().SumAxis(1).Mul(-3).LogSumExp().Neg()
	})
	add(sampler.Sample(t.Context(), mixture, sampler.MALA{}, sampler.Schedule{Chains: 99, Draws: 20, Seed: 3}).Draws.Data)
	rbm := discrete.RBM{Visible: 16, Hidden: 9, Seed: 1}.New()
	Fit(t.Context(), rbm, data.BarsAndStripes(4), Config{Loss: loss.PCD{K: 2, By: sampler.Gibbs{}}, Steps: 20, Batch: 30, Seed: 1, Opt: optim.SGD{Momentum: 0.5}})
	add(rbm.Params().Theta())
	add(sampler.Sample(t.Context(), discrete.Lattice(30, 70, 0.4, 0.1), sampler.Gibbs{}, sampler.Schedule{Chains: 2, Draws: 3, Seed: 5}).Draws.Data)
	image := nn.Conv{Rows: 9, Cols: 8, Layers: []nn.Filters{{Count: 5, Stride: 2}, {Count: 3}}, Seed: 1, Confine: 1}.New()
	add(sampler.Sample(t.Context(), image, sampler.ULA{Step: 0.001}, sampler.Schedule{Chains: 40, Draws: 2, Seed: 5}).Draws.Data)
	return fmt.Sprintf("digest %x", sum.Sum(nil))
}

// Training and sampling give the same bytes at every level of instructions, whatever the number of processors: each level runs in a
// process of its own, because it is chosen at the start.
func TestSameBytesAtEveryLevel(t *testing.T) {
	if os.Getenv("JOULE_TEST_DIGEST") != "" {
		fmt.Println(digest(t))
		return
	}
	want := digest(t)
	for _, l := range simd.Levels() {
		for _, procs := range []string{"1", "3"} {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSameBytesAtEveryLevel$")
			cmd.Env = append(os.Environ(), "JOULE_SIMD="+l.String(), "GOMAXPROCS="+procs, "JOULE_TEST_DIGEST=1")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%v, %s processors: %v\n%s\nwant %s", l, procs, err, out, want)
			}
		}
	}
}
