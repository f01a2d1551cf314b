package zmq

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
)

// sign is a message as frames on the wire, ready to be written.
func sign(codec *wire.Codec, m *wire.Message) []byte {
	var b []byte
	frames := codec.Encode(m)
	for i, f := range frames {
		b = append(b, frame(byte(min(1, len(frames)-1-i)), f)...)
	}
	return b
}

// until reads from conn until want has come.
func until(t testing.TB, conn net.Conn, want string) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	var got []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(got, []byte(want)) {
		n, err := conn.Read(buf)
		if got = append(got, buf[:n]...); err != nil {
			t.Fatalf("%q does not come: %q, %v", want, got, err)
		}
	}
}

// TestSubscriptionFlood: a subscriber that asks for very many topics, for very long ones, and to be rid of those that it never had, gets as
// many as it may have and costs no more.
func TestSubscriptionFlood(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	flood := func(topic func(i int) string, n int) net.Conn {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.Connection().IOPubPort)))
		t.Cleanup(func() { conn.Close() })
		go io.Copy(io.Discard, conn) // it reads its welcomes
		conn.Write(join(greet("NULL"), ready("SUB", "")))
		for i := range n {
			var b []byte
			switch text := topic(i); i % 3 {
			case 0:
				b = frame(0, append([]byte{1}, text...))
			case 1:
				b = frame(flagCommand, append([]byte("\x09SUBSCRIBE"), text...))
			case 2: // it was never there
				b = append(frame(0, append([]byte{0}, text...)), frame(flagCommand, append([]byte("\x06CANCEL"), text...))...)
			}
			if _, err := conn.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		return conn
	}
	flood(func(i int) string { return fmt.Sprint("topic ", i) }, 100_000)
	flood(func(i int) string { return strings.Repeat("x", 3000) + fmt.Sprint(i) }, 3000)
	flood(func(i int) string { return "\xff" + fmt.Sprint(i) }, 3000)
	eventually(t, "three are told that they ask for too much", func() bool { return r.Stats().Faults[TooManyTopics.Error()] >= 3 })
	alive(t, k)
	r.iopub.mu.Lock()
	for _, s := range r.iopub.subscribers {
		size := 0
		for topic := range s.topics {
			size += len(topic)
		}
		if len(s.topics) > r.limits.MaxTopics || size > maxTopicBytes {
			t.Errorf("a subscriber has %d topics of %d bytes", len(s.topics), size)
		}
	}
	r.iopub.mu.Unlock()
	alive(t, dial(t, r.Connection()))
}

// TestByteByByte: who sends one byte at a time is answered like everybody else, and whoever stops in the middle keeps nobody waiting.
func TestByteByByte(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	codec, author := wire.NewCodec(r.Connection().Key), wire.NewAuthor("slow")
	for _, port := range r.Connection().socketPorts() {
		text := join(greet("NULL"), ready(port.peer, ""))
		want := "_reply"
		switch port.name {
		case "iopub":
			text, want = append(text, frame(0, []byte{1})...), "iopub_welcome"
		case "heartbeat":
			text, want = append(text, join(frame(flagMore, nil), frame(0, []byte("beat")))...), "beat"
		case "stdin": // nothing there is answered
			text, want = append(text, sign(codec, must(author.New(wire.InputReply{Value: "x"}, nil)))...), "READY"
		default:
			text = append(text, sign(codec, must(author.New(wire.KernelInfoRequest{}, nil)))...)
		}
		send := func(text []byte) net.Conn {
			conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)))
			t.Cleanup(func() { conn.Close() })
			conn.(*net.TCPConn).SetNoDelay(true)
			for i := range text {
				if _, err := conn.Write(text[i : i+1]); err != nil {
					t.Fatal(err)
				}
			}
			return conn
		}
		until(t, send(text), want)
		for n := 0; n < len(text); n += 1 + len(text)/20 {
			send(text[:n])
		}
		alive(t, k)
	}
	alive(t, dial(t, r.Connection()))
}

// TestIdentities: any identity is answered under its own name: none, the longest, one like those of the router, one of bytes that
// are no text.
func TestIdentities(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	codec, author := wire.NewCodec(r.Connection().Key), wire.NewAuthor("x")
	for _, identity := range []string{"", strings.Repeat("i", 255), "\x00mine", "\xff\xfe", "<IDS|MSG>"} {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.Connection().ShellPort)))
		defer conn.Close()
		m := must(author.New(wire.KernelInfoRequest{}, nil))
		conn.Write(join(greet("NULL"), ready("DEALER", identity), sign(codec, m)))
		if identity == "<IDS|MSG>" { // nobody can tell where its message begins; it harms only itself
			eventually(t, "it is no message", func() bool { return total(r.Stats().Faults) > 0 })
			continue
		}
		until(t, conn, m.Header.MsgID)
	}
	alive(t, dial(t, r.Connection()))
}

// TestOddMessages sends what is signed and strange. Each is answered or dropped as the row says, and the kernel goes on.
func TestOddMessages(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	codec := wire.NewCodec(r.Connection().Key)
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	cases := []struct {
		name    string
		typ     string
		content string
		change  func(m *wire.Message)
		reply   string // part of the reply's content; "" where the message is dropped
	}{
		{name: "a key twice: the last counts", typ: "execute_request", content: `{"code": "1", "code": "2", "silent": true}`, reply: `"status":"ok"`},
		{name: "fields that nobody knows", typ: "execute_request", content: `{"code": "1", "silent": true, "nobody": {"knows": [1, null]}}`, reply: `"status":"ok"`},
		{name: "code that is no text", typ: "execute_request", content: "{\"code\": \"print \xff\xfe\", \"silent\": true}", reply: `"status":"ok"`},
		{name: "half a surrogate pair", typ: "execute_request", content: `{"code": "print \ud83d", "silent": true}`, reply: `"status":"ok"`},
		{name: "no code is nothing to do", typ: "execute_request", content: `{}`, reply: `"status":"ok"`},
		{name: "code that is a list", typ: "execute_request", content: `{"code": ["1"]}`, reply: `"status":"error"`},
		{name: "10 MB of code", typ: "execute_request", content: `{"silent": true, "code": "print ` + strings.Repeat("x", 10_000_000) + `"}`, reply: `"status":"ok"`},
		{name: "1 000 expressions", typ: "execute_request", content: func() string {
			asked := map[string]string{}
			for i := range 1000 {
				asked[fmt.Sprint("e", i)] = "1 +"
			}
			return `{"code": "1", "silent": true, "user_expressions": ` + string(must(json.Marshal(asked))) + `}`
		}(), reply: `"e999"`},
		{name: "content as deep as JSON may be", typ: "execute_request", content: `{"code": "1", "silent": true, "x": ` + deep(9000) + `}`, reply: `"status":"ok"`},
		{name: "content that is deeper", typ: "execute_request", content: deep(20_000), reply: "BadRequest"},
		{name: "a header that is no text", typ: "kernel_info_request", content: `{}`, change: func(m *wire.Message) {
			m.RawHeader = bytes.Replace(m.RawHeader, []byte(`"username":"`), []byte("\"username\":\"\xff"), 1)
		}},
		{name: "a deep header", typ: "kernel_info_request", content: `{}`, change: func(m *wire.Message) {
			m.RawHeader = append(bytes.TrimSuffix(m.RawHeader, []byte("}")), `,"x":`+deep(9000)+`}`...)
		}},
		{name: "a deep parent", typ: "kernel_info_request", content: `{}`, change: func(m *wire.Message) { m.Parent = []byte(deep(9000)) }, reply: `"status":"ok"`},
		{name: "a subshell without a name", typ: "kernel_info_request", content: `{}`, change: func(m *wire.Message) {
			m.RawHeader = append(bytes.TrimSuffix(m.RawHeader, []byte("}")), `,"subshell_id":""}`...)
		}, reply: "UnknownSubshell"},
		{name: "a cursor beyond the end", typ: "complete_request", content: `{"code": "alp", "cursor_pos": 1000000}`, reply: `"cursor_end":3`},
		{name: "a cursor before the beginning", typ: "complete_request", content: `{"code": "alp", "cursor_pos": -7}`, reply: `"cursor_start":0`},
		{name: "a cursor behind half of a surrogate pair", typ: "complete_request", content: `{"code": "\ud83d alp", "cursor_pos": 5}`, reply: `"cursor_end":5`},
		{name: "a cursor behind a surrogate pair", typ: "inspect_request", content: `{"code": "\ud83d\ude00", "cursor_pos": 2, "detail_level": 0}`, reply: `"status":"ok"`},
		{name: "a cursor that no number holds", typ: "complete_request", content: `{"code": "alp", "cursor_pos": 1e300}`, reply: `"status":"error"`},
		{name: "a cursor that is a text", typ: "inspect_request", content: `{"code": "alp", "cursor_pos": "3"}`, reply: `"status":"error"`},
		{name: "a level of detail that there is not", typ: "inspect_request", content: `{"code": "alp", "cursor_pos": 1, "detail_level": 99}`, reply: `"status":"ok"`},
		{name: "history of minus a billion cells", typ: "history_request", content: `{"hist_access_type": "tail", "n": -1000000000}`, reply: `"status":"ok"`},
		{name: "history of a billion cells", typ: "history_request", content: `{"hist_access_type": "tail", "n": 1000000000}`, reply: `"status":"ok"`},
		{name: "history of nobody's kind", typ: "history_request", content: `{"hist_access_type": "gossip"}`, reply: `"status":"error"`},
		{name: "a pattern of many stars", typ: "history_request", content: `{"hist_access_type": "search", "n": 9, "pattern": "` + strings.Repeat("*a", 5000) + `"}`, reply: `"status":"ok"`},
		{name: "a comm of nobody", typ: "comm_info_request", content: `{"target_name": "` + strings.Repeat("n", 100_000) + `"}`, reply: `"comms":{}`},
	}
	for _, c := range cases {
		m := must(k.New(wire.KernelInfoRequest{}))
		m.RawHeader = bytes.Replace(m.RawHeader, []byte("kernel_info_request"), []byte(c.typ), 1)
		m.Header.MsgType, m.Content = c.typ, []byte(c.content)
		if c.change != nil {
			c.change(m)
		}
		before := total(r.Stats().Faults)
		box := k.open(m.Header.MsgID)
		k.raw(kernel.Shell, codec.Encode(m))
		if c.reply == "" {
			eventually(t, c.name+" is dropped", func() bool { return total(r.Stats().Faults) == before+1 })
			k.shut(m.Header.MsgID)
			continue
		}
		for answered := false; !answered; {
			d, err := k.next(within(t), box)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if d.channel != kernel.Shell {
				continue
			}
			answered = true
			if text := string(d.message.Content); !strings.Contains(text, c.reply) {
				t.Errorf("%s: the reply is %.300s", c.name, text)
			}
		}
		k.shut(m.Header.MsgID)
	}
	alive(t, k)
	alive(t, dial(t, r.Connection()))
}

// TestUnasked: answers that nobody asked for, comms that nobody takes and one msg_id for many messages, by the thousand, keep nobody from
// being served and leave nothing behind.
func TestUnasked(t *testing.T) {
	const n = 5000
	r := start(t, Options{}, kernel.Options{})
	k, other := dial(t, r.Connection()), dial(t, r.Connection())
	codec := wire.NewCodec(r.Connection().Key)
	send := func(ch kernel.Channel, c wire.Content) {
		if err := k.Send(ch, must(k.New(c))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		id := fmt.Sprint("comm ", i)
		send(kernel.Stdin, wire.InputReply{Value: "nobody asked"})
		send(kernel.Shell, wire.CommOpen{CommID: id, TargetName: "nobody", Data: []byte("{}")})
		send(kernel.Shell, wire.CommMsg{CommID: id, Data: []byte("{}")})
		send(kernel.Shell, wire.CommClose{CommID: id, Data: []byte("{}")})
	}
	alive(t, other)
	alive(t, k)
	comms, err := Call[wire.CommInfoReply](within(t), k, kernel.Shell, wire.CommInfoRequest{})
	if err != nil || len(comms.Comms) > 0 {
		t.Errorf("%d comms are left, %v", len(comms.Comms), err)
	}
	// An answer from before the question is not its answer.
	m := must(k.New(wire.ExecuteRequest{Code: "ask name?", AllowStdin: true, Silent: false}))
	var text string
	reply, err := k.ExecuteMessage(within(t), m, Listener{
		Input: func(context.Context, wire.InputRequest) (string, error) { return "asked", nil },
		Output: func(m *wire.Message) {
			if s, err := wire.Parse[wire.Stream](m); err == nil && m.Header.MsgType == "stream" {
				text += s.Text
			}
		}})
	if err != nil || reply.Status != wire.OK || !strings.Contains(text, "asked") || strings.Contains(text, "nobody") {
		t.Errorf("the answer is %q, %+v, %v", text, reply, err)
	}
	// The msg_id is the client's business: only the same bytes are a replay.
	count := func() int { reply, _, _ := run(t, k, "1"); return reply.ExecutionCount }
	before := count()
	m = must(k.New(wire.ExecuteRequest{Code: "1", StoreHistory: true}))
	for i := range 10 {
		m.Metadata = []byte(fmt.Sprintf(`{"i": %d}`, i))
		k.raw(kernel.Shell, codec.Encode(m))
	}
	if after := count(); after != before+11 {
		t.Errorf("10 messages of one msg_id and one more: the count goes from %d to %d", before, after)
	}
}

// TestShutdownInAFlood: a shutdown in the middle of requests of many clients, with peers that read nothing, ends the kernel and
// everything that it started.
func TestShutdownInAFlood(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	t.Run("all", func(t *testing.T) {
		r := start(t, Options{Linger: 100 * time.Millisecond, Patience: 50 * time.Millisecond}, kernel.Options{})
		k := dial(t, r.Connection())
		for range 3 {
			subscribeRaw(t, r.Connection())
		}
		started := make(chan struct{}, 4)
		for range 4 {
			c := dial(t, r.Connection())
			go func() {
				for i := 0; ; i++ {
					code := []string{"flood 1000", "1", "error E x", "forever"}[i%4]
					m := must(c.New(wire.ExecuteRequest{Code: code, StoreHistory: true}))
					if c.Send(kernel.Shell, m) != nil || c.Send(kernel.Stdin, must(c.New(wire.InputReply{}))) != nil {
						return
					}
					if i == 100 {
						started <- struct{}{}
					}
					select {
					case <-c.Done():
						return
					default:
					}
				}
			}()
		}
		for range 4 {
			<-started
		}
		if _, err := Call[wire.ShutdownReply](within(t), k, kernel.Control, wire.ShutdownRequest{}); err != nil {
			t.Error(err)
		}
		r.wait(t)
		for _, port := range r.Connection().socketPorts() {
			if conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port.port)); err == nil {
				conn.Close()
				t.Errorf("%s still listens", port.name)
			} else if os.IsTimeout(err) {
				t.Error(err)
			}
		}
	})
	settles(t, goroutines, files)
}

// shake connects to a port, makes the handshake and sends more.
func shake(t testing.TB, port int, peer, identity string, more ...[]byte) net.Conn {
	t.Helper()
	conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)))
	t.Cleanup(func() { conn.Close() })
	conn.Write(join(greet("NULL"), ready(peer, identity), join(more...)))
	return conn
}

// TestCrowd: peers that make the handshake and then do nothing cost a bounded number of connections, and neither those who are served
// nor the next front end notice them.
func TestCrowd(t *testing.T) {
	const limit = 8
	r := start(t, Options{MaxPeers: limit}, kernel.Options{})
	old := dial(t, r.Connection())
	alive(t, old)
	for _, port := range r.Connection().socketPorts() {
		for range 5 * limit {
			shake(t, port.port, port.peer, "")
		}
	}
	eventually(t, "those that were too many have left", func() bool {
		s := r.Stats()
		return s.Accepted >= 5*5*limit && s.Peers == 5*limit && s.Open == 5*limit
	})
	if n := r.Stats().Faults[Crowded.Error()]; n < 5*(5*limit-limit) {
		t.Errorf("%d peers were too many, want %d and more", n, 5*(5*limit-limit))
	}
	alive(t, old)
	alive(t, dial(t, r.Connection()))
	// On stdin a front end has never said anything when it is asked for the first time.
	for _, k := range []*Client{old, dial(t, r.Connection())} {
		asked := false
		_, err := k.Execute(within(t), wire.ExecuteRequest{Code: "ask name?", AllowStdin: true}, Listener{
			Input: func(context.Context, wire.InputRequest) (string, error) { asked = true; return "answer", nil }})
		if err != nil || !asked {
			t.Errorf("asked: %v, %v; old %v; %+v", asked, err, k == old, r.Stats())
		}
	}
}

// TestFullHouse: where everybody does what front ends do nobody has to leave; the next is turned away until there is room.
func TestFullHouse(t *testing.T) {
	const limit = 4
	r := start(t, Options{MaxPeers: limit}, kernel.Options{})
	old := dial(t, r.Connection())
	alive(t, old)
	port := r.Connection().IOPubPort
	var guests []net.Conn
	for range limit - 1 {
		guests = append(guests, shake(t, port, "SUB", "", frame(0, []byte{1})))
	}
	eventually(t, "all have subscribed", func() bool { return len(r.iopub.matching("x")) == limit })
	for range 3 {
		late := shake(t, port, "SUB", "", frame(0, []byte{1}))
		late.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, late); os.IsTimeout(err) {
			t.Error("one more than the limit is still connected")
		}
	}
	if n := len(r.iopub.matching("x")); n != limit {
		t.Errorf("%d subscribers, want %d", n, limit)
	}
	alive(t, old)
	guests[0].Close()
	eventually(t, "one has left", func() bool { return len(r.iopub.matching("x")) == limit-1 })
	alive(t, dial(t, r.Connection()))
}
