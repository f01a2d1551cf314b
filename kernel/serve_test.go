package kernel_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"

	"joule/kernel"
	"joule/kernel/display"
	"joule/kernel/kerneltest"
	"joule/kernel/wire"
)

// A stubborn engine ignores interrupts and Close until it is released.
type stubborn struct {
	kerneltest.Toy
	release chan struct{}
}

func (e *stubborn) Execute(context.Context, kernel.Cell, kernel.Output) kernel.Result {
	<-e.release
	return kernel.Result{}
}

func (e *stubborn) Close(bool) error { <-e.release; return nil }

// TestServeStubbornEngine: a shutdown does not wait for ever for an engine that does not end.
func TestServeStubbornEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := &stubborn{release: make(chan struct{})}
		defer close(engine.release)
		s := kerneltest.Start(t, engine, kernel.Options{})
		s.Send(kernel.Shell, run("1"))
		s.Next(kernel.IOPub)
		s.Expect(kernel.IOPub, "execute_input")
		s.Send(kernel.Control, wire.ShutdownRequest{})
		s.Expect(kernel.Control, "shutdown_reply")
		if err := s.Returned(t); err == nil {
			t.Error("nobody is told that the engine did not end")
		}
	})
}

// TestServeContext: the end of the context is a shutdown without a request; output is delivered.
func TestServeContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := new(kerneltest.Toy)
		s := kerneltest.Start(t, engine, kernel.Options{})
		cell := s.Send(kernel.Shell, run("print x\nforever"))
		for m := s.Next(kernel.IOPub); m.Header.MsgType != "stream"; m = s.Next(kernel.IOPub) {
		}
		s.Stop()
		if err := s.Returned(t); err != nil {
			t.Error(err)
		}
		if closed, restart := engine.Closed(); !closed || restart {
			t.Errorf("the engine was closed: %v, for a restart: %v", closed, restart)
		}
		s.Expect(kernel.IOPub, "error")
		s.ExpectStatus(wire.Idle, cell)
		if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.EName != "Interrupted" {
			t.Errorf("%+v", r)
		}
	})
}

// TestServeInterrupts: a value on the channel of signals interrupts the cell; a closed channel does nothing.
func TestServeInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		s := kerneltest.Start(t, new(kerneltest.Toy), kernel.Options{Interrupts: signals})
		signals <- os.Interrupt // while nothing runs
		synctest.Wait()         // until it has done what it does
		cell := s.Send(kernel.Shell, run("print x\nforever"))
		for m := s.Next(kernel.IOPub); m.Header.MsgType != "stream"; m = s.Next(kernel.IOPub) {
		}
		signals <- os.Interrupt
		s.Expect(kernel.IOPub, "error")
		s.ExpectStatus(wire.Idle, cell)
		close(signals)
		s.Expect(kernel.Shell, "execute_reply")
		if r, _ := s.Run("1"); r.Status != wire.OK {
			t.Errorf("%+v", r)
		}
	})
}

// A deaf transport does not start.
type deaf struct{ closed bool }

func (*deaf) Start(kernel.Receiver) error                 { return errors.New("cannot start") }
func (*deaf) Send(kernel.Channel, ...*wire.Message) error { return nil }
func (d *deaf) Close() error                              { d.closed = true; return nil }

// TestServeTransportFails: a transport that does not start ends Serve; engine and transport are closed.
func TestServeTransportFails(t *testing.T) {
	engine, transport := new(kerneltest.Toy), new(deaf)
	if err := kernel.Serve(context.Background(), engine, transport, kernel.Options{}); err == nil {
		t.Error("no error")
	}
	if closed, _ := engine.Closed(); !closed || !transport.closed {
		t.Errorf("closed: engine %v, transport %v", closed, transport.closed)
	}
}

// A fragile engine panics in every method.
type fragile struct{ kerneltest.Toy }

func (*fragile) Execute(context.Context, kernel.Cell, kernel.Output) kernel.Result { panic("execute") }
func (*fragile) Evaluate(context.Context, string) (display.Bundle, *kernel.Error)  { panic("evaluate") }
func (*fragile) Complete(context.Context, string, int) kernel.Completion           { panic("complete") }
func (*fragile) Inspect(context.Context, string, int, int) kernel.Inspection       { panic("inspect") }
func (*fragile) IsComplete(string) kernel.Completeness                             { panic("is_complete") }
func (*fragile) Info() kernel.Info                                                 { panic("info") }
func (*fragile) Close(bool) error                                                  { panic("close") }

// TestServePanics: a panic of the engine is an error reply with busy and idle round it, whatever was asked.
func TestServePanics(t *testing.T) {
	s := kerneltest.Start(t, new(fragile), kernel.Options{})
	for _, r := range []wire.Content{run("1"), wire.CompleteRequest{}, wire.InspectRequest{}, wire.IsCompleteRequest{}} {
		s.UntilIdle(s.Send(kernel.Shell, r))
		f := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, wire.Reply(r.MsgType())))
		if f.Status != wire.Error || f.EName != "KernelPanic" || f.EValue == "" {
			t.Errorf("%s: %+v", r.MsgType(), f)
		}
	}
	s.UntilIdle(s.Send(kernel.Control, wire.KernelInfoRequest{}))
	s.Expect(kernel.Control, "kernel_info_reply")
	s.Send(kernel.Control, wire.ShutdownRequest{})
	s.Expect(kernel.Control, "shutdown_reply")
	if err := s.Returned(t); err == nil {
		t.Error("nobody is told that the engine could not be closed")
	}
}

// TestServeManyCells: a thousand queued cells are answered in order, each with the next number.
func TestServeManyCells(t *testing.T) {
	s := toy(t)
	var sent []*wire.Message
	for range 1000 {
		sent = append(sent, s.Send(kernel.Shell, run("1")))
	}
	for i, m := range sent {
		s.UntilIdle(m)
		reply := s.Expect(kernel.Shell, "execute_reply")
		if r := kerneltest.Content[wire.ExecuteReply](t, reply); r.ExecutionCount != i+1 || reply.ParentHeader().MsgID != m.Header.MsgID {
			t.Fatalf("cell %d: %+v", i, r)
		}
	}
}
