package zmq

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
)

// subscribeRaw connects a subscriber to everything that reads only when it is told to.
func subscribeRaw(t testing.TB, c Connection) *net.TCPConn {
	t.Helper()
	conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(c.IOPubPort))).(*net.TCPConn)
	conn.SetReadBuffer(64 << 10)
	conn.Write(join(greet("NULL"), ready("SUB", ""), frame(0, []byte{1})))
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestFrozenSubscriber: during a million lines a subscriber that does not read delays nobody, takes no more memory than its queue, and when it
// reads again it is told what it missed, and gets the idle of every cell.
func TestFrozenSubscriber(t *testing.T) {
	const queue, cells, lines = 1 << 20, 10, 100_000
	// The patience is for who reads and may have to wait for a processor; the frozen one costs it once.
	r := start(t, Options{MaxQueue: queue, Patience: 5 * time.Second}, kernel.Options{})
	k := dial(t, r.Connection())
	frozen := subscribeRaw(t, r.Connection())
	eventually(t, "both subscribers are there", func() bool { return len(r.iopub.matching("x")) == 2 })
	for range cells {
		_, _, text := run(t, k, "flood "+strconv.Itoa(lines))
		if n := strings.Count(text, "\n"); n != lines {
			t.Fatalf("the subscriber that reads got %d lines of %d", n, lines)
		}
	}
	if r.Stats().Dropped == 0 {
		t.Fatal("nothing was dropped: the test does not test")
	}
	for _, s := range r.iopub.matching("x") {
		if n := s.peer.queued(); n > 2*queue {
			t.Errorf("%d bytes are queued for a subscriber, the limit is %d", n, queue)
		}
	}
	alive(t, k)
	// Now it reads.
	var got []byte
	buf := make([]byte, 64<<10)
	frozen.SetReadDeadline(time.Now().Add(patience))
	for bytes.Count(got, []byte(`"idle"`)) < cells+3 || !bytes.Contains(got, []byte("did not read them in time")) {
		n, err := frozen.Read(buf)
		if got = append(got, buf[:n]...); err != nil {
			t.Fatalf("%d times idle, want %d; told of the cut: %v; %v", bytes.Count(got, []byte(`"idle"`)), cells+3,
				bytes.Contains(got, []byte("did not read them in time")), err)
		}
	}
}

// TestSlowSubscriber: a subscriber that reads slowly, but reads, misses nothing, although its queue is far too small for the
// output. The cell waits for it.
func TestSlowSubscriber(t *testing.T) {
	const lines = 100_000
	r := start(t, Options{MaxQueue: 64 << 10, Patience: patience}, kernel.Options{})
	k := dial(t, r.Connection())
	slow := subscribeRaw(t, r.Connection())
	eventually(t, "both subscribers are there", func() bool { return len(r.iopub.matching("x")) == 2 })
	done := make(chan error, 1)
	go func() {
		var got []byte
		buf := make([]byte, 32<<10)
		slow.SetReadDeadline(time.Now().Add(patience))
		for i := 0; !bytes.Contains(got, []byte("line 99999\\n")); i++ {
			n, err := slow.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				done <- err
				return
			}
			if i%16 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		for i := range lines {
			if i%9973 == 0 && !bytes.Contains(got, []byte(fmt.Sprintf("line %d\\n", i))) {
				done <- fmt.Errorf("line %d is missing", i)
				return
			}
		}
		done <- nil
	}()
	if _, _, text := run(t, k, "flood "+strconv.Itoa(lines)); strings.Count(text, "\n") != lines {
		t.Errorf("%d lines", strings.Count(text, "\n"))
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := r.Stats().Dropped; n != 0 {
		t.Errorf("%d messages were dropped", n)
	}
}

// TestDeadSubscriber: when not even what must not be lost fits, the subscriber is disconnected.
func TestDeadSubscriber(t *testing.T) {
	r := start(t, Options{MaxQueue: 64 << 10, Patience: time.Second}, kernel.Options{})
	k := dial(t, r.Connection())
	subscribeRaw(t, r.Connection())
	eventually(t, "both subscribers are there", func() bool { return len(r.iopub.matching("x")) == 2 })
	for i := 0; len(r.iopub.matching("x")) == 2; i++ {
		if i > 100_000 {
			t.Fatal("the dead subscriber is still there")
		}
		if _, err := k.Request(within(t), kernel.Shell, wire.KernelInfoRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if r.Stats().Faults[NotReading.Error()] != 1 {
		t.Errorf("faults: %v", r.Stats().Faults)
	}
}

// TestFloodIsFewMessages: 100 000 printed lines are few messages, none lost, and memory stays bounded.
func TestFloodIsFewMessages(t *testing.T) {
	const lines = 100_000
	const coalesce = 30 * time.Millisecond
	r := start(t, Options{}, kernel.Options{Coalesce: coalesce})
	k := dial(t, r.Connection())
	began := time.Now()
	_, kinds, text := run(t, k, "flood "+strconv.Itoa(lines))
	took := time.Since(began)
	var want strings.Builder
	for i := range lines {
		fmt.Fprintf(&want, "line %d\n", i)
	}
	if text != want.String() {
		t.Errorf("the text differs: %d bytes, want %d", len(text), want.Len())
	}
	// Two messages are that long apart, or a megabyte: on a slow computer there are more.
	if n, most := len(kinds)-3, 3+int(took/coalesce)+len(text)>>20; n > most {
		t.Errorf("%d stream messages in %v, want at most %d", n, took, most)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d stream messages, heap %d MiB", len(kinds)-3, m.HeapSys>>20)
}

// TestOneIdentity: the newest client with an identity gets the replies; the older one is not disconnected and, under a
// name of the router's, is answered too.
func TestOneIdentity(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	bystander := dial(t, r.Connection())
	codec := wire.NewCodec(r.Connection().Key)
	author := wire.NewAuthor("twin")
	connect := func() net.Conn {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.Connection().ShellPort)))
		t.Cleanup(func() { conn.Close() })
		conn.Write(join(greet("NULL"), ready("DEALER", "twin")))
		return conn
	}
	ask := func(conn net.Conn) {
		frames := codec.Encode(must(author.New(wire.KernelInfoRequest{}, nil)))
		for i, f := range frames {
			conn.Write(frame(byte(min(1, len(frames)-1-i)), f))
		}
	}
	answered := func(conn net.Conn) bool {
		conn.SetReadDeadline(time.Now().Add(patience))
		var got []byte
		buf := make([]byte, 4096)
		for !bytes.Contains(got, []byte("kernel_info_reply")) {
			n, err := conn.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				return false
			}
		}
		return true
	}
	first := connect()
	ask(first)
	if !answered(first) {
		t.Fatal("the first client is not answered")
	}
	second := connect()
	eventually(t, "the identity is handed over", func() bool { return r.Stats().Handovers == 1 })
	for _, conn := range []net.Conn{second, first, second} {
		ask(conn)
		if !answered(conn) {
			t.Error("a client is not answered")
		}
	}
	second.Close()
	eventually(t, "the second client is gone", func() bool { return r.Stats().Peers == 5+1 })
	third := connect()
	ask(third)
	if !answered(third) {
		t.Error("who comes back is not answered")
	}
	alive(t, bystander)
}

// TestKilledMidReply: a client that goes away while its reply is on the way harms nobody.
func TestKilledMidReply(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	for range 20 {
		c := must(Dial(within(t), r.Connection(), Options{}))
		c.Send(kernel.Shell, must(c.New(wire.ExecuteRequest{Code: "flood 20000", StoreHistory: true})))
		c.end(ErrClosed) // no linger
		for _, l := range c.opened() {
			<-l.done
		}
	}
	alive(t, k)
}
