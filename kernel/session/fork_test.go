package session

import (
	"strings"
	"testing"
)

// TestForkIsTheSame runs the same cells in a session and in a fork of it, and neither sees the other's.
func TestForkIsTheSame(t *testing.T) {
	s := told(t)
	f := s.Fork()
	if s.state() != f.state() {
		t.Fatalf("the fork is\n%s\nnot\n%s", f.state(), s.state())
	}
	before := s.state()
	for i, src := range []string{
		"type Ring struct{ Radius float64 }\nfunc (r *Ring) Energy(x ...float64) float64 { return 0 }", // ring becomes stale
		"func (p Pair[T]) Swap() Pair[T] { return p }",
		"func Half(x float64) (half float64) { return x }",
		"count := \"now a string\"",
		"import \"math\"\nwidth := struct{ a int }{1}",
	} {
		c, ds := f.Check(i+3, src)
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		f.Commit(c)
	}
	f.Lose("was lost")
	if s.state() != before {
		t.Errorf("the session is\n%s\nit was\n%s", s.state(), before)
	}
	if _, ds := s.Check(9, "ring.Energy(Half(1), float64(count))"); len(ds) > 0 {
		t.Error(ds)
	}
	if _, ds := f.Check(9, "ring.Energy()"); len(ds) == 0 || !strings.Contains(ds.Error(), "run cell") {
		t.Error(ds)
	}
}

// TestForkBesideACheck forks while the session checks, as the engine does when a check takes too long. It is for the race detector.
func TestForkBesideACheck(t *testing.T) {
	s := told(t)
	done := make(chan bool)
	go func() {
		defer close(done)
		for range 50 {
			s.Check(2, "other := 1\nring.Energy(Half(float64(count)))\npair.Swap()\nfunc (r *Ring) More() {}")
		}
	}()
	for range 50 {
		f := s.Fork()
		c, ds := f.Check(3, "func Half(x float64) (half float64) { return x }\nRing{}.Radius + Half(2) + float64(count)")
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		f.Commit(c)
	}
	<-done
}
