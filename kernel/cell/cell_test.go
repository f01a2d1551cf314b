package cell

import (
	"context"
	"encoding/json"
	"runtime"
	"slices"
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

// TestCallbacksAreHeld: while callbacks are held none begins, and then they do.
func TestCallbacksAreHeld(t *testing.T) {
	release := HoldCallbacks()
	r := New(context.Background(), 1, &sink{})
	came := make(chan bool, 1)
	r.Run(func() { AfterFunc(0, func() { came <- true }) })
	time.AfterFunc(10*time.Millisecond, func() {
		select {
		case <-came:
			t.Error("a callback began while they were held")
			came <- true
		default:
		}
		release()
	})
	<-came
}

func TestCallbacksBelongToTheCellThatGaveThem(t *testing.T) {
	for name, start := range map[string]func(f func()){
		"timer": func(f func()) { AfterFunc(0, f) },
		"context": func(f func()) {
			ctx, cancel := context.WithCancel(context.Background())
			AfterContext(ctx, f)
			cancel()
		},
		"group": func(f func()) { GoGroup(new(sync.WaitGroup), f) },
	} {
		var mine, other sink
		r := New(context.Background(), 1, &mine)
		faults, gate, printed := make(chan Fault, 1), make(chan bool), make(chan bool)
		r.Faults(func(f Fault) { faults <- f })
		r.Run(func() {
			start(func() { <-gate; print("mine"); close(printed) })
			start(func() { panic("boom") })
		})
		New(context.Background(), 2, &other).Run(func() {})
		if f := <-faults; f.Value != "boom" || !f.Goroutine {
			t.Errorf("%s: fault %+v", name, f)
		}
		close(gate)
		<-printed
		if mine.text != "mine" || other.text != "" {
			t.Errorf("%s: cell 1 got %q, cell 2 got %q", name, mine.text, other.text)
		}
	}
}

func TestACondThatIsStoppedHoldsItsLock(t *testing.T) {
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	r := New(context.Background(), 1, &sink{})
	out := make(chan Outcome)
	go func() {
		out <- r.Run(func() {
			mu.Lock()
			defer mu.Unlock() // would end the process if the lock were not held
			WaitCond(c)
		})
	}()
	r.Stop()
	if o := <-out; !o.Stopped {
		t.Errorf("outcome %+v, want stopped", o)
	}
	if !mu.TryLock() {
		t.Error("the lock is not free")
	}
}

func TestRoom(t *testing.T) {
	defer SetRoom(0)
	SetRoom(1 << 20)
	for _, c := range []struct {
		why     string
		n, size int
		fits    bool
	}{
		{"small", 10, 8, true}, {"as much as there is", 1 << 17, 8, true}, {"one more", 1<<17 + 1, 8, false}, {"far too many", 1 << 60, 1 << 20, false},
		{"elements of no size", 1 << 60, 0, true}, {"a negative number is make's own affair", -1, 8, true},
	} {
		fits := func() (ok bool) {
			defer func() { ok = recover() == nil }()
			return Room(c.n, c.size) == c.n
		}()
		if fits != c.fits {
			t.Errorf("%s: %v", c.why, fits)
		}
	}
}

// TestGrow: what is there already counts, and what nobody has any more does not.
func TestGrow(t *testing.T) {
	defer SetRoom(0)
	SetRoom(1 << 30)
	fits := func(n, size int) (ok bool) {
		defer func() { ok = recover() == nil }()
		Grow(n, size)
		return true
	}
	kept := make([]byte, 600<<20) // nobody writes to it: it is there and takes no memory
	for _, c := range []struct {
		why     string
		n, size int
		fits    bool
	}{{"small", 1000, 8, true}, {"beside the others", 300 << 20, 1, true}, {"only without the others", 100 << 20, 8, false}, {"too much in any case", 1 << 40, 1, false}} {
		if got := fits(c.n, c.size); got != c.fits {
			t.Errorf("%s: %v", c.why, got)
		}
	}
	runtime.KeepAlive(kept)
	if !fits(100<<20, 8) {
		t.Error("what nobody has any more takes room")
	}
}

func BenchmarkCurrent(b *testing.B) {
	New(context.Background(), 1, &sink{}).Run(func() {
		for b.Loop() {
			Current()
		}
	})
}

// TestSettle ends cells whose goroutines panic, wait and run: what panics has reported it when Settle returns, and nothing else is
// waited for, however long it may.
func TestSettle(t *testing.T) {
	long := func() {
		for range 100_000 {
			runtime.Gosched()
		}
	}
	never := make(chan bool)
	defer close(never)
	for _, c := range []struct {
		name string
		goes func(done chan bool)
		want []any
	}{
		{"a panic that ends the cell first", func(done chan bool) {
			defer long()
			defer close(done)
			panic("late")
		}, []any{"late"}},
		{"a recovered one", func(done chan bool) {
			defer func() { recover(); long() }()
			defer close(done)
			panic("nobody hears it")
		}, nil},
		{"a deferred function that waits", func(done chan bool) {
			defer func() { <-never }()
			defer close(done)
			panic("not yet")
		}, nil},
		{"one that runs on", func(done chan bool) {
			close(done)
			for {
				select {
				case <-never:
					return
				default:
					runtime.Gosched()
				}
			}
		}, nil},
	} {
		r := New(context.Background(), 1, nil)
		var mu sync.Mutex
		var got []any
		r.Faults(func(f Fault) {
			mu.Lock()
			got = append(got, f.Value)
			mu.Unlock()
		})
		r.Run(func() {
			done := make(chan bool)
			Go(func() { c.goes(done) })
			<-done
		})
		r.Settle(time.Hour)
		mu.Lock()
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: heard %v, want %v", c.name, got, c.want)
		}
		mu.Unlock()
	}
}

// TestHold: the goroutines of a run that is held wait at their next check, those of others do not, and an order to stop ends the
// wait.
func TestHold(t *testing.T) {
	held, other := New(t.Context(), 1, &sink{}), New(t.Context(), 2, &sink{})
	release := held.Hold()
	if again := held.Hold(); !Stopping() {
		t.Error("nobody is told")
	} else {
		again() // does nothing: somebody else holds it
	}
	other.Run(Check)
	passed := make(chan Outcome, 1)
	go func() { passed <- held.Run(Check) }()
	select {
	case <-passed:
		t.Error("a check passes while the run is held")
	case <-time.After(10 * time.Millisecond):
	}
	release()
	release()
	if o := <-passed; o.Stopped || Stopping() {
		t.Errorf("after the release: %+v, %v", o, Stopping())
	}
	stopped := New(t.Context(), 3, &sink{})
	release = stopped.Hold()
	go func() { passed <- stopped.Run(func() { Check(); t.Error("a check passes that should have stopped") }) }()
	stopped.Stop()
	if o := <-passed; !o.Stopped {
		t.Errorf("stopped while it is held: %+v", o)
	}
	release()
	if Stopping() {
		t.Error("the hint stays")
	}
}
