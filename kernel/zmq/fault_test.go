package zmq

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
)

// greet is the greeting of a ZMTP 3.0 peer.
func greet(mechanism string, change ...func([]byte)) []byte {
	b := make([]byte, 64)
	b[0], b[9], b[10] = 0xff, 0x7f, 3
	copy(b[12:32], mechanism)
	for _, f := range change {
		f(b)
	}
	return b
}

// frame is one ZMTP frame.
func frame(flags byte, body []byte) []byte {
	if len(body) > 255 {
		return append(header(flags, uint64(len(body))), body...)
	}
	return append([]byte{flags, byte(len(body))}, body...)
}

// header announces a frame of size bytes.
func header(flags byte, size uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, size)
}

func ready(typ, identity string) []byte {
	body := appendProperty([]byte("\x05READY"), "Socket-Type", typ)
	return frame(flagCommand, appendProperty(body, "Identity", identity))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// A hostile is what a peer does to a socket. peer is the socket type that the socket expects.
type hostile struct {
	name  string
	send  func(peer string) []byte
	close bool // hangs up afterwards, instead of staying and saying nothing
	ends  bool // the kernel must hang up
}

func hostiles() []hostile {
	opened := func(peer string, more ...[]byte) []byte {
		return join(append([][]byte{greet("NULL"), ready(peer, "")}, more...)...)
	}
	noise := make([]byte, 4096)
	source := rand.NewChaCha8([32]byte{1})
	source.Read(noise)
	always := func(b []byte) func(string) []byte { return func(string) []byte { return b } }
	return []hostile{
		{name: "silence", send: always(nil)},
		{name: "connect and leave", send: always(nil), close: true},
		{name: "noise", send: always(noise), ends: true},
		{name: "HTTP", send: always([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), ends: true},
		{name: "a greeting cut and silence", send: always(greet("NULL")[:11])},
		{name: "a greeting cut and gone", send: always(greet("NULL")[:40]), close: true},
		{name: "a greeting and silence", send: always(greet("NULL"))},
		{name: "version 1", send: always([]byte{1, 0, 0, 1, 0x7f}), ends: true},
		{name: "version 2", send: always(greet("NULL", func(b []byte) { b[10] = 2 })), ends: true},
		{name: "CURVE", send: always(greet("CURVE")), ends: true},
		{name: "no mechanism", send: always(greet("")), ends: true},
		{name: "as-server 7", send: always(greet("NULL", func(b []byte) { b[32] = 7 })), ends: true},
		{name: "noise after the greeting", send: always(join(greet("NULL"), noise)), ends: true},
		{name: "2^62 bytes after the greeting", send: always(join(greet("NULL"), header(flagCommand, 1<<62))), ends: true},
		{name: "2^62 bytes of message after the greeting", send: always(join(greet("NULL"), header(0, 1<<62))), ends: true},
		{name: "an empty READY", send: always(join(greet("NULL"), frame(flagCommand, nil))), ends: true},
		{name: "READY without metadata", send: always(join(greet("NULL"), frame(flagCommand, []byte("\x05READY")))), ends: true},
		{name: "an unknown socket type", send: always(join(greet("NULL"), ready("TELEPHONE", ""))), ends: true},
		{name: "a socket type that does not fit", send: always(join(greet("NULL"), ready("PULL", ""))), ends: true},
		{name: "metadata cut in a name", send: always(join(greet("NULL"), frame(flagCommand, []byte("\x05READY\x20Sock")))), ends: true},
		{name: "metadata of 4 GiB", send: always(join(greet("NULL"), frame(flagCommand, []byte("\x05READY\x0bSocket-Type\xff\xff\xff\xff")))), ends: true},
		{name: "an identity of 300 bytes", send: func(p string) []byte { return join(greet("NULL"), ready(p, strings.Repeat("x", 300))) }, ends: true},
		{name: "an ERROR command", send: always(join(greet("NULL"), frame(flagCommand, []byte("\x05ERROR\x02no")))), ends: true},
		{name: "a reserved flag", send: func(p string) []byte { return opened(p, frame(0x80, []byte("x"))) }, ends: true},
		{name: "a command to be continued", send: func(p string) []byte { return opened(p, frame(flagCommand|flagMore, []byte("\x01X"))) }, ends: true},
		{name: "2^62 bytes", send: func(p string) []byte { return opened(p, header(0, 1<<62)) }, ends: true},
		{name: "2^63 bytes", send: func(p string) []byte { return opened(p, header(flagMore, 1<<63)) }, ends: true},
		{name: "2^64-1 bytes", send: func(p string) []byte { return opened(p, header(0, 1<<64-1)) }, ends: true},
		{name: "just over the limit", send: func(p string) []byte { return opened(p, header(0, 256<<20+1)) }, ends: true},
		{name: "over the limit in two frames", send: func(p string) []byte {
			return opened(p, frame(flagMore, make([]byte, 1000)), header(0, 256<<20-999))
		}, ends: true},
		{name: "too many frames", send: func(p string) []byte { return opened(p, bytes.Repeat(frame(flagMore, nil), 5000)) }, ends: true},
		{name: "a frame cut and silence", send: func(p string) []byte { return opened(p, header(0, 60000), make([]byte, 100)) }},
		{name: "a frame cut and gone", send: func(p string) []byte { return opened(p, header(0, 60000), make([]byte, 100)) }, close: true},
		{name: "a message cut and gone", send: func(p string) []byte { return opened(p, frame(flagMore, []byte("x"))) }, close: true},
		{name: "a large command", send: func(p string) []byte { return opened(p, header(flagCommand, 1<<20)) }, ends: true},
		{name: "commands and empty messages", send: func(p string) []byte {
			return opened(p, frame(flagCommand, nil), frame(flagCommand, []byte("\x05HELLO")), frame(flagCommand, []byte{200}),
				frame(0, nil), frame(0, nil), ready(p, ""), frame(flagCommand, []byte("\x05ERROR\x00")))
		}},
		{name: "messages that are none", send: func(p string) []byte {
			return opened(p, frame(0, []byte("x")), frame(flagMore, nil), frame(0, nil), frame(flagMore, []byte("<IDS|MSG>")),
				frame(0, nil), frame(0, noise[:200]))
		}},
	}
}

func (c Connection) socketPorts() []struct {
	name, peer string
	port       int
} {
	return []struct {
		name, peer string
		port       int
	}{
		{"shell", "DEALER", c.ShellPort}, {"control", "DEALER", c.ControlPort}, {"stdin", "DEALER", c.StdinPort},
		{"iopub", "SUB", c.IOPubPort}, {"heartbeat", "REQ", c.HBPort},
	}
}

// TestHostilePeers does everything hostile to every port. Those who stay connected do so until the end. An old client and
// a new one are served all the time, and at the end nothing is left of anything.
func TestHostilePeers(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	t.Run("all", func(t *testing.T) {
		r := start(t, Options{}, kernel.Options{})
		old := dial(t, r.Connection())
		for _, port := range r.Connection().socketPorts() {
			for _, h := range hostiles() {
				conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)))
				defer conn.Close()
				conn.Write(h.send(port.peer)) // an error is one way of hanging up
				if h.close {
					conn.Close()
				}
				if h.ends {
					conn.SetReadDeadline(time.Now().Add(patience))
					if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
						t.Errorf("%s: %s: the kernel did not hang up", port.name, h.name)
					}
				}
			}
			alive(t, old)
			alive(t, dial(t, r.Connection()))
		}
		stats := r.Stats()
		for _, f := range []Fault{BadGreeting, BadMechanism, BadHandshake, BadSocketType, Incomplete, BadFrame, FrameTooLarge, TooManyFrames} {
			if stats.Faults[f.Error()] == 0 {
				t.Errorf("no fault %q was counted: %v", f, stats.Faults)
			}
		}
		if n := stats.Faults[Panicked.Error()]; n > 0 {
			t.Errorf("%d panics", n)
		}
		if stats.Ignored == 0 {
			t.Error("no command was ignored")
		}
	})
	settles(t, goroutines, files)
}

// openFiles counts the open file descriptors, where /proc has them.
func openFiles(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Log("file descriptors are not counted: ", err)
		return -1
	}
	return len(list)
}

// settles waits until there are no more goroutines and files than there were.
func settles(t testing.TB, goroutines, files int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > goroutines || files >= 0 && openFiles(t) > files {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before; %d files, %d before\n%s",
				runtime.NumGoroutine(), goroutines, openFiles(t), files, stacks())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestSlowHandshake: who does not finish the handshake in time is disconnected, and his file descriptor is closed.
func TestSlowHandshake(t *testing.T) {
	r := start(t, Options{Handshake: 50 * time.Millisecond}, kernel.Options{})
	for _, port := range r.Connection().socketPorts() {
		for _, part := range [][]byte{nil, greet("NULL")[:11], greet("NULL")} {
			conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)))
			conn.Write(part)
			conn.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
				t.Errorf("%s: still connected after %d bytes", port.name, len(part))
			}
			conn.Close()
		}
	}
	eventually(t, "15 slow handshakes are counted", func() bool { return r.Stats().Faults[SlowHandshake.Error()] == 15 })
}

// TestManyConnections: a thousand connections that send garbage or nothing do not keep a client out, and leave nothing.
func TestManyConnections(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	t.Run("all", func(t *testing.T) {
		r := start(t, Options{MaxPending: 100}, kernel.Options{})
		old := dial(t, r.Connection())
		ports := r.Connection().socketPorts()
		conns := make([]net.Conn, 1000)
		for i := range conns {
			conns[i] = must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(ports[i%len(ports)].port)))
			if i%2 == 0 {
				conns[i].Write([]byte("garbage\r\n"))
			}
		}
		alive(t, old)
		alive(t, dial(t, r.Connection()))
		for _, c := range conns {
			c.Close()
		}
		alive(t, dial(t, r.Connection()))
		if r.Stats().Accepted < 1000 {
			t.Errorf("%d connections were accepted", r.Stats().Accepted)
		}
	})
	settles(t, goroutines, files)
}

// TestAnnouncedFrames: what is announced and not sent costs no memory, although it is within the limit.
func TestAnnouncedFrames(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 32 {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.Connection().ShellPort)))
		defer conn.Close()
		conn.Write(join(greet("NULL"), ready("DEALER", ""), header(0, 200<<20), make([]byte, 1000)))
	}
	alive(t, k)
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 100<<20 {
		t.Errorf("32 peers that announced 200 MiB each made the kernel allocate %d MiB", grown>>20)
	}
}

// raw sends frames on a channel as they are.
func (k *Client) raw(ch kernel.Channel, frames [][]byte) {
	k.dealers[ch].peer.push(messageOf(frames), k.limits.MaxQueue)
}

// TestProtocol05WireFaults: messages of which nobody can tell who sent them, or to what they belong, are counted, dropped, and change
// nothing.
func TestProtocol05WireFaults(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	codec := wire.NewCodec(r.Connection().Key)
	made := 0
	encode := func(change func(m *wire.Message)) [][]byte {
		made++
		m := must(k.New(wire.ExecuteRequest{Code: fmt.Sprint("x = ", made), StoreHistory: true}))
		m.Metadata = []byte(fmt.Sprintf(`{"made": %d}`, made)) // no two messages have one signature
		if change != nil {
			change(m)
		}
		return codec.Encode(m)
	}
	type fault struct {
		name   string
		frames [][]byte
		fault  wire.Fault // "" for one or the other
	}
	// Made anew for each channel: the second time they would be replays.
	cases := func() []fault {
		list := []fault{
			{"wrong signature", func() [][]byte { f := encode(nil); f[1][0] ^= 1; return f }(), wire.BadSignature},
			{"signature of another message", func() [][]byte { f, g := encode(nil), encode(nil); f[1] = g[1]; return f }(), wire.BadSignature},
			{"no signature", func() [][]byte { f := encode(nil); f[1] = nil; return f }(), wire.Unsigned},
			{"another key", wire.NewCodec("another").Encode(must(k.New(wire.KernelInfoRequest{}))), wire.BadSignature},
			{"without delimiter", encode(nil)[1:], wire.NoDelimiter},
			{"without signature frame", append(encode(nil)[:1:1], encode(nil)[2:]...), wire.TooFewFrames},
			{"without content", encode(nil)[:5], wire.TooFewFrames},
			{"delimiter only", encode(nil)[:1], wire.TooFewFrames},
			{"one frame", [][]byte{[]byte("x")}, wire.NoDelimiter},
			{"bad header", encode(func(m *wire.Message) { m.RawHeader = []byte("{") }), wire.BadHeader},
			{"header without type", encode(func(m *wire.Message) { m.RawHeader = []byte(`{"msg_id": "1"}`) }), wire.BadHeader},
			{"header with a number as id", encode(func(m *wire.Message) { m.RawHeader = []byte(`{"msg_id": 1, "msg_type": "x"}`) }), wire.BadHeader},
			{"bad parent", encode(func(m *wire.Message) { m.Parent = []byte("null") }), wire.BadParent},
			{"bad metadata", encode(func(m *wire.Message) { m.Metadata = []byte("[]") }), wire.BadMetadata},
		}
		for i := range encode(nil) { // each frame removed
			f := encode(nil)
			list = append(list, fault{fmt.Sprintf("without frame %d", i), append(f[:i:i], f[i+1:]...), ""})
		}
		return list
	}
	for _, ch := range []kernel.Channel{kernel.Shell, kernel.Control, kernel.Stdin} {
		for _, c := range cases() {
			before := r.Stats()
			k.raw(ch, c.frames)
			eventually(t, c.name+" on "+ch.String()+" is counted", func() bool {
				after := r.Stats()
				if c.fault != "" {
					return after.Faults[c.fault.Error()] == before.Faults[c.fault.Error()]+1
				}
				return total(after.Faults) == total(before.Faults)+1
			})
		}
	}
	if reply, _, _ := run(t, k, "1"); reply.ExecutionCount != 1 {
		t.Errorf("the count is %d: something of it was executed", reply.ExecutionCount)
	}
	alive(t, dial(t, r.Connection()))
}

// TestBadContentIsAnswered: whoever signs a request whose content cannot be read is told so, with busy and idle round it like any
// other request, and does not wait for ever; what has no reply gets the statuses alone.
func TestBadContentIsAnswered(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	contents := []struct{ name, content string }{
		{"cut off", `{"code": "`},
		{"empty", ""},
		{"deeper than parsers go", `{"code": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}"},
		{"open for ever", strings.Repeat("[", 1<<20)},
		{"no text", "\xff\xfe"},
		{"null", "null"},
		{"a list", "[1]"},
		{"a text", `"code"`},
		{"two", "{}{}"},
	}
	requests := []struct {
		channel kernel.Channel
		content wire.Content
		silent  bool // has no reply
	}{
		{kernel.Shell, wire.ExecuteRequest{}, false},
		{kernel.Shell, wire.KernelInfoRequest{}, false},
		{kernel.Shell, wire.CompleteRequest{}, false},
		{kernel.Shell, wire.CommMsg{}, true},
		{kernel.Control, wire.KernelInfoRequest{}, false},
		{kernel.Control, wire.ShutdownRequest{}, false},
		{kernel.Control, wire.CreateSubshellRequest{}, false},
		{kernel.Control, wire.DebugRequest{}, false},
	}
	for _, q := range requests {
		for _, c := range contents {
			m := must(k.New(q.content))
			m.Content = []byte(c.content)
			box := k.open(m.Header.MsgID)
			if err := k.Send(q.channel, m); err != nil {
				t.Fatal(err)
			}
			var states []string
			replied, idle := q.silent, false
			for !replied || !idle {
				d, err := k.next(within(t), box)
				if err != nil {
					t.Fatalf("%s with content that is %s: %v, after %q", m.Header.MsgType, c.name, err, states)
				}
				if d.channel != kernel.IOPub {
					f := must(wire.Parse[wire.Failure](d.message))
					if replied || f.Status != wire.Error || f.EName != "BadRequest" {
						t.Errorf("%s with content that is %s: %s", m.Header.MsgType, c.name, d.message.Content)
					}
					replied = true
					continue
				}
				states = append(states, must(wire.Parse[wire.Status](d.message)).State)
				idle = isIdle(d.message)
			}
			if want := []string{wire.Busy, wire.Idle}; !slices.Equal(states, want) {
				t.Errorf("%s with content that is %s: %q", m.Header.MsgType, c.name, states)
			}
			k.shut(m.Header.MsgID)
		}
	}
	if reply, _, _ := run(t, k, "1"); reply.ExecutionCount != 1 {
		t.Errorf("the count is %d: something of it was executed", reply.ExecutionCount)
	}
	alive(t, dial(t, r.Connection()))
}

// TestProtocol05Replay: the same bytes twice are executed once.
func TestProtocol05Replay(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	frames := wire.NewCodec(r.Connection().Key).Encode(must(k.New(wire.ExecuteRequest{Code: "1", StoreHistory: true})))
	for range 3 {
		k.raw(kernel.Shell, frames)
	}
	if reply, _, _ := run(t, k, "1"); reply.ExecutionCount != 2 {
		t.Errorf("the count is %d, want 2", reply.ExecutionCount)
	}
	if n := r.Stats().Faults[wire.Replayed.Error()]; n != 2 {
		t.Errorf("%d replays were counted, want 2", n)
	}
}

func total(faults map[string]int64) (n int64) {
	for _, v := range faults {
		n += v
	}
	return n
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so: %s", what)
		}
	}
}

// TestPing: the guard answers a PING command, although zmq4 never sees it.
func TestPing(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	for _, port := range r.Connection().socketPorts() {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)))
		defer conn.Close()
		conn.Write(join(greet("NULL"), ready(port.peer, ""), frame(flagCommand, []byte("\x04PING\x00\x64context"))))
		conn.SetReadDeadline(time.Now().Add(patience))
		want := "\x04PONGcontext"
		var got []byte
		buf := make([]byte, 256)
		for !bytes.Contains(got, []byte(want)) {
			n, err := conn.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				t.Fatalf("%s: %q, %v", port.name, got, err)
			}
		}
	}
}
