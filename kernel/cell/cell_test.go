package cell

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"
)

type sink struct {
	mu   sync.Mutex
	text string
}

func (s *sink) Stream(_ string, p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
}
func (*sink) Display(map[string]string, map[string]json.RawMessage, string, bool) {}
func (*sink) ClearOutput(bool)                                                    {}
func (*sink) Input(context.Context, string, bool) (string, error)                 { return "", nil }

func print(s string) { Current().Sink().Stream("stdout", []byte(s)) }

func TestOutputOfAGoroutineGoesToTheCellThatStartedIt(t *testing.T) {
	var one, two sink
	gate, done := make(chan bool), make(chan bool)
	New(context.Background(), 1, &one).Run(func() {
		Go(func() {
			go func() { <-gate; print("late"); close(done) }() // a plain grandchild inherits too
		})
		print("first ")
	})
	New(context.Background(), 2, &two).Run(func() { print("second") })
	close(gate)
	<-done
	if one.text != "first late" || two.text != "second" {
		t.Errorf("cell 1 got %q, cell 2 got %q", one.text, two.text)
	}
}

func TestStopEndsThatCellAndItsGoroutinesOnly(t *testing.T) {
	loop := func(ended chan<- string, name string) {
		defer func() { ended <- name }()
		defer func() { recover() }() // must not swallow the stop
		for {
			if Stopping() {
				Check()
			}
		}
	}
	ended := make(chan string, 3)
	other := New(context.Background(), 1, &sink{})
	other.Run(func() { Go(func() { loop(ended, "other") }) })

	r := New(context.Background(), 2, &sink{})
	out := make(chan Outcome)
	go func() {
		out <- r.Run(func() { Go(func() { loop(ended, "child") }); loop(ended, "cell") })
	}()
	for r.Live() < 2 {
		time.Sleep(time.Millisecond)
	}
	r.Stop()
	if o := <-out; !o.Stopped || o.Fault != nil {
		t.Errorf("outcome %+v, want stopped", o)
	}
	got := map[string]bool{<-ended: true, <-ended: true}
	if !got["cell"] || !got["child"] || other.Live() != 1 {
		t.Errorf("ended %v; other cell has %d goroutines, want 1", got, other.Live())
	}
	if r.Context().Err() == nil || context.Cause(r.Context()) != ErrInterrupted {
		t.Errorf("context cause %v, want ErrInterrupted", context.Cause(r.Context()))
	}
	other.Stop()
	<-ended
	for Stopping() { // the hint goes down with the last goroutine
		time.Sleep(time.Millisecond)
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func()
		ok   func(Outcome) bool
	}{
		{"returns", func() {}, func(o Outcome) bool { return o == Outcome{} }},
		{"panics", func() { panic("x") }, func(o Outcome) bool { return o.Fault != nil && o.Fault.Value == "x" }},
		{"exits", func() { Exit(3) }, func(o Outcome) bool { return o.Exited && o.Code == 3 && !o.Stopped }},
	} {
		if o := New(context.Background(), 1, &sink{}).Run(c.f); !c.ok(o) {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
}

func TestAPanicInAGoroutineIsAFaultOfItsCell(t *testing.T) {
	r := New(context.Background(), 1, &sink{})
	got := make(chan Fault, 1)
	r.Run(func() { Go(func() { panic("boom") }) })
	r.Faults(func(f Fault) { got <- f })
	if f := <-got; f.Value != "boom" || !f.Goroutine {
		t.Errorf("fault %+v", f)
	}
}

func BenchmarkCurrent(b *testing.B) {
	New(context.Background(), 1, &sink{}).Run(func() {
		for b.Loop() {
			Current()
		}
	})
}
