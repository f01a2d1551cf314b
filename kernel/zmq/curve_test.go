package zmq

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"joule/kernel"
)

// TestKeys: the text form of keys is Z85, and a public key is that of its secret key. The pair is the one in the manual of libzmq.
func TestKeys(t *testing.T) {
	for text85, bytes := range map[string]string{
		"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID": "bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518",
		"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs": "7bb864b489afa3671fbe69101f94b38972f24816dfb01b51656b3fec8dfd0888",
	} {
		k, err := parseKey(text85)
		if err != nil || hex.EncodeToString(k[:]) != bytes || text(k) != text85 {
			t.Errorf("%s: %x, %v; back %s", text85, k, err, text(k))
		}
	}
	c := NewConnection()
	c.CurvePublicKey, c.CurveSecretKey = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	a, b := NewConnection().Encrypted(), NewConnection().Encrypted()
	if err := a.Validate(); err != nil || a.CurveSecretKey == b.CurveSecretKey {
		t.Errorf("%v; two kernels have one key: %v", err, a.CurveSecretKey == b.CurveSecretKey)
	}
}

// TestProtocol23Encrypted: with keys in the connection file all five sockets are encrypted, and everything works as without;
// who does not know the public key, or does not encrypt, is turned away.
func TestProtocol23Encrypted(t *testing.T) {
	r := startOn(t, NewConnection().Encrypted(), Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	alive(t, k)
	big := strings.Repeat("é", 3<<20)
	if _, _, text := run(t, k, "print "+big); text != big+"\n" {
		t.Errorf("%d bytes came back of %d", len(text), len(big)+1)
	}
	plain, other := r.Connection(), r.Connection().Encrypted()
	plain.CurvePublicKey, plain.CurveSecretKey = "", ""
	for name, c := range map[string]Connection{"plain": plain, "with another key": other} {
		for _, port := range c.socketPorts() {
			conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)))
			server, err := c.curve()
			if err != nil {
				t.Fatal(err)
			}
			g := newGuard(conn, Options{}.withDefaults(), []string{"ROUTER", "XPUB"}, new(atomic.Int64))
			if _, err := open(conn, g, zmq4.SocketType(port.peer), "", false, server.client()); err == nil {
				t.Errorf("%s: a client %s gets in", port.name, name)
			}
		}
	}
	eventually(t, "both faults are counted, on five sockets", func() bool {
		f := r.Stats().Faults
		return f[BadMechanism.Error()] == 5 && f[Unsealed.Error()] == 5
	})
	alive(t, k)
}

// TestNothingIsReadable: what passes over the network holds nothing of what is said.
func TestNothingIsReadable(t *testing.T) {
	r := startOn(t, NewConnection().Encrypted(), Options{}, kernel.Options{})
	c, seen := overheard(t, r.Connection())
	k := dial(t, c)
	run(t, k, "print the secret of the kernel")
	k.Close()
	heard := seen()
	if len(heard) < 5000 {
		t.Fatalf("only %d bytes have passed", len(heard))
	}
	for _, word := range []string{"secret of", "kernel", "execute", "IDS|MSG", "msg_id", "DEALER", "ROUTER", r.Connection().CurveSecretKey} {
		if bytes.Contains(heard, []byte(word)) {
			t.Errorf("%q can be read", word)
		}
	}
}

// overheard puts somebody between a kernel and its clients, who hears everything that passes. It returns the connection for the
// clients and what was heard so far.
func overheard(t *testing.T, c Connection) (Connection, func() []byte) {
	var mu sync.Mutex
	var heard []byte
	pass := func(from, to net.Conn) {
		defer to.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := from.Read(buf)
			mu.Lock()
			heard = append(heard, buf[:n]...)
			mu.Unlock()
			if to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	for _, p := range c.ports() {
		target := "127.0.0.1:" + strconv.Itoa(*p.port)
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		t.Cleanup(func() { l.Close() })
		*p.port = l.Addr().(*net.TCPAddr).Port
		go func() {
			for {
				from, err := l.Accept()
				if err != nil {
					return
				}
				to := must(net.Dial("tcp", target))
				go pass(from, to)
				go pass(to, from)
			}
		}()
	}
	return c, func() []byte {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(heard)
	}
}

// pipes are the two ends of a connection with the tunnels of a client and a server of the pair k.
func pipes(t *testing.T, o Options) (client, server *tunnel, raw net.Conn) {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	raw = must(net.Dial("tcp", l.Addr().String()))
	conn := must(l.Accept())
	t.Cleanup(func() { raw.Close(); conn.Close() })
	k := &curve{own: newPair()}
	done := make(chan error, 1)
	go func() (err error) {
		defer func() { done <- err }()
		server, err = newTunnel(conn, k, o.withDefaults(), "ROUTER", "")
		return err
	}()
	client, err := newTunnel(raw, k.client(), o.withDefaults(), "DEALER", "me")
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	return client, server, raw
}

// TestTunnel: frames of every size and kind come out as they went in, in whatever pieces they are written, after the greeting and
// the READY of the peer.
func TestTunnel(t *testing.T) {
	client, server, _ := pipes(t, Options{})
	head := slices.Concat(greeting("NULL", false), ready("DEALER", "me"))
	var frames []byte
	for i, size := range []int{0, 1, 220, 221, 222, 223, 224, 255, 256, 65_000, eager - sealedMore, eager, eager + 1, 3 << 20, 5} {
		frames = append(frames, frame(byte(i%2)*flagMore, bytes.Repeat([]byte{byte(i)}, size))...)
	}
	frames = append(frames, frame(flagCommand, []byte("\x04PING\x00\x00"))...)
	go func() {
		all := slices.Concat(greeting("NULL", false), ready("DEALER", "me"), frames) // as zmq4 writes
		for step := 1; len(all) > 0; step = min(2*step+1, 1<<20) {
			n := min(step, len(all))
			client.Write(all[:n])
			all = all[n:]
		}
	}()
	got := make([]byte, len(head)+len(frames))
	server.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(server, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, append(head, frames...)) {
		t.Error("the frames differ")
	}
}

// TestTunnelFaults: what was changed, repeated or left out on the way ends the connection; so does what is too large.
func TestTunnelFaults(t *testing.T) {
	sealed := func(t *tunnel, flags byte, body string) []byte {
		return appendFrame(nil, 0, t.seal.message(nil, append([]byte{flags}, body...)))
	}
	for _, c := range []struct {
		name string
		send func(*tunnel) []byte
		want Fault
	}{
		{"a bit changed", func(c *tunnel) []byte { b := sealed(c, 0, "hello"); b[len(b)-1] ^= 1; return b }, Unsealed},
		{"repeated", func(c *tunnel) []byte { b := sealed(c, 0, "hello"); return append(slices.Clone(b), b...) }, Unsealed},
		{"another order", func(c *tunnel) []byte { a, b := sealed(c, 0, "1"), sealed(c, 0, "2"); return append(b, a...) }, Unsealed},
		{"not sealed", func(*tunnel) []byte { return frame(0, []byte("hello")) }, Unsealed},
		{"not sealed, with the name", func(*tunnel) []byte { return frame(0, append([]byte(messageName), make([]byte, 60)...)) }, Unsealed},
		{"a name and nothing", func(*tunnel) []byte { return frame(0, []byte(messageName)) }, Unsealed},
		{"to be continued", func(c *tunnel) []byte { b := sealed(c, 0, "hello"); b[0] |= flagMore; return b }, BadFrame},
		{"unknown inner flags", func(c *tunnel) []byte { return sealed(c, 8, "hello") }, BadFrame},
		{"too large", func(*tunnel) []byte { return header(0, 1<<20+uint64(sealedMore)+1) }, FrameTooLarge},
		{"absurdly large", func(*tunnel) []byte { return header(0, 1<<63) }, FrameTooLarge},
		{"cut", func(c *tunnel) []byte { b := sealed(c, 0, "hello"); return b[:len(b)-1] }, Incomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server, raw := pipes(t, Options{MaxMessage: 1 << 20})
			raw.Write(c.send(client))
			raw.Close()
			server.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, server); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestHostileEncrypted does everything hostile to the ports of an encrypted kernel, before and in the handshake.
func TestHostileEncrypted(t *testing.T) {
	r := startOn(t, NewConnection().Encrypted(), Options{}, kernel.Options{})
	old := dial(t, r.Connection())
	server, _ := r.Connection().curve()
	hello := func(change func([]byte)) []byte { // of a client that knows the public key
		var sent []byte
		server.client().call(nil, func(_ string, body []byte) error { sent = body; return io.EOF }, nil)
		if change != nil {
			change(sent)
		}
		return frame(flagCommand, append([]byte("\x05HELLO"), sent...))
	}
	greet := func(more ...[]byte) []byte {
		return slices.Concat(append([][]byte{greeting("CURVE", false)}, more...)...)
	}
	for _, h := range []struct {
		name string
		send []byte
		ends bool
	}{
		{"silence", nil, false},
		{"a greeting and silence", greet(), false},
		{"a HELLO and silence", greet(hello(nil)), false},
		{"NULL", slices.Concat(greeting("NULL", false), ready("DEALER", "")), true},
		{"a server", greeting("CURVE", true), true},
		{"READY instead of HELLO", greet(ready("DEALER", "")), true},
		{"a short HELLO", greet(frame(flagCommand, []byte("\x05HELLO\x01\x00"))), true},
		{"HELLO of another version", greet(hello(func(b []byte) { b[1] = 7 })), true},
		{"HELLO that was changed", greet(hello(func(b []byte) { b[150] ^= 1 })), true},
		{"HELLO twice", greet(hello(nil), hello(nil)), true},
		{"2^62 bytes", greet(header(flagCommand, 1<<62)), true},
		{"a short INITIATE", greet(hello(nil), frame(flagCommand, []byte("\x08INITIATE"))), true},
		{"INITIATE with another cookie", greet(hello(nil), frame(flagCommand, append([]byte("\x08INITIATE"), make([]byte, 400)...))), true},
	} {
		for _, port := range r.Connection().socketPorts() {
			conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)))
			defer conn.Close()
			conn.Write(h.send)
			if h.ends {
				conn.SetReadDeadline(time.Now().Add(patience))
				if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
					t.Errorf("%s: %s: the kernel did not hang up", port.name, h.name)
				}
			}
		}
	}
	alive(t, old)
	alive(t, dial(t, r.Connection()))
	if n := r.Stats().Faults[Panicked.Error()]; n > 0 {
		t.Errorf("%d panics", n)
	}
}

// FuzzTunnel: whatever a peer that knows the key sends in its boxes, and whatever is sent without one, nothing panics.
func FuzzTunnel(f *testing.F) {
	f.Add([]byte("hello"), byte(0), true)
	f.Add([]byte(messageName), byte(innerCommand), false)
	f.Add(header(0, 1<<62), byte(0xff), true)
	k := key{1}
	f.Fuzz(func(t *testing.T, body []byte, flags byte, sealed bool) {
		out := &seal{shared: k, sends: "CurveZMQMESSAGEC"}
		raw := body
		if sealed {
			raw = appendFrame(nil, 0, out.message(nil, append([]byte{flags}, body...)))
		}
		conn := script{bytes.NewReader(raw)}
		in := &tunnel{Conn: conn, limit: 1 << 20, seal: &seal{shared: k, expects: "CurveZMQMESSAGEC"}}
		in.in = bufio.NewReader(conn)
		got, err := io.ReadAll(in)
		if sealed && flags&^(innerMore|innerCommand) == 0 {
			if err != nil || len(got) < len(body) || !bytes.Equal(got[len(got)-len(body):], body) {
				t.Fatalf("%x became %x, %v", body, got, err)
			}
		}
	})
}
