package zmq

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
)

// nobody receives nothing and welcomes nobody.
type nobody struct{}

func (nobody) Receive(kernel.Channel, *wire.Message) {}
func (nobody) Welcome(string) *wire.Message          { return nil }
func (nobody) Subscribed(string)                     {}
func (nobody) Cut(int) *wire.Message                 { return nil }

// publishing starts a server without a kernel, with one raw subscriber.
func publishing(t *testing.T, o Options) (*Server, io.Reader) {
	s := must(Listen(NewConnection(), o))
	if err := s.Start(nobody{}); err != nil {
		t.Fatal(err)
	}
	conn := subscribeRaw(t, s.Connection())
	conn.SetReadDeadline(time.Now().Add(patience))
	eventually(t, "the subscriber is there", func() bool { return len(s.iopub.matching("x")) == 1 })
	return s, conn
}

// TestLinger: Close sends what is queued to a subscriber that has not begun to read.
func TestLinger(t *testing.T) {
	const n = 20
	s, conn := publishing(t, Options{Linger: patience})
	author := wire.NewAuthor("x")
	for range n {
		m := must(author.New(wire.Stream{Name: "stdout", Text: strings.Repeat("x", 1<<20)}, nil))
		m.Identities = [][]byte{[]byte("stream")}
		if err := s.Send(kernel.IOPub, m); err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	raw, err := io.ReadAll(conn)
	if err != nil || bytes.Count(raw, []byte("<IDS|MSG>")) != n {
		t.Errorf("%d messages of %d, %v", bytes.Count(raw, []byte("<IDS|MSG>")), n, err)
	}
	<-closed
}

// TestLingerEnds: Close does not wait for ever for a subscriber that does not read, and leaves nothing.
func TestLingerEnds(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	s, _ := publishing(t, Options{Linger: 50 * time.Millisecond, MaxQueue: 256 << 20})
	author := wire.NewAuthor("x")
	for range 50 {
		m := must(author.New(wire.Stream{Name: "stdout", Text: strings.Repeat("x", 1<<20)}, nil))
		m.Identities = [][]byte{[]byte("stream")}
		s.Send(kernel.IOPub, m)
	}
	began := time.Now()
	s.Close()
	s.Close() // twice is once
	if d := time.Since(began); d > patience/2 {
		t.Errorf("took %v", d)
	}
	settles(t, goroutines, -1)
}

// TestCloseWithSilentPeers: handshakes that are under way do not hold Close up.
func TestCloseWithSilentPeers(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	s := must(Listen(NewConnection(), Options{Linger: patience, Handshake: patience}))
	s.Start(nobody{})
	for range 20 {
		subscribe, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		Dial(subscribe, s.Connection(), Options{}) // most of them do not get far
		cancel()
	}
	began := time.Now()
	s.Close()
	if d := time.Since(began); d > patience/2 {
		t.Errorf("took %v", d)
	}
	settles(t, goroutines, -1)
}

// TestSendErrors: a message that has nowhere to go is an error, not a panic.
func TestSendErrors(t *testing.T) {
	s := must(Listen(NewConnection(), Options{}))
	s.Start(nobody{})
	defer s.Close()
	m := must(wire.NewAuthor("x").New(wire.KernelInfoReply{}, nil))
	for _, ch := range []kernel.Channel{kernel.Shell, kernel.Control, kernel.Stdin, kernel.IOPub} {
		if err := s.Send(ch, m); err == nil {
			t.Errorf("%s: a message without identities was sent", ch)
		}
	}
}
