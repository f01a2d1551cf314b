package diag

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"joule/ebm/simd"
)

// ar1 returns chains of x' = φx + √(1−φ²)z: standard normal, with autocorrelation φᵗ, so that ESS = n(1−φ)/(1+φ).
func ar1(phi float64, chains, n, seed int) [][]float64 {
	out := make([][]float64, chains)
	for c := range out {
		z := make([]float64, n)
		simd.Source{Seed: uint64(seed), Stream: 7}.Normals(z, uint32(c), 0)
		for t := 1; t < n; t++ {
			z[t] = phi*z[t-1] + math.Sqrt(1-phi*phi)*z[t]
		}
		out[c] = z
	}
	return out
}

func TestESSOfAutoregression(t *testing.T) {
	for _, phi := range []float64{-0.5, 0, 0.3, 0.9, 0.99} {
		const m, n = 8, 20000
		chains := ar1(phi, m, n, 5)
		want := float64(m*n) * (1 - phi) / (1 + phi)
		for name, got := range map[string]float64{"ESS": ESS(chains), "BulkESS": BulkESS(chains)} {
			tol := 0.05 + 0.3*phi*phi // the estimate of a long sum of correlations is noisy
			if math.Abs(got/want-1) > tol {
				t.Errorf("φ=%v: %s = %.0f, closed form %.0f", phi, name, got, want)
			}
		}
	}
}

// The autocovariance by transform equals gonum's covariance of shifted slices up to the ends, and the definition exactly.
func TestAutocovarianceByDefinition(t *testing.T) {
	x := ar1(0.7, 1, 501, 3)
	got := autocovariance(x)
	mean, variance := stat.MeanVariance(x[0], nil)
	if want := variance * 500 / 501; math.Abs(got[0]-want) > 1e-12 {
		t.Errorf("lag 0: %v, by gonum's variance %v", got[0], want)
	}
	for _, lag := range []int{1, 2, 17, 500} {
		s := 0.0
		for i := lag; i < len(x[0]); i++ {
			s += (x[0][i] - mean) * (x[0][i-lag] - mean)
		}
		if want := s / 501; math.Abs(got[lag]-want) > 1e-12 {
			t.Errorf("lag %d: %v, want %v", lag, got[lag], want)
		}
	}
}

func TestRHat(t *testing.T) {
	good := ar1(0.5, 4, 4000, 1)
	for name, r := range map[string]float64{"RHat": RHat(good), "RankRHat": RankRHat(good)} {
		if math.Abs(r-1) > 0.01 {
			t.Errorf("chains of one distribution: %s = %v", name, r)
		}
	}
	shifted := ar1(0.5, 4, 4000, 1)
	drift := ar1(0.5, 1, 4000, 1)
	wide := ar1(0.5, 4, 4000, 1)
	for i := range shifted[0] {
		shifted[0][i] += 3
		drift[0][i] += 4 * float64(i) / 4000
		wide[0][i] *= 5
	}
	for name, c := range map[string][][]float64{"shifted": shifted, "one that drifts": drift, "wide": wide} {
		if r := RankRHat(c); r < 1.05 {
			t.Errorf("negative control %s: RankRHat = %v", name, r)
		}
	}
	if r := RHat(wide); r > 1.02 {
		t.Logf("plain R-hat sees the wide chain too: %v", r)
	}
	// Three chains at 0, 0, 3 by hand: equation (4) with n = 2 halves of constant spread.
	hand := [][]float64{{-1, 1, -1, 1}, {2, 4, 2, 4}}
	want := math.Sqrt((0.5*2 + 3) / 2) // within 2, variance of the means 0 0 3 3 is 3
	if got := RHat(hand); math.Abs(got-want) > 1e-12 {
		t.Errorf("by hand: %v, want %v", got, want)
	}
}

// The figures of ArviZ 0.21 on the same chains: az.ess(x, method="bulk"), method="mean", az.rhat(x) and method="split". (ArviZ
// has no rank-normalised R-hat of a single chain.) The chains are a formula, so that both sides can make them.
func TestAgreesWithArviZ(t *testing.T) {
	for _, c := range []struct {
		m, n                       int
		bulk, mean, rank, ofHalves float64
	}{
		{4, 100, 90.34053982094488, 87.35959615533584, 0.9968492269400572, 0.9954156847402218},
		{3, 57, 40.47751973477921, 40.22233254822922, 1.0127045587901744, 1.0060264760479294},
		{1, 200, 43.88338603414502, 42.6168891507265, 0, 1.000679742258458},
	} {
		x := formula(c.m, c.n)
		for name, v := range map[string][2]float64{
			"BulkESS": {BulkESS(x), c.bulk}, "ESS": {ESS(x), c.mean}, "RankRHat": {RankRHat(x), c.rank}, "RHat": {RHat(x), c.ofHalves},
		} {
			if v[1] != 0 && math.Abs(v[0]/v[1]-1) > 1e-9 {
				t.Errorf("%d chains of %d: %s = %v, ArviZ %v", c.m, c.n, name, v[0], v[1])
			}
		}
	}
}

func formula(m, n int) [][]float64 {
	x := make([][]float64, m)
	for c := range x {
		s := 0.3 * float64(c)
		for t := range n {
			s = 0.8*s + math.Sin(12.9898*float64(t+1)+78.233*float64(c+1))*float64((t*7+c*3)%11)/5
			x[c] = append(x[c], s)
		}
	}
	return x
}

func TestWhatTheDrawsDoNotSay(t *testing.T) {
	for name, c := range map[string][][]float64{
		"none": nil, "short": {{1, 2, 3}}, "unequal": {{1, 2, 3, 4}, {1, 2, 3, 4, 5}},
		"not a number": {{1, 2, math.NaN(), 4}}, "infinite": {{1, 2, math.Inf(1), 4}}, "constant": {{1, 1, 1, 1}},
	} {
		for f, v := range map[string]float64{"ESS": ESS(c), "BulkESS": BulkESS(c), "RHat": RHat(c), "RankRHat": RankRHat(c)} {
			if !math.IsNaN(v) {
				t.Errorf("%s: %s = %v, want NaN", name, f, v)
			}
		}
	}
}

func TestScoresShareTies(t *testing.T) {
	z := normalScores([][]float64{{3, 1}, {1, 2}})
	if z[0][1] != z[1][0] || z[0][0] <= z[1][1] || z[1][1] <= z[0][1] {
		t.Errorf("scores %v do not follow the order of 3 1 1 2", z)
	}
	if got, want := z[0][0], math.Sqrt2*math.Erfinv(2*(4-0.375)/4.25-1); math.Abs(got-want) > 1e-15 {
		t.Errorf("score of the largest %v, want %v", got, want)
	}
}

func TestOrder(t *testing.T) {
	z := make([]float64, 5000)
	simd.Source{Seed: 1}.Normals(z, 0, 0)
	for i := range z {
		z[i] = math.Round(z[i]*100) / 100 * math.Pow(10, float64(i%40-20)) // ties, both signs, many magnitudes
	}
	z = append(z, 0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 5e-324, -5e-324)
	idx := order(z)
	for i := 1; i < len(idx); i++ {
		a, b := idx[i-1], idx[i]
		if z[a] > z[b] || z[a] == z[b] && a > b {
			t.Fatalf("place %d: %v (at %d) before %v (at %d)", i, z[a], a, z[b], b)
		}
	}
	if len(order(nil)) != 0 {
		t.Error("nothing to sort")
	}
}

// The summary computes ranks once for both of its diagnostics: they are those of the functions.
func TestSummaryAgreesWithTheFunctions(t *testing.T) {
	chains := ar1(0.8, 5, 301, 4)
	d := Draws{Chains: 5, Draws: 301, Dim: 1}
	for _, c := range chains {
		d.Data = append(d.Data, c...)
	}
	r := Summarize(d).Rows[0]
	if r.ESS != BulkESS(chains) || r.RHat != RankRHat(chains) || r.MCSE != r.SD/math.Sqrt(r.ESS) {
		t.Errorf("%+v, ESS %v, R-hat %v", r, BulkESS(chains), RankRHat(chains))
	}
}

func TestSummary(t *testing.T) {
	const chains, draws = 4, 2000
	x, y := ar1(0.5, chains, draws, 1), ar1(0.2, chains, draws, 2)
	d := Draws{Chains: chains, Draws: draws, Dim: 2, Data: make([]float64, chains*draws*2)}
	for c := range chains {
		for k := range draws {
			copy(d.At(c, k), []float64{x[c][k], 10 + 2*y[c][k]})
		}
	}
	s := Summarize(d)
	s.Accept, s.Diverged, s.Note = 0.5, 2, "a <note>"
	if r := s.Rows[1]; math.Abs(r.Mean-10) > 0.1 || math.Abs(r.SD-2) > 0.1 || r.ESS < 4000 || r.RHat > 1.01 {
		t.Errorf("row %+v", r)
	}
	for _, want := range []string{"mean", "x2", "R-hat", "4 chains × 2000 draws", "acceptance 0.50", "2 diverged steps"} {
		if !strings.Contains(s.String(), want) || !strings.Contains(s.HTML(), want) {
			t.Errorf("%q is missing:\n%s\n%s", want, s, s.HTML())
		}
	}
	if strings.Contains(s.HTML(), "<note>") {
		t.Error("the note is not escaped")
	}
	if len(d.Rows()) != chains*draws || len(d.Chain(1)) != draws || d.Coordinate(1)[2][3] != d.At(2, 3)[1] {
		t.Error("the views of the draws disagree")
	}
}

func TestSummaryOfNothing(t *testing.T) {
	s := Summarize(Draws{Chains: 3, Dim: 2})
	if !strings.Contains(s.String(), "–") || strings.Contains(s.String(), "NaN") {
		t.Errorf("no draws:\n%s", s)
	}
}

func BenchmarkSummarize(b *testing.B) {
	c := ar1(0.9, 512, 2000, 1)
	d := Draws{Chains: 512, Draws: 2000, Dim: 1}
	for _, x := range c {
		d.Data = append(d.Data, x...)
	}
	for b.Loop() {
		Summarize(d)
	}
}
