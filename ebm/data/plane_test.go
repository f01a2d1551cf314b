package data

import (
	"math"
	"reflect"
	"testing"
)

func moments(rows [][]float64) (mean [2]float64, second [2][2]float64) {
	n := float64(len(rows))
	for _, p := range rows {
		for i := range 2 {
			mean[i] += p[i] / n
			for j := range 2 {
				second[i][j] += p[i] * p[j] / n
			}
		}
	}
	return
}

// Closed forms: the moons' means over the half circles are (0, 2/π) and (1, ½−2/π); eight centres of radius 2 have second moment
// 2 per axis; a ring of radius R and width w has (R²+w²)/2.
func TestMoments(t *testing.T) {
	const n, tol = 200000, 0.02
	for _, c := range []struct {
		name   string
		rows   [][]float64
		mean   [2]float64
		second [2]float64
	}{
		{"moons", TwoMoons(n, 0.1, 1), [2]float64{0.5, 0.25},
			[2]float64{(0.5+1.5)/2 + 0.01, (0.5+0.25-2/math.Pi+0.5)/2 + 0.01}},
		{"eight", EightGaussians(n, 0.2, 1), [2]float64{}, [2]float64{2.04, 2.04}},
		{"ring", Ring(n, 3, 0.5, 1), [2]float64{}, [2]float64{9.25 / 2, 9.25 / 2}},
	} {
		mean, second := moments(c.rows)
		for i := range 2 {
			if math.Abs(mean[i]-c.mean[i]) > tol || math.Abs(second[i][i]-c.second[i]) > tol*(1+c.second[i]) {
				t.Errorf("%s: axis %d: mean %.3f, second moment %.3f; want %.3f, %.3f", c.name, i, mean[i], second[i][i], c.mean[i],
					c.second[i])
			}
		}
	}
}

func TestNoiselessPointsLieOnTheirCurve(t *testing.T) {
	modes := map[int]int{}
	for i, p := range EightGaussians(800, 0, 7) {
		a := math.Atan2(p[1], p[0]) / (2 * math.Pi) * 8
		if math.Abs(math.Hypot(p[0], p[1])-2) > 1e-12 || math.Abs(a-math.Round(a)) > 1e-12 {
			t.Fatalf("point %d at %v is no centre", i, p)
		}
		modes[(int(math.Round(a))+8)%8]++
	}
	for k := range 8 {
		if modes[k] < 60 || modes[k] > 140 { // 100 ± 4 standard deviations
			t.Errorf("mode %d has %d of 800 points", k, modes[k])
		}
	}
	upper := 0
	for i, p := range TwoMoons(1000, 0, 7) {
		switch {
		case math.Abs(math.Hypot(p[0], p[1])-1) < 1e-12 && p[1] >= -1e-12:
			upper++
		case math.Abs(math.Hypot(p[0]-1, p[1]-0.5)-1) < 1e-12 && p[1] <= 0.5+1e-12:
		default:
			t.Fatalf("point %d at %v is on no moon", i, p)
		}
	}
	if upper < 430 || upper > 570 {
		t.Errorf("%d of 1000 points on the upper moon", upper)
	}
}

func TestSeeds(t *testing.T) {
	a := TwoMoons(50, 0.1, 1)
	if !reflect.DeepEqual(a, TwoMoons(50, 0.1, 1)) {
		t.Error("the same seed gave other points")
	}
	if !reflect.DeepEqual(a[:20], TwoMoons(20, 0.1, 1)) {
		t.Error("a shorter data set is not the beginning of the longer one")
	}
	if reflect.DeepEqual(a, TwoMoons(50, 0.1, 2)) {
		t.Error("another seed gave the same points")
	}
	if len(TwoMoons(0, 0.1, 1)) != 0 {
		t.Error("no points wanted")
	}
}

func TestMisusePanics(t *testing.T) {
	for name, f := range map[string]func(){
		"negative n":     func() { Ring(-1, 1, 1, 0) },
		"negative noise": func() { TwoMoons(1, -1, 0) },
		"NaN noise":      func() { EightGaussians(1, math.NaN(), 0) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(error); !ok {
					t.Errorf("%s: no panic with an error", name)
				}
			}()
			f()
		}()
	}
}
