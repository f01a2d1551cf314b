//go:build unix

package cli_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// on runs a cell on a subshell, "" is the main shell, and returns its reply and what it printed. started, if not nil, is called at
// the first output.
func (p *process) on(t *testing.T, subshell, code string, started func()) (wire.ExecuteReply, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	m, err := p.New(wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true})
	if err == nil && subshell != "" {
		err = m.SetSubshell(subshell)
	}
	if err != nil {
		t.Error(err)
		return wire.ExecuteReply{}, ""
	}
	var text strings.Builder
	reply, err := p.ExecuteMessage(ctx, m, zmq.Listener{Output: func(m *wire.Message) {
		if s, err := wire.Parse[wire.Stream](m); err == nil && m.Header.MsgType == s.MsgType() {
			text.WriteString(s.Text)
			if started != nil {
				started()
				started = nil
			}
		}
	}})
	if err != nil {
		t.Error(err)
	}
	return reply, text.String()
}

// control asks on the control channel.
func control[R wire.Content](t *testing.T, p *process, content wire.Content) R {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reply, err := zmq.Call[R](ctx, p.Client, kernel.Control, content)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// TestSubshells: while the main shell is busy, subshells run cells beside it and beside each other, on the same variables; usage
// says that the worker works; the interrupt ends the busy cell, and everything that was there before is there after.
func TestSubshells(t *testing.T) {
	p := launch(t, `exec "$JOULE" kernel -f "$FILE"`)
	if r, _ := p.on(t, "", "shared := 41\nfunc twice(x int) int { return 2 * x }", nil); r.Status != wire.OK {
		t.Fatalf("%+v", r)
	}
	control[wire.UsageReply](t, p, wire.UsageRequest{})
	busy := make(chan struct{})
	var main sync.WaitGroup
	main.Go(func() {
		r, _ := p.on(t, "", "import \"fmt\"\nfmt.Println(\"busy\")\nfor {\n}", func() { close(busy) })
		if r.Status == wire.OK || r.EName == "" {
			t.Errorf("the busy cell ended with %+v", r)
		}
	})
	<-busy
	var all sync.WaitGroup
	var ids []string
	for range 3 {
		ids = append(ids, control[wire.CreateSubshellReply](t, p, wire.CreateSubshellRequest{}).SubshellID)
	}
	for i, id := range ids {
		all.Go(func() {
			for n := 1; n <= 5; n++ {
				r, text := p.on(t, id, "import \"fmt\"\nfmt.Println(twice(shared + 1))", nil)
				if r.Status != wire.OK || r.ExecutionCount != n || text != "84\n" {
					t.Errorf("subshell %d, cell %d: %+v, printed %q", i, n, r, text)
				}
			}
		})
	}
	all.Wait()
	if r, _ := p.on(t, ids[0], "shared = 1", nil); r.Status != wire.OK {
		t.Errorf("%+v", r)
	}
	if r, _ := p.on(t, ids[1], "panic(\"only here\")", nil); r.Status != wire.Error {
		t.Errorf("%+v", r)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // a busy computer gives a busy cell little at times
		u := control[wire.UsageReply](t, p, wire.UsageRequest{})
		if u.KernelCPU == nil || *u.KernelCPU >= 5 {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("a cell is busy, and the processes use %.1f %%", *u.KernelCPU)
			break
		}
	}
	control[wire.InterruptReply](t, p, wire.InterruptRequest{})
	main.Wait()
	if r, _ := p.on(t, "", "if shared != 1 { panic(shared) }", nil); r.Status != wire.OK {
		t.Errorf("%+v", r)
	}
}
