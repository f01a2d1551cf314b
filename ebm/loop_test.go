package ebm_test

import (
	"strings"
	"testing"

	"joule/ebm"
)

// A loop against plain Go: one value that is written in place, one that others read after its successor is known, and one that is a
// result only.
func TestLoop(t *testing.T) {
	scale := ebm.DefineModel(3, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return x.Square().Sum().Mul(p.Value("s", 0.5)) })
	l := ebm.NewLoop([]int{3, 3, 1}, []int{0, 1, -1}, func(in []ebm.Tensor) []ebm.Tensor {
		x, y, h := in[0], in[1], in[2]
		next := x.Sub(ebm.Grad(scale.Energy(x), x).Mul(h))
		return []ebm.Tensor{next, y.Add(x), scale.Energy(next)}
	})
	const lanes = 5
	m := l.NewMachine(lanes)
	l.Release(m)
	if again := l.NewMachine(lanes); again != m || l.NewMachine(lanes) == m || l.NewMachine(3) == m {
		t.Error("a machine that was given back is used once, for as many lanes")
	}
	x, y := make([]float32, 3*lanes), make([]float32, 3*lanes)
	for i := range x {
		x[i], y[i] = float32(i)-7, 1
	}
	copy(m.In(0), x)
	copy(m.In(1), y)
	for i := range m.In(2) {
		m.In(2)[i] = 0.25
	}
	s := float32(0.5)
	for step := range 6 {
		if step == 3 {
			s = 1
			scale.Params().Set("s", 1)
			l.Refresh(m)
		}
		m.Run(lanes)
		energy := make([]float32, lanes)
		for i := range x {
			y[i] += x[i]
			x[i] -= 2 * x[i] * s / 4
			energy[i%lanes] += x[i] * x[i] * s
		}
		for i := range x {
			if m.In(0)[i] != x[i] || m.In(1)[i] != y[i] {
				t.Fatalf("step %d: [%d] is %v and %v, want %v and %v", step, i, m.In(0)[i], m.In(1)[i], x[i], y[i])
			}
		}
		for l, e := range energy {
			if m.Out(2)[l] != e {
				t.Errorf("step %d: energy of chain %d is %v, want %v", step, l, m.Out(2)[l], e)
			}
		}
	}
}

func TestLoopIsMadeOnce(t *testing.T) {
	m, made := ring(), 0
	build := func() *ebm.Loop {
		made++
		return ebm.NewLoop([]int{2}, []int{0}, func(in []ebm.Tensor) []ebm.Tensor { return []ebm.Tensor{in[0].Neg()} })
	}
	first := m.Loop("turn", build)
	if m.Loop("turn", build) != first || made != 1 {
		t.Errorf("made %d times", made)
	}
}

// The chains of a panel depend on how many there are and on the loop, and there are several panels where there are chains for them.
func TestLanes(t *testing.T) {
	l := ebm.NewLoop([]int{2}, []int{0}, func(in []ebm.Tensor) []ebm.Tensor { return []ebm.Tensor{in[0].Neg()} })
	for n, want := range map[int]int{1: 1, 20: 20, 100: 32, 1000: 128, 1 << 20: 512} {
		if got := l.Lanes(n); got != want {
			t.Errorf("%d of %d chains, want %d", got, n, want)
		}
	}
}

func TestLoopMisuse(t *testing.T) {
	same := func(in []ebm.Tensor) []ebm.Tensor { return in }
	for want, do := range map[string]func(){
		"1 results, and 2 are said": func() { ebm.NewLoop([]int{2}, []int{0, 1}, same) },
		"to become input 3 of 1":    func() { ebm.NewLoop([]int{2}, []int{3}, same) },
		"of width 3":                func() { ebm.NewLoop([]int{2, 3}, []int{1, 0}, same) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(*ebm.Error); !ok || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want an error that says %q", err, want)
				}
			}()
			do()
		}()
	}
}
