package zmq

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// script is a connection whose other end has sent some bytes and reads everything.
type script struct{ io.Reader }

func (script) Write(p []byte) (int, error)      { return len(p), nil }
func (script) Close() error                     { return nil }
func (script) LocalAddr() net.Addr              { return nil }
func (script) RemoteAddr() net.Addr             { return nil }
func (script) SetDeadline(time.Time) error      { return nil }
func (script) SetReadDeadline(time.Time) error  { return nil }
func (script) SetWriteDeadline(time.Time) error { return nil }

// receive opens a ROUTER on what a peer sends and returns the messages that zmq4 finds in it.
func receive(raw []byte, o Options) (messages [][][]byte, ignored int64, err error) {
	var count atomic.Int64
	conn := script{bytes.NewReader(raw)}
	g := newGuard(conn, o.withDefaults(), peerTypes(zmq4.Router), &count)
	z, err := open(conn, g, zmq4.Router, "", true, nil)
	for err == nil {
		var m zmq4.Msg
		if m, err = z.RecvMsg(); err == nil {
			messages = append(messages, m.Frames)
		}
	}
	return messages, count.Load(), err
}

// TestGuardPassesMessages: what is a message comes through unchanged, of every size.
func TestGuardPassesMessages(t *testing.T) {
	raw := join(greet("NULL", func(b []byte) { b[11] = 1 }), ready("DEALER", "x"))
	var want [][]byte
	for _, size := range []int{0, 1, 255, 256, eager - 1, eager, eager + 1, 3 * eager, 9 << 20} {
		body := bytes.Repeat([]byte{byte(size), 7, byte(size >> 8)}, size/3+1)[:size]
		want = append(want, body)
		raw = append(raw, frame(flagMore, body)...)
	}
	raw = join(raw, frame(0, []byte("end")), header(0, 3), []byte("abc"))
	messages, _, err := receive(raw, Options{})
	if len(messages) != 2 || err == nil {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	for i, body := range append(want, []byte("end")) {
		if !bytes.Equal(messages[0][i], body) {
			t.Errorf("frame %d differs: %d bytes, want %d", i, len(messages[0][i]), len(body))
		}
	}
	if string(messages[1][0]) != "abc" {
		t.Errorf("a short frame in the long form: %q", messages[1])
	}
}

// TestGuardLimits: the limits hold exactly.
func TestGuardLimits(t *testing.T) {
	o := Options{MaxMessage: 1000, MaxFrames: 3}
	hello := join(greet("NULL"), ready("DEALER", ""))
	for _, c := range []struct {
		reason string
		raw    []byte
		want   int
	}{
		{"as many bytes as allowed", frame(0, make([]byte, 1000)), 1},
		{"one more", frame(0, make([]byte, 1001)), 0},
		{"as many in two frames", join(frame(flagMore, make([]byte, 400)), frame(0, make([]byte, 600))), 1},
		{"one more in two frames", join(frame(flagMore, make([]byte, 400)), frame(0, make([]byte, 601))), 0},
		{"each message counts anew", join(frame(0, make([]byte, 1000)), frame(0, make([]byte, 1000))), 2},
		{"as many frames as allowed", join(frame(1, nil), frame(1, nil), frame(0, nil)), 1},
		{"one more", join(frame(1, nil), frame(1, nil), frame(1, nil), frame(0, nil)), 0},
		{"a command between messages", join(frame(0, []byte("a")), frame(flagCommand, []byte("\x01X")), frame(0, []byte("b"))), 2},
		{"a command within a message", join(frame(1, []byte("a")), frame(flagCommand, []byte("\x01X")), frame(0, []byte("b"))), 0},
	} {
		if messages, _, err := receive(join(hello, c.raw), o); len(messages) != c.want {
			t.Errorf("%s: %d messages, want %d (%v)", c.reason, len(messages), c.want, err)
		}
	}
}

// TestMetadataNames: property names are compared without case, and others are ignored.
func TestMetadataNames(t *testing.T) {
	body := appendProperty([]byte("\x05READY"), "X-Other", "y")
	body = appendProperty(body, "SOCKET-type", "DEALER")
	body = appendProperty(body, "identity", "me")
	messages, _, err := receive(join(greet("NULL"), frame(flagCommand, body), frame(0, []byte("hello"))), Options{})
	if len(messages) != 1 {
		t.Errorf("%d messages, %v", len(messages), err)
	}
}

// FuzzGuard: whatever a peer sends, nothing panics, and no more comes out than went in.
func FuzzGuard(f *testing.F) {
	for _, h := range hostiles() {
		if raw := h.send("DEALER"); len(raw) < 1<<16 {
			f.Add(raw)
		}
	}
	f.Add(join(greet("NULL"), ready("DEALER", "x"), frame(1, []byte("a")), frame(0, make([]byte, 300))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		messages, ignored, err := receive(raw, Options{MaxMessage: 1 << 20})
		if kindOf(err) == Panicked.Error() {
			t.Fatal(err)
		}
		n := int(ignored)
		for _, m := range messages {
			for _, body := range m {
				n += len(body)
			}
			if len(m) == 0 || len(m) == 1 && len(m[0]) == 0 {
				t.Fatalf("an empty message came through: %q", messages)
			}
		}
		if n > len(raw) {
			t.Fatalf("%d bytes came out of %d", n, len(raw))
		}
	})
}
