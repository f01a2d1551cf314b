package viz

import (
	"math"
	"strings"
	"testing"

	"joule/ebm"
)

func TestAutobox(t *testing.T) {
	at := func(s, x, y float64) func(ebm.Tensor) ebm.Tensor {
		return func(v ebm.Tensor) ebm.Tensor { return v.Sub([]float64{x, y}).Square().Sum().Div(2 * s * s) }
	}
	mix := func(s float64, centres ...[]float64) func(ebm.Tensor) ebm.Tensor {
		return func(v ebm.Tensor) ebm.Tensor {
			lowest := v.Sub(centres[0]).Square().Sum()
			for _, c := range centres[1:] {
				lowest = lowest.Minimum(v.Sub(c).Square().Sum())
			}
			return lowest.Div(2 * s * s)
		}
	}
	eight := make([][]float64, 8)
	for k := range eight {
		s, c := math.Sincos(float64(k) * math.Pi / 4)
		eight[k] = []float64{10 + 4*c, 4 * s}
	}
	for name, c := range map[string]struct {
		f    func(ebm.Tensor) ebm.Tensor
		low  [4]float64 // where the energy is low: must be inside
		size float64    // the box may be at most this many times as large
	}{
		"a bowl":               {at(1, 0, 0), [4]float64{-4, 4, -4, 4}, 1.5},
		"a bowl far away":      {at(1, 100, -50), [4]float64{96, 104, -54, -46}, 1.6},
		"a wide bowl":          {at(30, 5, 0), [4]float64{-115, 125, -120, 120}, 1.6},
		"a narrow bowl":        {at(0.001, 0.3, 0.7), [4]float64{0.296, 0.304, 0.696, 0.704}, 1.6},
		"a flat bowl":          {func(v ebm.Tensor) ebm.Tensor { return v.Square().Mul([]float64{0.5, 50}).Sum() }, [4]float64{-4, 4, -0.4, 0.4}, 1.6},
		"the ring":             {func(v ebm.Tensor) ebm.Tensor { return v.Norm().Sub(2).Square().Div(0.125) }, [4]float64{-3, 3, -3, 3}, 1.3},
		"a narrow ring":        {func(v ebm.Tensor) ebm.Tensor { return v.Norm().Sub(2).Square().Div(0.0002) }, [4]float64{-2, 2, -2, 2}, 2},
		"eight far modes":      {mix(0.3, eight...), [4]float64{5, 15, -5, 5}, 1.5},
		"two modes apart":      {mix(1, []float64{0, 0}, []float64{20, 0}), [4]float64{-3, 23, -3, 3}, 1.8},
		"falls for ever":       {func(v ebm.Tensor) ebm.Tensor { return v.Sum() }, [4]float64{-3, 3, -3, 3}, 1},
		"constant":             {func(v ebm.Tensor) ebm.Tensor { return v.Sum().Mul(0) }, [4]float64{-3, 3, -3, 3}, 1},
		"never a number":       {func(v ebm.Tensor) ebm.Tensor { return v.Square().Sum().Neg().Sub(1).Log() }, [4]float64{-3, 3, -3, 3}, 1},
		"half a plane":         {func(v ebm.Tensor) ebm.Tensor { return v.Col(0).Log().Square().Add(v.Col(1).Square()) }, [4]float64{0.1, 16, -2.8, 2.8}, 1.6},
		"not below everywhere": {func(v ebm.Tensor) ebm.Tensor { return v.Square().Sum().Neg().Exp().Neg().Mul(20) }, [4]float64{-0.7, 0.7, -0.7, 0.7}, 12},
	} {
		b := autobox(ebm.Define(2, c.f))
		for k := range 2 {
			lo, hi := c.low[2*k], c.low[2*k+1]
			if b[k][0] > lo+1e-9 || b[k][1] < hi-1e-9 || b[k][1]-b[k][0] > c.size*(hi-lo)+1e-9 {
				t.Errorf("%s: axis %d is %v, want [%v %v] and at most %v times that", name, k, b[k], lo, hi, c.size)
			}
		}
	}
	b := autobox(ebm.Define(1, func(v ebm.Tensor) ebm.Tensor { return v.Sub(7).Square() }))
	if b[0][0] > 7-2.8 || b[0][1] < 7+2.8 || b[0][1]-b[0][0] > 8 {
		t.Errorf("on a line: %v", b)
	}
}

func TestIsolinesOfACircle(t *testing.T) {
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() })
	f := evaluate(m, [4]float64{-3, 3, -3, 3}, 161, 161)
	lines := isolines(f, 4)
	if len(lines) != 1 {
		t.Fatalf("a circle is %d lines", len(lines))
	}
	l, length := lines[0], 0.0
	if l[0] != l[len(l)-1] {
		t.Error("it is not closed")
	}
	for i, q := range l {
		if r := math.Hypot(q[0], q[1]); math.Abs(r-2) > 1e-3 {
			t.Fatalf("a point at radius %v", r)
		}
		if i > 0 {
			length += math.Hypot(q[0]-l[i-1][0], q[1]-l[i-1][1])
		}
	}
	if math.Abs(length-4*math.Pi) > 0.01 {
		t.Errorf("its length is %v, want 4π", length)
	}
	if open := isolines(f, 12); len(open) != 4 {
		t.Errorf("the circle cut by the box is %d lines, want 4", len(open))
	}
	if none := isolines(f, -1); none != nil {
		t.Errorf("%d lines below the minimum", len(none))
	}
}

func TestIsolinesOfSmallGrids(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		e     []float64 // three by three, upwards
		lines int
		why   string
	}{
		{[]float64{0, 0, 0, 0, 1, 0, 0, 0, 0}, 1, "round a peak"},
		{[]float64{1, 1, 1, 1, 0, 1, 1, 1, 1}, 1, "round a hole"},
		{[]float64{1, 0, 1, 0, 1, 0, 1, 0, 1}, 4, "the mean joins the diagonals of a chequered field: four corners are cut off"},
		{[]float64{1, 0, 0, 0, 0, 0, 0, 0, 0}, 1, "round a corner"},
		{[]float64{0, 0, 0, 0, nan, 0, 1, 1, 1}, 0, "no cell is whole"},
		{[]float64{0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, "constant below"},
		{[]float64{1, 1, 1, 1, 1, 1, 1, 1, 1}, 0, "constant above"},
	} {
		f := &field{nx: 3, ny: 3, box: [4]float64{0, 2, 0, 2}, e: c.e}
		if got := isolines(f, 0.5); len(got) != c.lines {
			t.Errorf("%v: %d lines %v, want %d (%s)", c.e, len(got), got, c.lines, c.why)
		}
	}
}

func FuzzIsolines(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8}, 3.5)
	f.Fuzz(func(t *testing.T, data []byte, level float64) {
		n := int(math.Sqrt(float64(len(data))))
		if n < 2 || n > 40 {
			return
		}
		g := &field{nx: n, ny: n, box: [4]float64{0, 1, 0, 1}, e: make([]float64, n*n)}
		for i := range g.e {
			g.e[i] = float64(data[i])
			if data[i] == 255 {
				g.e[i] = math.Inf(1)
			}
		}
		for _, l := range isolines(g, level) {
			for _, q := range l {
				if !(q[0] >= -1e-9 && q[0] <= 1+1e-9 && q[1] >= -1e-9 && q[1] <= 1+1e-9) {
					t.Fatalf("a point at %v", q)
				}
			}
		}
	})
}

func TestSampleInterpolates(t *testing.T) {
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Mul([]float64{1, 2}).Sum() })
	f := evaluate(m, [4]float64{0, 1, 0, 1}, 21, 21)
	for _, p := range [][2]float64{{0.5, 0.5}, {0.13, 0.77}, {0.501, 0.249}} {
		want := p[0]*p[0] + 2*p[1]*p[1]
		if got := f.sample(p[0], p[1]); math.Abs(got-want) > 1e-9 {
			t.Errorf("at %v: %v, want %v: inside, a cubic is exact on a parabola", p, got, want)
		}
	}
	if got := f.sample(1, 1); math.Abs(got-3) > 1e-9 {
		t.Errorf("at the corner: %v", got)
	}
}

func TestScale(t *testing.T) {
	ramp := make([]float64, 1001)
	for i := range ramp {
		ramp[i] = float64(i)
	}
	s, ok := scaleOf(ramp)
	if !ok || s.lo != 0 || s.hi != 1000 || s.open {
		t.Errorf("an even range is cut: %+v", s)
	}
	ramp[1000], ramp[0], ramp[1] = 1e300, math.NaN(), math.Inf(1)
	if s, _ := scaleOf(ramp); s.lo != 2 || s.hi > 1000 || !s.open {
		t.Errorf("one pole takes all the colours: %+v", s)
	}
	for _, e := range []float64{0, 1, 10, 700} {
		s := scale{lo: -3, hi: 997}
		if got := s.energy(s.position(e)); math.Abs(got-e) > 1e-9 {
			t.Errorf("there and back %v gives %v", e, got)
		}
	}
	if _, ok := scaleOf([]float64{math.NaN(), math.Inf(-1)}); ok {
		t.Error("a scale of nothing")
	}
	for _, e := range [][]float64{{5, 5, 5}, {0}, {-1e308, 1e308}} {
		if s, ok := scaleOf(e); !ok || !(s.hi > s.lo) || math.IsInf(s.hi-s.lo, 0) {
			t.Errorf("%v: %+v", e, s)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		n      int
		want   string
	}{
		{-3, 3, 6, "−3 −2 −1 0 1 2 3"},
		{0, 1, 5, "0 0.2 0.4 0.6 0.8 1.0"},
		{-1.5, 1.5, 6, "−1.5 −1.0 −0.5 0 0.5 1.0 1.5"},
		{0, 1e6, 4, "0 2e5 4e5 6e5 8e5 1e6"},
		{0, 2e-5, 4, "0 5e−6 1e−5 1.5e−5 2e−5"},
		{100, 104, 4, "100 101 102 103 104"},
		{1e9, 1e9 + 1, 2, "1000000000.0 1000000000.5 1000000001.0"},
		{0, 0, 5, ""},
		{0, math.Inf(1), 5, ""},
		{2, 1, 5, ""},
	} {
		var got []string
		for _, k := range ticks(c.lo, c.hi, c.n) {
			got = append(got, k.label)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v to %v: %s, want %s", c.lo, c.hi, s, c.want)
		}
	}
}

func TestScaleTicksAreRoundAndOrdered(t *testing.T) {
	for _, s := range []scale{{lo: 0, hi: 70}, {lo: 1e-7, hi: 70}, {lo: -0.3003, hi: 28}, {lo: 1000, hi: 1001}, {lo: -1e6, hi: 1e6}, {lo: 0, hi: 1e-9}} {
		ts := s.ticks(5)
		if len(ts) < 4 {
			t.Errorf("%+v: %v", s, ts)
		}
		for i, k := range ts {
			if k.at < 0 || k.at > 1+1e-9 || i > 0 && k.at <= ts[i-1].at || len(k.label) > 9 {
				t.Errorf("%+v: %v", s, ts)
				break
			}
		}
		if ts[0].at > 0.1 {
			t.Errorf("%+v: no number at the foot, %v", s, ts)
		}
	}
}
