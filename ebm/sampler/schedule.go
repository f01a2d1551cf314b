package sampler

import (
	"fmt"

	"joule/ebm"
)

// A Schedule says how long to sample and where from. The zero value means 4 chains of 1000 draws each.
type Schedule struct {
	Chains int // 0 means 4
	Draws  int // kept per chain; 0 means 1000
	Warmup int // steps before the first kept one; 0 means half of the steps that follow, at most 1000; negative means none
	Thin   int // steps per kept draw; 0 means 1
	Seed   int // of all random numbers
	// Dim is the dimension of an energy that does not say its own. 0 means the width of Init, or without Init the plane, 2.
	Dim int
	// Init holds the points to start from, one per row; chain c starts at row c modulo their number. Without it chains start at
	// independent standard normal points, drawn again where the energy is not finite.
	Init [][]float64
	// Float64 asks for double precision. Without it ULA, MALA and HMC move in single precision, which has seven digits and is two to four
	// times as fast; draws are always float64.
	Float64 bool
}

// maxNumbers bounds the memory of the draws: 16 GiB.
const maxNumbers = 1 << 31

// resolve checks the schedule against the energy, and returns it with the defaults filled in.
func (s Schedule) resolve(e ebm.Energy) (Schedule, *ebm.Model) {
	for what, n := range map[string]int{"chains": s.Chains, "draws": s.Draws, "thin": s.Thin, "dim": s.Dim} {
		if n < 0 {
			fail("%s %d", what, n)
		}
	}
	s.Chains, s.Draws, s.Thin = or(s.Chains, 4), or(s.Draws, 1000), or(s.Thin, 1)
	switch {
	case s.Warmup < 0:
		s.Warmup = 0
	case s.Warmup == 0:
		s.Warmup = min((s.Draws*s.Thin+1)/2, 1000)
	}
	if s.Dim == 0 && e != nil {
		s.Dim = or(ebm.Dim(e), s.widthOfInit())
	}
	m, err := ebm.Resolve(e, s.Dim)
	if err != nil {
		panic(err)
	}
	for i, p := range s.Init {
		if len(p) != m.Dim() {
			fail("row %d of Init has %d numbers, the energy has dimension %d", i, len(p), m.Dim())
		}
	}
	if float64(s.Chains)*float64(s.Draws)*float64(m.Dim()) > maxNumbers {
		fail("%d chains × %d draws × %d numbers do not fit: thin, or draw fewer", s.Chains, s.Draws, m.Dim())
	}
	return s, m
}

func (s Schedule) widthOfInit() int {
	if len(s.Init) > 0 {
		return len(s.Init[0])
	}
	return 2
}

func or(n, other int) int {
	if n == 0 {
		return other
	}
	return n
}

// fail panics with an error.
func fail(format string, args ...any) { panic(fmt.Errorf("sampler: "+format, args...)) }
