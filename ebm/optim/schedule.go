package optim

import "math"

// A Schedule says how the rate changes over training: the factor of a step, counted from 0, of so many.
type Schedule interface {
	Rate(step, steps int) float64
}

// Cosine rises linearly for Warmup steps and then falls along half a cosine to Floor (Loshchilov and Hutter, "SGDR", ICLR 2017,
// equation 5, without restarts).
type Cosine struct {
	Warmup int
	Floor  float64
}

// Rate returns the factor of a step.
func (s Cosine) Rate(step, steps int) float64 {
	if step < s.Warmup {
		return float64(step+1) / float64(s.Warmup)
	}
	t := float64(step-s.Warmup) / math.Max(float64(steps-s.Warmup), 1)
	return s.Floor + (1-s.Floor)*(1+math.Cos(math.Pi*math.Min(t, 1)))/2
}

// Exponential falls by a constant factor at each step, to Final at the end.
type Exponential struct {
	Final float64 // 0 means 0.01
}

// Rate returns the factor of a step.
func (s Exponential) Rate(step, steps int) float64 {
	final := checked("Exponential", "Final", s.Final, 0.01, 0, inf)
	return math.Pow(final, float64(step)/math.Max(float64(steps), 1))
}

// Steps multiplies the rate by Factor every so many steps.
type Steps struct {
	Every  int     // 0 means a third of the training
	Factor float64 // 0 means 0.1
}

// Rate returns the factor of a step.
func (s Steps) Rate(step, steps int) float64 {
	every := s.Every
	if every <= 0 {
		every = max((steps+2)/3, 1)
	}
	return math.Pow(checked("Steps", "Factor", s.Factor, 0.1, 0, inf), float64(step/every))
}

// Inverse is the rate 1/(1 + step/Half): steps so small that noise averages out, and so large that every point is reached
// (Robbins and Monro, "A stochastic approximation method", 1951).
type Inverse struct {
	Half int // after which the rate is a half; 0 means a tenth of the training
}

// Rate returns the factor of a step.
func (s Inverse) Rate(step, steps int) float64 {
	half := s.Half
	if half <= 0 {
		half = max(steps/10, 1)
	}
	return 1 / (1 + float64(step)/float64(half))
}
