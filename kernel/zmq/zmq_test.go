package zmq

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/kerneltest"
	"joule/kernel/wire"
)

// patience is how long a test waits for what takes milliseconds.
const patience = 3 * time.Minute

// A rig is a kernel with the toy engine on real sockets.
type rig struct {
	*Server
	stop   context.CancelFunc
	served chan error
}

// start serves the toy engine. At the end of the test the kernel must end.
func start(t testing.TB, o Options, ko kernel.Options) *rig {
	return startOn(t, NewConnection(), o, ko)
}

func startOn(t testing.TB, c Connection, o Options, ko kernel.Options) *rig {
	t.Helper()
	s, err := Listen(c, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{Server: s, stop: cancel, served: make(chan error, 1)}
	go func() { r.served <- kernel.Serve(ctx, new(kerneltest.Toy), s, ko) }()
	t.Cleanup(func() {
		cancel()
		r.wait(t)
	})
	return r
}

// wait waits until Serve has returned.
func (r *rig) wait(t testing.TB) {
	t.Helper()
	select {
	case err := <-r.served:
		r.served <- err
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Serve did not return: " + stacks())
	}
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func dial(t testing.TB, c Connection) *Client {
	t.Helper()
	k, err := Dial(within(t), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// run executes a cell and returns its reply, the types of what it published and the text on stdout.
func run(t testing.TB, k *Client, code string) (wire.ExecuteReply, []string, string) {
	t.Helper()
	var kinds []string
	var text strings.Builder
	reply, err := k.Execute(within(t), wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true}, Listener{
		Output: func(m *wire.Message) {
			kinds = append(kinds, m.Header.MsgType)
			if s, err := wire.Parse[wire.Stream](m); err == nil && m.Header.MsgType == "stream" && s.Name == "stdout" {
				text.WriteString(s.Text)
			}
		}})
	if err != nil {
		t.Fatalf("%q: %v", code, err)
	}
	return reply, kinds, text.String()
}

// alive fails the test unless an old or a new client is served on all channels.
func alive(t testing.TB, k *Client) {
	t.Helper()
	ctx := within(t)
	for _, ch := range []kernel.Channel{kernel.Shell, kernel.Control} {
		if _, err := Call[wire.KernelInfoReply](ctx, k, ch, wire.KernelInfoRequest{}); err != nil {
			t.Fatalf("kernel_info on %s: %v", ch, err)
		}
	}
	if err := k.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if reply, _, text := run(t, k, "print alive"); reply.Status != wire.OK || text != "alive\n" {
		t.Fatalf("a cell printed %q and ended with %+v", text, reply)
	}
}

func TestClientAndServer(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	alive(t, k)
	reply, kinds, _ := run(t, k, "x = 6\nprint hello\nx * 7")
	if reply.Status != wire.OK || reply.ExecutionCount != 2 {
		t.Errorf("reply %+v", reply)
	}
	if got, want := strings.Join(kinds, " "), "status execute_input stream execute_result status"; got != want {
		t.Errorf("published %s, want %s", got, want)
	}
	if reply, _, _ := run(t, k, "error E text"); reply.Status != wire.Error || reply.EName != "E" {
		t.Errorf("reply %+v", reply)
	}
}

func TestClientInput(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	var asked []wire.InputRequest
	var text string
	_, err := k.Execute(within(t), wire.ExecuteRequest{Code: "ask name?\nsecret word?", AllowStdin: true}, Listener{
		Input: func(_ context.Context, ask wire.InputRequest) (string, error) {
			asked = append(asked, ask)
			return "answer", nil
		},
		Output: func(m *wire.Message) {
			if s, err := wire.Parse[wire.Stream](m); err == nil {
				text += s.Text
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.InputRequest{{Prompt: "name?"}, {Prompt: "word?", Password: true}}
	if len(asked) != 2 || asked[0] != want[0] || asked[1] != want[1] || text != "answer\nanswer\n" {
		t.Errorf("asked %+v and printed %q", asked, text)
	}
}

// TestProtocol15Heartbeat: the heartbeat sends the same frames back, to several clients, while a cell runs.
func TestProtocol15Heartbeat(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	k.Send(kernel.Shell, must(k.New(wire.ExecuteRequest{Code: "forever"})))
	var conns []net.Conn
	for range 5 {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.Connection().HBPort)))
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		conn.Write(join(greet("NULL"), ready("REQ", "")))
		conns = append(conns, conn)
	}
	for i, conn := range conns {
		body := bytes.Repeat([]byte{byte(i), 0xff}, 1000*i)
		echo := join(frame(flagMore, nil), frame(flagMore, []byte("a")), frame(flagMore, nil), frame(0, body))
		conn.Write(echo)
		var got []byte
		buf := make([]byte, 4096)
		for !bytes.HasSuffix(got, echo) {
			n, err := conn.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				t.Fatalf("client %d: %v", i, err)
			}
		}
	}
	k.Request(within(t), kernel.Control, wire.InterruptRequest{})
}

// TestProtocol14Welcome: a subscription is welcomed under its topic before anything else comes, each time; what is no
// UTF-8 and the end of a subscription are not.
func TestProtocol14Welcome(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	go func() { // so that there is always something that could come before a welcome
		for k.Err() == nil {
			k.Request(context.Background(), kernel.Control, wire.KernelInfoRequest{})
		}
	}()
	for _, topic := range []string{"", "kernel.", "stream"} {
		conn := must(net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.Connection().IOPubPort)))
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		subscribe := frame(0, append([]byte{1}, topic...))
		conn.Write(join(greet("NULL"), ready("SUB", ""), frame(0, []byte("\x01\xff\xfe")), frame(0, []byte("\x00\xff\xfe")), subscribe))
		want := join(frame(flagMore, []byte(topic)), frame(flagMore, []byte("<IDS|MSG>")))
		hello := len(greet("NULL")) + len(ready("XPUB", ""))
		got := make([]byte, hello+len(want))
		if _, err := io.ReadFull(conn, got); err != nil || !bytes.HasSuffix(got, want) {
			t.Fatalf("%q: %q, %v", topic, got, err)
		}
		rest := make([]byte, 1000)
		n, _ := io.ReadAtLeast(conn, rest, 300)
		if !bytes.Contains(rest[:n], []byte(`"iopub_welcome"`)) {
			t.Errorf("%q: the first message is %q", topic, rest[:n])
		}
	}
}

// TestControlWhileBusy: control and heartbeat answer while a cell runs, and an interrupt ends the cell.
func TestControlWhileBusy(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	ctx := within(t)
	started := make(chan struct{})
	ended := make(chan wire.ExecuteReply, 1)
	go func() {
		reply, _ := k.Execute(ctx, wire.ExecuteRequest{Code: "print x\nforever"}, Listener{Output: func(m *wire.Message) {
			if m.Header.MsgType == "stream" {
				close(started)
			}
		}})
		ended <- reply
	}()
	<-started
	for range 10 {
		if _, err := k.Request(ctx, kernel.Control, wire.KernelInfoRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := k.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Request(ctx, kernel.Control, wire.InterruptRequest{}); err != nil {
		t.Fatal(err)
	}
	if reply := <-ended; reply.EName != "Interrupted" {
		t.Errorf("reply %+v", reply)
	}
	alive(t, k)
}

// TestShutdownDelivers: everything that was published before the end is delivered, then the connection ends.
func TestShutdownDelivers(t *testing.T) {
	r := start(t, Options{}, kernel.Options{})
	k := dial(t, r.Connection())
	other := dial(t, r.Connection())
	told := make(chan struct{})
	other.Observe(func(m *wire.Message) {
		if m.Header.MsgType == "shutdown_reply" {
			close(told)
		}
	})
	if _, _, text := run(t, k, "flood 1000"); strings.Count(text, "\n") != 1000 {
		t.Errorf("%d lines", strings.Count(text, "\n"))
	}
	reply, err := Call[wire.ShutdownReply](within(t), k, kernel.Control, wire.ShutdownRequest{Restart: true})
	if err != nil || !reply.Restart {
		t.Errorf("shutdown: %+v, %v", reply, err)
	}
	r.wait(t)
	for name, c := range map[string]<-chan struct{}{"the other client hears of it": told, "the client is told": k.Done()} {
		select {
		case <-c:
		case <-time.After(patience):
			t.Errorf("not so: %s", name)
		}
	}
	if err := k.Send(kernel.Shell, must(k.New(wire.KernelInfoRequest{}))); err == nil {
		t.Error("a request to a kernel that has ended was taken")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestDialWaits: a client may come before its kernel. Until then somebody else may take one of the kernel's ports, now and then: then
// it is tried with others.
func TestDialWaits(t *testing.T) {
	for range 20 {
		if dialWaits(t) {
			return
		}
	}
	t.Error("the ports are always taken")
}

// dialWaits tells whether the ports were free.
func dialWaits(t *testing.T) bool {
	c := NewConnection()
	var held []net.Listener // all at once, so that each gets a port of its own
	for _, p := range c.ports() {
		held = append(held, must(net.Listen("tcp", "127.0.0.1:0")))
		*p.port = held[len(held)-1].Addr().(*net.TCPAddr).Port
	}
	for _, l := range held {
		l.Close()
	}
	early, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(early, c, Options{}); err == nil {
		t.Fatal("connected to nobody")
	}
	connected := make(chan error, 1)
	late, giveUp := context.WithTimeout(context.Background(), patience)
	defer giveUp()
	go func() {
		k, err := Dial(late, c, Options{})
		if err == nil {
			defer k.Close()
			err = k.Ping(within(t))
		}
		connected <- err
	}()
	time.Sleep(20 * time.Millisecond) // so that the first tries fail
	s, err := Listen(c, Options{})
	if errors.Is(err, syscall.EADDRINUSE) {
		giveUp()
		<-connected
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- kernel.Serve(ctx, new(kerneltest.Toy), s, kernel.Options{}) }()
	if err := <-connected; err != nil {
		t.Error(err)
	}
	stop()
	<-done
	return true
}

func TestIPC(t *testing.T) {
	dir, err := os.MkdirTemp("", "ipc") // short: the names of socket files are limited to some 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c := NewConnection()
	c.Transport, c.IP = "ipc", dir+"/kernel"
	s, err := Listen(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- kernel.Serve(ctx, new(kerneltest.Toy), s, kernel.Options{}) }()
	alive(t, dial(t, s.Connection()))
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d socket files are left", len(left))
	}
}
