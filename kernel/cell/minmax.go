package cell

// The interpreter lacks the builtins min and max; these are they, for values of the usual types.

// MinInt is min.
func MinInt(x int, more ...int) int {
	for _, y := range more {
		x = min(x, y)
	}
	return x
}

// MaxInt is max.
func MaxInt(x int, more ...int) int {
	for _, y := range more {
		x = max(x, y)
	}
	return x
}

// MinFloat is min.
func MinFloat(x float64, more ...float64) float64 {
	for _, y := range more {
		x = min(x, y)
	}
	return x
}

// MaxFloat is max.
func MaxFloat(x float64, more ...float64) float64 {
	for _, y := range more {
		x = max(x, y)
	}
	return x
}
