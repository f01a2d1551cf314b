package kernel_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"joule/kernel"
	"joule/kernel/kerneltest"
	"joule/kernel/wire"
)

// executed waits for the reply to a cell.
func executed(t *testing.T, f *kerneltest.FrontEnd, cell *wire.Message) wire.ExecuteReply {
	t.Helper()
	return kerneltest.Content[wire.ExecuteReply](t, f.Answer(kernel.Shell, cell))
}

// TestSubshellBesideBusyShell: a subshell answers while the main shell is busy, other requests and comms too.
func TestSubshellBesideBusyShell(t *testing.T) {
	s := toy(t)
	main := s.Send(kernel.Shell, run("print busy\nforever"))
	s.Printed(main)
	sub := s.CreateSubshell()
	cell := s.Post(kernel.Shell, s.On(sub, run("print beside\n6 * 7")))
	if r := executed(t, s.FrontEnd, cell); r.Status != wire.OK {
		t.Errorf("%+v", r)
	}
	if got := kerneltest.Text(t, s.Published(cell), "stdout"); got != "beside\n" {
		t.Errorf("printed %q", got)
	}
	complete := s.Post(kernel.Shell, s.On(sub, wire.IsCompleteRequest{Code: "1 +"}))
	if r := kerneltest.Content[wire.IsCompleteReply](t, s.Answer(kernel.Shell, complete)); r.Status != "incomplete" {
		t.Errorf("%+v", r)
	}
	open := s.Post(kernel.Shell, s.On(sub, wire.CommOpen{CommID: "c", TargetName: "echo"}))
	if got := kerneltest.Kinds(s.Published(open)); !slices.Equal(got, []string{"comm_msg"}) {
		t.Errorf("comm_open published %q", got)
	}
	s.Send(kernel.Control, wire.InterruptRequest{})
	if r := executed(t, s.FrontEnd, main); r.EName != "Interrupted" {
		t.Errorf("the main shell was not busy: %+v", r)
	}
}

// TestSubshellLists: subshells have distinct ids, are listed in order, and a deleted one is gone.
func TestSubshellLists(t *testing.T) {
	s := toy(t)
	list := func() []string {
		m := s.Send(kernel.Control, wire.ListSubshellRequest{})
		return kerneltest.Content[wire.ListSubshellReply](t, s.Answer(kernel.Control, m)).SubshellID
	}
	if got := list(); len(got) != 0 {
		t.Errorf("at the start there are %q", got)
	}
	want := []string{s.CreateSubshell(), s.CreateSubshell(), s.CreateSubshell()}
	slices.Sort(want)
	if got := list(); !slices.Equal(got, want) || len(slices.Compact(got)) != 3 {
		t.Errorf("%q, want %q", got, want)
	}
	remove := func(id string) string {
		m := s.Send(kernel.Control, wire.DeleteSubshellRequest{SubshellID: id})
		return kerneltest.Content[wire.DeleteSubshellReply](t, s.Answer(kernel.Control, m)).Status
	}
	if got := remove(want[1]); got != wire.OK {
		t.Errorf("%q", got)
	}
	for _, id := range []string{want[1], "nobody", ""} {
		if got := remove(id); got != wire.Error {
			t.Errorf("deleting %q is %s", id, got)
		}
	}
	if got := list(); !slices.Equal(got, []string{want[0], want[2]}) {
		t.Errorf("%q", got)
	}
	cell := s.Post(kernel.Shell, s.On(want[1], run("1")))
	if r := executed(t, s.FrontEnd, cell); r.Status != wire.Error || r.EName != "UnknownSubshell" {
		t.Errorf("a deleted subshell: %+v", r)
	}
}

// TestSubshellUnknownWhileBusy: a request to a subshell that is not there is refused also while the main shell is busy, with busy
// and idle; one that has no reply gets these alone.
func TestSubshellUnknownWhileBusy(t *testing.T) {
	s := toy(t)
	s.Printed(s.Send(kernel.Shell, run("print busy\nforever")))
	cell := s.Post(kernel.Shell, s.On("nobody", run("1")))
	if r := executed(t, s.FrontEnd, cell); r.Status != wire.Error {
		t.Errorf("%+v", r)
	}
	if got := s.Published(cell); len(got) > 0 {
		t.Errorf("published %q", kerneltest.Kinds(got))
	}
	comm := s.Post(kernel.Shell, s.On("", wire.CommMsg{CommID: "c"}))
	if got := s.Published(comm); len(got) > 0 {
		t.Errorf("published %q", kerneltest.Kinds(got))
	}
}

// TestSubshellCounts: each shell counts its own cells, in order.
func TestSubshellCounts(t *testing.T) {
	s := toy(t)
	a, b := s.CreateSubshell(), s.CreateSubshell()
	executed(t, s.FrontEnd, s.Send(kernel.Shell, run("1")))
	for want := 1; want <= 3; want++ {
		for _, sub := range []string{a, b} {
			if r := executed(t, s.FrontEnd, s.Post(kernel.Shell, s.On(sub, run("1")))); r.ExecutionCount != want {
				t.Errorf("subshell %s: %+v, want %d", sub, r, want)
			}
		}
	}
	cell := s.Send(kernel.Shell, run("1"))
	if r := executed(t, s.FrontEnd, cell); r.ExecutionCount != 2 {
		t.Errorf("main: %+v", r)
	}
}

// TestSubshellOrder: the cells of one subshell run in order, one at a time.
func TestSubshellOrder(t *testing.T) {
	s := toy(t)
	sub := s.CreateSubshell()
	var cells []*wire.Message
	for i := range 50 {
		code := "1"
		if i%10 == 0 {
			code = "sleep 5ms"
		}
		cells = append(cells, s.Post(kernel.Shell, s.On(sub, run(code))))
	}
	for i, cell := range cells {
		if r := executed(t, s.FrontEnd, cell); r.ExecutionCount != i+1 {
			t.Errorf("cell %d: %+v", i, r)
		}
	}
}

// TestSubshellHistory: each shell has a session of its own in the history and finds the cells of all.
func TestSubshellHistory(t *testing.T) {
	s := toy(t)
	sub := s.CreateSubshell()
	executed(t, s.FrontEnd, s.Post(kernel.Shell, s.On(sub, run("1 + 1"))))
	executed(t, s.FrontEnd, s.Send(kernel.Shell, run("2 + 2")))
	ask := func(m *wire.Message) (inputs []string) {
		for _, e := range kerneltest.Content[wire.HistoryReply](t, s.Answer(kernel.Shell, s.Post(kernel.Shell, m))).History {
			inputs = append(inputs, e.Input)
		}
		return inputs
	}
	if got := ask(s.On(sub, wire.HistoryRequest{Access: "range"})); !slices.Equal(got, []string{"1 + 1"}) {
		t.Errorf("the subshell's own: %q", got)
	}
	if got := ask(s.New(wire.HistoryRequest{Access: "range"}, nil)); !slices.Equal(got, []string{"2 + 2"}) {
		t.Errorf("the main shell's own: %q", got)
	}
	if got := ask(s.On(sub, wire.HistoryRequest{Access: "search", Pattern: "*"})); len(got) != 2 {
		t.Errorf("all: %q", got)
	}
}

// TestSubshellStopOnError: an error aborts what waits on the same shell, and nothing else.
func TestSubshellStopOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := toy(t)
		a, b := s.CreateSubshell(), s.CreateSubshell()
		failing := s.Post(kernel.Shell, s.On(a, run("sleep 100ms\nerror E x")))
		aborted := s.Post(kernel.Shell, s.On(a, run("1")))
		others := []*wire.Message{s.Post(kernel.Shell, s.On(b, run("sleep 200ms\n1"))), s.Send(kernel.Shell, run("sleep 200ms\n1"))}
		others = append(others, s.Post(kernel.Shell, s.On(b, run("2"))), s.Send(kernel.Shell, run("2")))
		if r := executed(t, s.FrontEnd, failing); r.Status != wire.Error {
			t.Errorf("%+v", r)
		}
		if r := executed(t, s.FrontEnd, aborted); r.Status != wire.Aborted || !strings.Contains(r.EValue, "failed") {
			t.Errorf("%+v", r)
		}
		for i, m := range others {
			if r := executed(t, s.FrontEnd, m); r.Status != wire.OK {
				t.Errorf("cell %d of other shells: %+v", i, r)
			}
		}
	})
}

// TestSubshellInput: shells ask independently: one question does not wait for another's answer, and each answer finds its
// question, by its parent, by its subshell, or by age.
func TestSubshellInput(t *testing.T) {
	s := toy(t)
	a, b := s.CreateSubshell(), s.CreateSubshell()
	ask := wire.ExecuteRequest{Code: "ask who?", AllowStdin: true, StoreHistory: true}
	cells := []*wire.Message{s.Send(kernel.Shell, ask)}
	questions := []*wire.Message{s.Answer(kernel.Stdin, cells[0])}
	for _, sub := range []string{a, b} {
		cells = append(cells, s.Post(kernel.Shell, s.On(sub, ask)))
		questions = append(questions, s.Answer(kernel.Stdin, cells[len(cells)-1]))
	}
	s.Post(kernel.Stdin, s.New(wire.InputReply{Value: "by parent"}, questions[1]))
	bySubshell := s.On(b, wire.InputReply{Value: "by subshell"})
	s.Post(kernel.Stdin, bySubshell)
	s.Post(kernel.Stdin, s.New(wire.InputReply{Value: "by age"}, nil))
	for i, want := range []string{"by age\n", "by parent\n", "by subshell\n"} {
		if got := kerneltest.Text(t, s.Published(cells[i]), "stdout"); got != want {
			t.Errorf("cell %d read %q, want %q", i, got, want)
		}
	}
}

// TestSubshellInterrupt: an interrupt is for the whole kernel (JEP 91): it ends what runs on every shell, and all go on.
func TestSubshellInterrupt(t *testing.T) {
	s := toy(t)
	sub := s.CreateSubshell()
	cells := []*wire.Message{s.Send(kernel.Shell, run("print x\nforever")), s.Post(kernel.Shell, s.On(sub, run("print x\nforever")))}
	for _, m := range cells {
		s.Printed(m)
	}
	s.Send(kernel.Control, wire.InterruptRequest{})
	for _, m := range cells {
		if r := executed(t, s.FrontEnd, m); r.EName != "Interrupted" {
			t.Errorf("%+v", r)
		}
	}
	for _, m := range []*wire.Message{s.Send(kernel.Shell, run("1")), s.Post(kernel.Shell, s.On(sub, run("1")))} {
		if r := executed(t, s.FrontEnd, m); r.Status != wire.OK {
			t.Errorf("%+v", r)
		}
	}
}

// TestSubshellDelete: deleting a subshell ends its cell and aborts those that wait there, with replies; other requests that wait
// are served; the other shells go on.
func TestSubshellDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := toy(t)
		sub := s.CreateSubshell()
		main := s.Send(kernel.Shell, run("print x\nsleep 500ms\n1"))
		running := s.Post(kernel.Shell, s.On(sub, run("print x\nforever")))
		waiting := s.Post(kernel.Shell, s.On(sub, run("1")))
		info := s.Post(kernel.Shell, s.On(sub, wire.KernelInfoRequest{}))
		s.Printed(running)
		s.Printed(main)
		s.Send(kernel.Control, wire.DeleteSubshellRequest{SubshellID: sub})
		if r := executed(t, s.FrontEnd, running); r.EName != "Interrupted" {
			t.Errorf("%+v", r)
		}
		if r := executed(t, s.FrontEnd, waiting); r.Status != wire.Aborted || !strings.Contains(r.EValue, "subshell") {
			t.Errorf("%+v", r)
		}
		if got := s.Answer(kernel.Shell, info).Header.MsgType; got != "kernel_info_reply" {
			t.Error(got)
		}
		for _, m := range []*wire.Message{running, waiting, info} {
			s.Published(m)
		}
		if r := executed(t, s.FrontEnd, main); r.Status != wire.OK {
			t.Errorf("%+v", r)
		}
	})
}

// TestSubshellShutdown: a shutdown ends the cells of all shells with replies; subshells cannot be made any more.
func TestSubshellShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := toy(t)
		sub := s.CreateSubshell()
		cells := []*wire.Message{s.Send(kernel.Shell, run("print x\nforever")), s.Post(kernel.Shell, s.On(sub, run("print x\nforever")))}
		for _, m := range cells {
			s.Printed(m)
		}
		waiting := s.Post(kernel.Shell, s.On(sub, run("1")))
		s.Send(kernel.Control, wire.ShutdownRequest{})
		for _, m := range cells {
			if r := executed(t, s.FrontEnd, m); r.EName != "Interrupted" {
				t.Errorf("%+v", r)
			}
		}
		if r := executed(t, s.FrontEnd, waiting); r.Status != wire.Aborted || !strings.Contains(r.EValue, "subshell") {
			t.Errorf("%+v", r)
		}
		s.Returned(t)
	})
}

// TestSubshellLimit: there is an end to subshells, with an error, and deleted ones make room.
func TestSubshellLimit(t *testing.T) {
	s := toy(t)
	var ids []string
	for len(ids) < 10_000 {
		m := s.Send(kernel.Control, wire.CreateSubshellRequest{})
		r := kerneltest.Content[wire.CreateSubshellReply](t, s.Answer(kernel.Control, m))
		if r.Status != wire.OK {
			break
		}
		ids = append(ids, r.SubshellID)
	}
	if len(ids) == 10_000 {
		t.Fatal("no end")
	}
	s.Send(kernel.Control, wire.DeleteSubshellRequest{SubshellID: ids[0]})
	if s.CreateSubshell() == "" {
		t.Error("there is no room for another")
	}
}

// TestSubshellFeature: kernel_info says that there are subshells, and no debugger.
func TestSubshellFeature(t *testing.T) {
	s := toy(t)
	m := s.Send(kernel.Control, wire.KernelInfoRequest{})
	r := kerneltest.Content[wire.KernelInfoReply](t, s.Answer(kernel.Control, m))
	if !slices.Equal(r.SupportedFeatures, []string{"kernel subshells"}) || r.Debugger {
		t.Errorf("%+v", r)
	}
}

// TestSubshellUnrelatedOutput: what two shells print at the same time stays whole lines under their own parents.
func TestSubshellUnrelatedOutput(t *testing.T) {
	s := toy(t)
	sub := s.CreateSubshell()
	cells := []*wire.Message{s.Send(kernel.Shell, run("alternate 2000")), s.Post(kernel.Shell, s.On(sub, run("flood 2000")))}
	for i, m := range cells {
		published := s.Published(m)
		text := kerneltest.Text(t, published, "stdout") + kerneltest.Text(t, published, "stderr")
		if n := strings.Count(text, "\n"); n != 2000 {
			t.Errorf("cell %d: %d lines", i, n)
		}
	}
}

// TestComms: a front end opens a comm, talks, lists and closes; metadata and buffers go both ways.
func TestComms(t *testing.T) {
	s := toy(t)
	open := s.New(wire.CommOpen{CommID: "c", TargetName: "echo", Data: []byte(`{"x":1}`)}, nil)
	open.Metadata, open.Buffers = []byte(`{"version":"2.1.0"}`), [][]byte{{0, 1, 255}, {}}
	published := s.UntilIdle(s.Post(kernel.Shell, open))
	if len(published) != 1 {
		t.Fatalf("%q", kerneltest.Kinds(published))
	}
	m := published[0]
	if c := kerneltest.Content[wire.CommMsg](t, m); c.CommID != "c" || string(c.Data) != `{"x":1}` {
		t.Errorf("%+v", c)
	}
	if string(m.Metadata) != `{"version":"2.1.0"}` || len(m.Buffers) != 2 || string(m.Buffers[0]) != "\x00\x01\xff" {
		t.Errorf("metadata %s, buffers %q", m.Metadata, m.Buffers)
	}
	info := func(target string) int {
		s.UntilIdle(s.Send(kernel.Control, wire.CommInfoRequest{TargetName: target}))
		return len(kerneltest.Content[wire.CommInfoReply](t, s.Expect(kernel.Control, "comm_info_reply")).Comms)
	}
	if info("") != 1 || info("echo") != 1 || info("other") != 0 {
		t.Error("comm_info does not list the comm by its target")
	}
	if got := kerneltest.Kinds(s.UntilIdle(s.Send(kernel.Shell, wire.CommOpen{CommID: "c", TargetName: "echo"}))); len(got) != 0 {
		t.Errorf("opening it again published %q", got)
	}
	published = s.UntilIdle(s.Send(kernel.Shell, wire.CommMsg{CommID: "c", Data: []byte(`{"run":"print hello"}`)}))
	if got := kerneltest.Text(t, published, "stdout"); got != "hello\n" {
		t.Errorf("a handler printed %q", got)
	}
	for _, code := range []string{"error E x", "panic x"} {
		published = s.UntilIdle(s.Send(kernel.Shell, wire.CommMsg{CommID: "c", Data: []byte(`{"run":"` + code + `"}`)}))
		if got := kerneltest.Kinds(published); !slices.Equal(got, []string{"error"}) {
			t.Errorf("%s published %q", code, got)
		}
	}
	published = s.UntilIdle(s.Send(kernel.Shell, wire.CommClose{CommID: "c"}))
	if got := kerneltest.Text(t, published, "stdout"); got != "closed c\n" || info("") != 0 {
		t.Errorf("closing printed %q", got)
	}
	if got := s.UntilIdle(s.Send(kernel.Shell, wire.CommMsg{CommID: "c"})); len(got) != 0 {
		t.Errorf("after its end: %q", kerneltest.Kinds(got))
	}
}

// TestCommsOfCells: a cell opens a comm, sends over it, in order with its output, and closes it; to one that is not open nothing
// is sent.
func TestCommsOfCells(t *testing.T) {
	s := toy(t)
	_, published := s.Run("tell w early\ncomm w hello\nprint between\ntell w again\ncomm w twice\ndrop w bye\ndrop w bye\ntell w late")
	want := []string{"execute_input", "comm_open", "stream", "comm_msg", "comm_close"}
	if got := kerneltest.Kinds(published); !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	if c := kerneltest.Content[wire.CommOpen](t, published[1]); c.TargetName != "toy" || string(published[1].Metadata) != `{"version":"1"}` {
		t.Errorf("%+v with metadata %s", c, published[1].Metadata)
	}
	if got := string(published[3].Buffers[0]); got != "again" {
		t.Errorf("buffer %q", got)
	}
}

// TestUsage: usage_request is answered on control, also while a cell runs, under ipykernel's names and without a status.
func TestUsage(t *testing.T) {
	s := toy(t)
	s.Printed(s.Send(kernel.Shell, run("print busy\nforever")))
	var r wire.UsageReply
	for range 2 {
		m := s.Send(kernel.Control, wire.UsageRequest{})
		answer := s.Answer(kernel.Control, m)
		if strings.Contains(string(answer.Content), `"status"`) {
			t.Errorf("%s", answer.Content)
		}
		r = kerneltest.Content[wire.UsageReply](t, answer)
		time.Sleep(10 * time.Millisecond)
	}
	if r.Hostname == "" || r.PID == 0 || r.CPUCount == 0 {
		t.Errorf("%+v", r)
	}
}

// TestDebugIsRefused: a request of the debugger is answered by a failed response of its own protocol.
func TestDebugIsRefused(t *testing.T) {
	s := toy(t)
	m := s.Send(kernel.Control, wire.DebugRequest{Raw: []byte(`{"type":"request","seq":7,"command":"debugInfo"}`)})
	got := string(kerneltest.Content[wire.DebugReply](t, s.Answer(kernel.Control, m)).Raw)
	for _, want := range []string{`"request_seq":7`, `"success":false`, `"command":"debugInfo"`, `"message":"this kernel has no debugger"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}
