package kernel

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"joule/kernel/wire"
)

// patience is how long a test waits for what takes milliseconds.
const patience = time.Minute

// A recorder is a transport that keeps what is published. While its gate is locked nothing is.
type recorder struct {
	gate sync.Mutex
	sent chan struct{} // receives when Send is called; nil: it does not
	mu   sync.Mutex
	list []*wire.Message
}

func (r *recorder) Start(Receiver) error { return nil }
func (r *recorder) Close() error         { return nil }
func (r *recorder) Send(_ Channel, list ...*wire.Message) error {
	if r.sent != nil {
		select {
		case r.sent <- struct{}{}:
		default:
		}
	}
	r.gate.Lock()
	defer r.gate.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, list...)
	return nil
}

// texts lists what was published: the text of streams with their names, the type of the rest.
func (r *recorder) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, m := range r.list {
		if s, err := wire.Parse[wire.Stream](m); err == nil && m.Header.MsgType == "stream" {
			list = append(list, s.Name+":"+s.Text)
			continue
		}
		list = append(list, m.Header.MsgType)
	}
	return list
}

func testPublisher(o Options) (*publisher, *recorder, *wire.Message) {
	r := new(recorder)
	author := wire.NewAuthor("test")
	parent, _ := author.New(wire.ExecuteRequest{}, nil)
	return newPublisher(author, r, o.withDefaults()), r, parent
}

// TestPublisherOrder: text is joined, and never across something else of the cell or another stream or cell.
func TestPublisherOrder(t *testing.T) {
	p, r, a := testPublisher(Options{Coalesce: time.Hour})
	b, _ := p.author.New(wire.ExecuteRequest{}, nil)
	r.gate.Lock() // so that everything is queued before anything is sent
	p.publish(a, wire.Status{State: wire.Busy})
	p.print(a, "stdout", []byte("1"))
	p.print(a, "stdout", []byte("2"))
	p.print(a, "stderr", []byte("3"))
	p.print(a, "stdout", []byte("4"))
	p.print(b, "stdout", []byte("5"))
	p.print(a, "stdout", []byte("6"))
	p.display(a, wire.DisplayData{}, 10, "")
	p.print(a, "stdout", []byte("7"))
	p.flush(a)
	p.publish(a, wire.Status{State: wire.Idle})
	r.gate.Unlock()
	p.close()
	want := "status stdout:12 stderr:3 stdout:4 stdout:5 stdout:6 display_data stdout:7 status"
	if got := strings.Join(r.texts(), " "); got != want {
		t.Errorf("published %s\nwant      %s", got, want)
	}
}

// TestPublisherWaits: text that nothing follows is sent after a while, without anybody asking.
func TestPublisherWaits(t *testing.T) {
	p, r, a := testPublisher(Options{Coalesce: 5 * time.Millisecond})
	defer p.close()
	p.print(a, "stdout", []byte("x"))
	for deadline := time.Now().Add(patience); len(r.texts()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the text was not sent")
		}
	}
}

// TestPublisherBound: who prints waits when too much is queued; statuses do not wait; nothing is lost.
func TestPublisherBound(t *testing.T) {
	const limit, lines = 64 << 10, 50_000
	p, r, a := testPublisher(Options{MaxPending: limit})
	r.gate.Lock()
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		for i := range lines {
			p.print(a, []string{"stdout", "stderr"}[i/100%2], []byte(fmt.Sprintf("%d\n", i)))
		}
	}()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		full := p.bytes > limit-2*messageOverhead
		if p.bytes > limit+2*messageOverhead {
			t.Errorf("%d bytes are queued, the limit is %d", p.bytes, limit)
		}
		p.mu.Unlock()
		if full {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the queue does not fill")
		}
	}
	p.publish(a, wire.Status{State: wire.Idle}) // does not wait: the gate is still locked
	select {
	case <-printed:
		t.Error("the cell did not wait")
	default:
	}
	r.gate.Unlock()
	<-printed
	p.close()
	var out, err strings.Builder
	for _, text := range r.texts() {
		name, text, _ := strings.Cut(text, ":")
		map[string]*strings.Builder{"stdout": &out, "stderr": &err, "status": new(strings.Builder)}[name].WriteString(text)
	}
	if n := strings.Count(out.String(), "\n") + strings.Count(err.String(), "\n"); n != lines {
		t.Errorf("%d lines of %d", n, lines)
	}
}

// TestPublisherUpdates: updates of one display that nobody has seen replace each other; others do not.
func TestPublisherUpdates(t *testing.T) {
	p, r, a := testPublisher(Options{})
	r.sent = make(chan struct{}, 1)
	r.gate.Lock()
	p.publish(a, wire.Status{State: wire.Busy})
	<-r.sent // it waits at the gate now, so that everything else is queued before anything is sent
	for range 1000 {
		p.display(a, wire.UpdateDisplayData{Transient: wire.Transient{DisplayID: "x"}}, 10, "x")
	}
	p.display(a, wire.UpdateDisplayData{Transient: wire.Transient{DisplayID: "y"}}, 10, "y")
	p.display(a, wire.UpdateDisplayData{Transient: wire.Transient{DisplayID: "x"}}, 10, "x")
	r.gate.Unlock()
	p.close()
	if n := len(r.texts()); n != 4 {
		t.Errorf("%d messages, want 4", n)
	}
	if p.bytes != 0 {
		t.Errorf("%d bytes are counted in an empty queue", p.bytes)
	}
}

// TestPublisherCharacters: a character that is cut between two messages is whole in the second; what stays incomplete is
// sent at the flush.
func TestPublisherCharacters(t *testing.T) {
	p, r, a := testPublisher(Options{})
	euro := "€"
	for _, part := range []string{"a" + euro[:1], euro[1:2], euro[2:] + "b" + euro[:2]} {
		p.print(a, "stdout", []byte(part))
		p.publish(a, wire.ClearOutput{}) // sends the text before it
	}
	p.flush(a)
	p.close()
	var text strings.Builder
	for _, s := range r.texts() {
		if s, ok := strings.CutPrefix(s, "stdout:"); ok {
			text.WriteString(s)
		}
	}
	if got, want := text.String(), "a€b\uFFFD\uFFFD"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if len(p.carry) != 0 {
		t.Errorf("%d characters are still waited for", len(p.carry))
	}
}

// TestPublisherAfterClose: what comes too late is dropped and waits for nothing.
func TestPublisherAfterClose(t *testing.T) {
	p, r, a := testPublisher(Options{MaxPending: 1})
	p.close()
	p.print(a, "stdout", make([]byte, 1<<20))
	p.display(a, wire.DisplayData{}, 1<<20, "")
	p.publish(a, wire.Status{})
	if n := len(r.texts()); n != 0 {
		t.Errorf("%d messages", n)
	}
}
