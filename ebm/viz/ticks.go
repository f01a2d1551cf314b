package viz

import (
	"math"
	"strconv"
	"strings"
)

// A tick is a number at an axis.
type tick struct {
	at    float64
	label string
}

// ticks returns about n round numbers within [lo, hi], three at least, in steps of 1, 2 or 5 times a power of ten.
func ticks(lo, hi float64, n int) []tick {
	span := hi - lo
	if !(span > 0) || math.IsInf(span, 0) {
		return nil
	}
	step := roundStep(span / float64(max(n, 1)))
	for math.Floor(hi/step+1e-9)-math.Ceil(lo/step-1e-9) < 2 {
		step = roundStep(step * 0.45)
	}
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	var at []float64
	for k := first; k <= last && len(at) < 100; k++ {
		at = append(at, k*step)
	}
	return labelled(at, step)
}

// roundStep is the nearest to x, by ratio, of 1, 2, 5 × 10ᵏ.
func roundStep(x float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(x)))
	switch r := x / p; {
	case r < 1.5:
		return p
	case r < 3.2:
		return 2 * p
	case r < 7.1:
		return 5 * p
	}
	return 10 * p
}

// labelled writes numbers that are multiples of step, all with the same decimals.
func labelled(at []float64, step float64) []tick {
	largest := 0.0
	for _, x := range at {
		largest = max(largest, math.Abs(x))
	}
	out := make([]tick, len(at))
	for i, x := range at {
		if math.Abs(x) < step*1e-6 {
			x = 0
		}
		out[i] = tick{x, label(x, step, largest)}
	}
	return out
}

// label writes x with as many decimals as step needs, or as a power of ten where that is shorter.
func label(x, step, largest float64) string {
	var s string
	order := int(math.Floor(math.Log10(step) + 1e-9))
	digits := int(math.Floor(math.Log10(math.Abs(x))+1e-9)) - order
	switch {
	case x == 0:
		s = "0"
	case (largest >= 1e5 || largest < 1e-3) && digits <= 5:
		s = power(strconv.FormatFloat(x, 'e', max(digits, 0), 64))
	default:
		s = strconv.FormatFloat(x, 'f', max(0, -order), 64)
	}
	return strings.Replace(s, "-", "−", -1)
}

// power turns 1.50e+06 into 1.5e6.
func power(s string) string {
	mantissa, exponent, _ := strings.Cut(s, "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "e" + strconv.Itoa(n)
}

// roundest is the number in [lo, hi] with the fewest digits, and the step that it is a multiple of.
func roundest(lo, hi float64) (x, step float64) {
	if lo <= 0 && hi >= 0 {
		return 0, hi - lo
	}
	p := math.Pow(10, math.Ceil(math.Log10(max(math.Abs(lo), math.Abs(hi)))))
	for range 18 { // a float64 has no more digits
		for _, d := range []float64{1, 2, 5} {
			step = p / d
			if x = math.Ceil(lo/step-1e-9) * step; x <= hi {
				return x, step
			}
		}
		p /= 10
	}
	return lo, hi - lo
}
