package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// measure starts a kernel, measures it and ends it.
func (c contestant) measure(f *figures) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	p, err := c.run(ctx)
	if err != nil {
		return err
	}
	defer p.end()
	f.add("start to kernel_info_reply", float64(p.start.Nanoseconds())/1e6)
	for range 3 { // the first cells find caches empty
		if _, err := p.cell(ctx, c.sum, nil); err != nil {
			return err
		}
	}
	t := trial{c, p, f}
	for _, task := range []func(context.Context) error{t.sums, t.functions, t.queue, t.lines, t.display, t.types, t.loops, t.recursions, t.busy} {
		if err := task(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A trial is one kernel under measurement.
type trial struct {
	contestant
	*process
	f *figures
}

func (t trial) sums(ctx context.Context) error {
	for range 50 {
		ms, err := t.cell(ctx, t.sum, nil)
		if err != nil {
			return err
		}
		t.f.add("1 + 1", ms)
	}
	return nil
}

func (t trial) functions(ctx context.Context) error {
	for i := range 20 {
		ms, err := t.cell(ctx, t.function(i), nil)
		if err != nil {
			return err
		}
		t.f.add("a new function and its call", ms)
	}
	return nil
}

// queue sends all cells at once and waits for all.
func (t trial) queue(ctx context.Context) error {
	errs := make(chan error, queued)
	var all sync.WaitGroup
	begin := time.Now()
	for range queued {
		all.Go(func() {
			_, err := t.cell(ctx, t.sum, nil)
			errs <- err
		})
	}
	all.Wait()
	t.f.add("1 000 queued cells", since(begin))
	for range queued {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func (t trial) lines(ctx context.Context) error {
	var text strings.Builder
	messages := 0
	ms, err := t.cell(ctx, t.contestant.lines, func(m *wire.Message) {
		if m.Header.MsgType == "stream" {
			var s struct{ Text string }
			json.Unmarshal(m.Content, &s)
			text.WriteString(s.Text)
			messages++
		}
	})
	if err != nil {
		return err
	}
	t.f.add("100 000 printed lines", ms)
	t.f.add("their stream messages", float64(messages))
	if n := lost(text.String()); n > 0 {
		t.f.broken = append(t.f.broken, fmt.Sprintf("%d printed lines are lost or not in order", n))
	}
	return nil
}

// lost counts the numbers that are not where they belong.
func lost(text string) (n int) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range lineCount {
		if i >= len(lines) || lines[i] != fmt.Sprint(i) {
			n++
		}
	}
	return n
}

// display shows the payload five times and looks how far the memory went up.
func (t trial) display(ctx context.Context) error {
	before := peak(t.cmd.Process.Pid)
	for range 5 {
		shown := 0
		ms, err := t.cell(ctx, t.contestant.display, func(m *wire.Message) {
			if m.Header.MsgType == "display_data" {
				shown = len(m.Content)
			}
		})
		if err != nil {
			return err
		}
		if shown < payload {
			t.f.broken = append(t.f.broken, "a display did not come before the status idle")
		}
		t.f.add("a display of 10 MB", ms)
	}
	if after := peak(t.cmd.Process.Pid); before > 0 {
		t.f.add("peak memory it takes", float64(after-min(before, after))/payload)
	}
	return nil
}

// recursions measures how long recursion without end takes to become an error of its cell.
func (t trial) recursions(ctx context.Context) error {
	for _, l := range t.endlessly {
		if _, err := t.cell(ctx, l.define, nil); err != nil {
			return err
		}
		begin := time.Now()
		reply, err := t.Execute(ctx, wire.ExecuteRequest{Code: l.time, StoreHistory: true}, zmq.Listener{})
		switch {
		case err != nil:
			return err
		case reply.Status != wire.Error:
			t.f.broken = append(t.f.broken, l.time+" ended: "+reply.Status)
		default:
			t.f.add(l.row, since(begin))
		}
	}
	return nil
}

// busy measures what is served beside an endless loop, and its interrupt.
func (t trial) busy(ctx context.Context) error {
	if _, err := t.cell(ctx, t.set, nil); err != nil {
		return err
	}
	for range 3 {
		if err := t.interrupt(ctx); err != nil {
			return err
		}
	}
	got := ""
	if _, err := t.cell(ctx, t.get, func(m *wire.Message) {
		if m.Header.MsgType == "execute_result" {
			got = string(m.Content)
		}
	}); err != nil || !strings.Contains(got, "42") {
		t.f.broken = append(t.f.broken, fmt.Sprint("the interrupt lost the state: ", got, " ", err))
	}
	return nil
}

func (t trial) interrupt(ctx context.Context) error {
	running, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := t.Execute(ctx, wire.ExecuteRequest{Code: t.endless}, zmq.Listener{Output: func(m *wire.Message) {
			if m.Header.MsgType == "stream" && strings.Contains(string(m.Content), "running") {
				close(running)
			}
		}})
		ended <- err
	}()
	select {
	case <-running:
	case err := <-ended:
		return fmt.Errorf("the endless loop has ended: %v", err)
	}
	for range 20 {
		begin := time.Now()
		if _, err := t.Request(ctx, kernel.Control, wire.KernelInfoRequest{}); err != nil {
			return err
		}
		t.f.add("kernel_info on control while busy", since(begin))
		begin = time.Now()
		if err := t.Ping(ctx); err != nil {
			return err
		}
		t.f.add("heartbeat while busy", since(begin))
	}
	begin := time.Now()
	if _, err := t.Request(ctx, kernel.Control, wire.InterruptRequest{}); err != nil {
		return err
	}
	if err := <-ended; err != nil {
		return err
	}
	t.f.add("interrupt of an endless loop to idle", since(begin))
	return nil
}
