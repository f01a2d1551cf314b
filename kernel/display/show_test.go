package display

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"joule/kernel/cell"
)

// A tape is a sink that writes down what it is given.
type tape struct {
	mu    sync.Mutex
	shown []shown
}

type shown struct {
	data   map[string]string
	id     string
	update bool
	clear  bool
}

func (*tape) Stream(string, []byte) {}
func (s *tape) Display(data map[string]string, _ map[string]json.RawMessage, id string, update bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = append(s.shown, shown{data: data, id: id, update: update})
}
func (s *tape) ClearOutput(wait bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = append(s.shown, shown{clear: true, update: wait})
}
func (*tape) Input(context.Context, string, bool) (string, error) { return "", io.EOF }

func (s *tape) all() []shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]shown(nil), s.shown...)
}

func (s *tape) last() string {
	all := s.all()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].data["text/plain"]
}

// run runs f in a cell of its own and returns what it showed.
func run(t *testing.T, f func()) *tape {
	t.Helper()
	s := &tape{}
	if out := cell.New(context.Background(), 1, s).Run(f); out.Fault != nil {
		t.Fatalf("%v\n%s", out.Fault.Value, out.Fault.Stack)
	}
	return s
}

func TestShowAndClear(t *testing.T) {
	s := run(t, func() {
		Show(1, HTML("<p>x</p>"))
		Clear(true)
		Show()
	})
	got := s.all()
	if len(got) != 3 || got[0].data["text/plain"] != "1" || got[1].data["text/html"] != "<p>x</p>" || !got[2].clear || !got[2].update {
		t.Errorf("%+v", got)
	}
}

func TestHandleIsUpdatedInPlaceAlsoFromALaterCell(t *testing.T) {
	var h *Slot
	one := run(t, func() { h = Handle("a"); h.Update("b"); Handle("other") })
	two := run(t, func() { h.Update("c") })
	got := append(one.all(), two.all()...)
	if len(got) != 4 || got[0].update || !got[1].update || !got[3].update || got[0].id == "" ||
		got[0].id != got[1].id || got[3].id != got[0].id || got[2].id == got[0].id || got[3].data["text/plain"] != `"c"` {
		t.Errorf("%+v", got)
	}
}

// TestOutsideACellTextGoesToStandardOutput runs in a process in which there never was a cell.
func TestOutsideACellTextGoesToStandardOutput(t *testing.T) {
	if os.Getenv("DISPLAY_TEST_NO_CELL") != "" {
		Show("hello", 3)
		Clear(false)
		Handle(true).Update(false)
		Progress(2, "work").Add(2)
		os.Exit(0)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "DISPLAY_TEST_NO_CELL=1")
	text, err := cmd.Output()
	if s := string(text); err != nil || !strings.HasPrefix(s, "\"hello\"\n3\ntrue\nfalse\n\rwork  100% ▕████") || !strings.HasSuffix(s, "\n") {
		t.Errorf("%q, %v", s, err)
	}
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t, func() {
			p := Progress(1000, "a<b")
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					for range 100 {
						p.Add(1)
					}
				})
			}
			wg.Wait()
			p.Note("loss <0.5>")
			p.Done()
		})
		got := s.all()
		if len(got) > 20 || got[0].update || !got[1].update {
			t.Fatalf("%d drawings of a thousand quick steps", len(got))
		}
		last := got[len(got)-1].data
		wellFormed(t, last["text/html"])
		for _, want := range []string{"a&lt;b", "100%", "1000/1000", "loss &lt;0.5&gt;"} {
			if !strings.Contains(last["text/html"], want) {
				t.Errorf("no %s in %s", want, last["text/html"])
			}
		}
	})
}

func TestBarText(t *testing.T) {
	start := time.Unix(0, 0)
	for _, c := range []struct {
		total, done int
		after       time.Duration
		want        string
	}{
		{100, 25, 10 * time.Second, " 25% ▕██████                  ▏ 25/100 · 0:10 · 0:30 left · 2.5/s"},
		{100, 0, 0, "  0% ▕                        ▏ 0/100 · 0.0 s"},
		{1000, 999, time.Hour, " 99% ▕███████████████████████▉▏ 999/1000 · 1:00:00 · 3.6 s left · 3.6 s each"},
		{0, 50, time.Second, "50 · 1.0 s · 50.0/s"},
		{10, 30, time.Second, "100% ▕████████████████████████▏ 30/10 · 1.0 s · 30.0/s"},
		{10, -5, time.Second, "  0% ▕                        ▏ -5/10 · 1.0 s"},
	} {
		b := &Bar{total: c.total, done: c.done, start: start}
		if got := b.text(start.Add(c.after)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// mutable is drawn from data that its owner goes on changing.
type mutable struct{ log []int }

func (m *mutable) String() string { return fmt.Sprint(len(m.log)) }

func TestLiveIsThrottledAndShowsTheLastValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, view := range map[string]func(m *mutable, i int) any{
			"a number":              func(_ *mutable, i int) any { return i + 1 },
			"a value still changed": func(m *mutable, i int) any { return m },
		} {
			l := Live()
			s := run(t, func() {
				m := &mutable{}
				for i := range 2000 {
					m.log = append(m.log, i)
					l.Update(view(m, i))
				}
			})
			time.Sleep(time.Second) // of the test's own time: no drawing takes long in it
			got := s.all()
			if s.last() != "2000" || len(got) > 100 {
				t.Errorf("%s: %d drawings, the last %q", name, len(got), s.last())
			}
			for i, x := range got {
				if x.update != (i > 0) || x.id != got[0].id {
					t.Errorf("%s: drawing %d is %+v", name, i, x)
				}
			}
		}
	})
}

// slow takes its time to be drawn.
type slow struct{ m *mutable }

func (s slow) String() string { time.Sleep(2 * time.Millisecond); return s.m.String() }

func TestLiveFlush(t *testing.T) {
	s := run(t, func() {
		m := &mutable{}
		l := Live()
		l.Flush() // nothing to show
		for range 5 {
			m.log = append(m.log, 0)
			l.Update(slow{m})
		}
		l.Flush()
	})
	if s.last() != "5" {
		t.Errorf("%+v", s.all())
	}
}

func TestImmutable(t *testing.T) {
	for _, c := range []struct {
		v    any
		want bool
	}{
		{nil, true}, {1, true}, {"s", true}, {point{}, true}, {[3]int{}, true}, {[]int{}, false}, {&point{}, false},
		{map[int]int{}, false}, {struct{ x []int }{}, false}, {[2]any{1, &point{}}, false}, {Live, false},
	} {
		if got := immutable(reflect.ValueOf(c.v)); got != c.want {
			t.Errorf("%T: %v", c.v, got)
		}
	}
}

// TestLiveKeepsItsShare draws a costly value at the pace of a clock of its own.
func TestLiveKeepsItsShare(t *testing.T) {
	clock := time.Unix(0, 0)
	l := &View{now: func() time.Time { return clock }}
	draws := 0
	s := run(t, func() {
		for range 1000 { // ten seconds of steps of 10 ms; a drawing takes 60 ms
			l.Update(costly(func() { draws++; clock = clock.Add(60 * time.Millisecond) }))
			clock = clock.Add(10 * time.Millisecond)
		}
	})
	if total := clock.Sub(time.Unix(0, 0)); time.Duration(draws)*60*time.Millisecond > total/4 || draws < 20 {
		t.Errorf("%d drawings of 60 ms in %v", draws, total)
	}
	if got := len(s.all()); got > draws || got < 20 {
		t.Errorf("%d drawings were sent of %d", got, draws)
	}
}

// costly calls itself when it is drawn.
type costly func()

func (c costly) String() string { c(); return "drawn" }
