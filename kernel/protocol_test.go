package kernel_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"joule/kernel"
	"joule/kernel/kerneltest"
	"joule/kernel/wire"
)

// The tests in this file are requirements of the protocol that kernels commonly get wrong, one each, numbered as in
// kerneltest.Requirements, which also names those that other packages test. Where it matters when something happens, the test runs
// in a bubble of package synctest: time passes there only while everybody waits, so that a slow computer changes nothing.

func toy(t *testing.T) *kerneltest.Session {
	return kerneltest.Start(t, new(kerneltest.Toy), kernel.Options{})
}

func run(code string) wire.ExecuteRequest {
	return wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true}
}

// requests are one of each kind, valid.
func requests() []wire.Content {
	n := 1
	return []wire.Content{
		wire.KernelInfoRequest{}, run("print x\n1"), run("error E x"), wire.InspectRequest{Code: "x"}, wire.CompleteRequest{Code: "x"},
		wire.HistoryRequest{Access: "tail", N: &n}, wire.IsCompleteRequest{Code: "x"}, wire.ConnectRequest{}, wire.CommInfoRequest{},
		wire.InterruptRequest{}, wire.CommOpen{CommID: "c", TargetName: "t"}, wire.CommMsg{CommID: "c"}, wire.CommClose{CommID: "c"},
		wire.DebugRequest{}, wire.UsageRequest{}, wire.CreateSubshellRequest{},
	}
}

// 1: busy comes first, then all output, then idle, for every request, comm messages included.
func TestProtocol01BusyAndIdle(t *testing.T) {
	s := toy(t)
	for _, r := range requests() {
		s.UntilIdle(s.Send(kernel.Shell, r))
	}
	for _, r := range []wire.Content{wire.KernelInfoRequest{}, wire.InterruptRequest{}, wire.UsageRequest{}} {
		s.UntilIdle(s.Send(kernel.Control, r))
	}
}

// 2: starting is published once, after the first welcome.
func TestProtocol02Starting(t *testing.T) {
	s := toy(t) // Start reads the welcome and starting
	other := s.Connect(t, "another")
	other.Subscribe("")
	other.Expect(kernel.IOPub, "iopub_welcome")
	m := s.Send(kernel.Shell, wire.KernelInfoRequest{})
	s.ExpectStatus(wire.Busy, m)
	other.ExpectStatus(wire.Busy, m) // no second starting in between
}

// 3: the parent header is a faithful copy, unknown keys and number formats included, {} if there is none.
func TestProtocol03ParentHeader(t *testing.T) {
	s := toy(t)
	m := s.New(run("print x\n1"), nil)
	m.RawHeader = []byte(`{ "msg_id": "7", "session":"s", "username":"ü","date":"2026-01-01T00:00:00Z", "msg_type":"execute_request",` +
		`"version":"5.9", "new": {"b": 1.50, "a": 1e3}, "big": 123456789012345678901234567890}`)
	m.Header.MsgID = "7"
	s.Post(kernel.Shell, m)
	for _, got := range append(s.UntilIdle(m), s.Expect(kernel.Shell, "execute_reply")) {
		if !bytes.Equal(got.Parent, m.RawHeader) {
			t.Errorf("%s: parent %s", got.Header.MsgType, got.Parent)
		}
	}
	late := s.Connect(t, "late")
	late.Subscribe("")
	if w := late.Expect(kernel.IOPub, "iopub_welcome"); string(w.Parent) != "{}" {
		t.Errorf("the welcome has parent %s", w.Parent)
	}
}

// 4: the session is the kernel's own, new for every kernel; message ids are unique; the date has a zone.
func TestProtocol04Header(t *testing.T) {
	s, other := toy(t), toy(t)
	ids := make(map[string]bool)
	var session string
	for i := range 20 {
		m := s.Send(kernel.Shell, run("print x\n1"))
		for _, got := range append(s.UntilIdle(m), s.Expect(kernel.Shell, "execute_reply")) {
			h := got.Header
			if ids[h.MsgID] {
				t.Fatalf("id %q twice", h.MsgID)
			}
			ids[h.MsgID] = true
			if i > 0 && h.Session != session || h.Session == m.Header.Session || h.Session == "" {
				t.Fatalf("session %q", h.Session)
			}
			session = h.Session
			if _, err := time.Parse(time.RFC3339Nano, h.Date); err != nil {
				t.Fatal(err)
			}
			if h.Version != "5.5" {
				t.Fatalf("version %q", h.Version)
			}
		}
	}
	other.Send(kernel.Shell, wire.KernelInfoRequest{})
	if h := other.Expect(kernel.Shell, "kernel_info_reply").Header; h.Session == session {
		t.Error("two kernels have one session")
	}
}

// 6: replies carry the identities of the request, IOPub one topic frame and no identity.
func TestProtocol06Identities(t *testing.T) {
	s := toy(t)
	other := s.Connect(t, "other")
	m := other.Send(kernel.Shell, run("print x\n1"))
	for _, got := range s.UntilIdle(m) {
		if len(got.Identities) != 1 || strings.Contains(string(got.Identities[0]), "other") {
			t.Errorf("%s has identities %q", got.Header.MsgType, got.Identities)
		}
	}
	other.Expect(kernel.Shell, "execute_reply")
	if n := s.Waiting(kernel.Shell); n > 0 {
		t.Errorf("%d replies went to the wrong front end", n)
	}
}

// 7: every request is answered on the channel that it came on.
func TestProtocol07SameChannel(t *testing.T) {
	s := toy(t)
	for _, c := range []kernel.Channel{kernel.Shell, kernel.Control} {
		for _, r := range []wire.Content{wire.KernelInfoRequest{}, wire.InterruptRequest{}, wire.CommInfoRequest{},
			wire.ConnectRequest{}, wire.HistoryRequest{Access: "tail"}} { // the last is refused on control
			s.Send(c, r)
			s.Expect(c, wire.Reply(r.MsgType()))
		}
	}
}

// 8: control never waits for shell, serves in order within itself, and knows kernel_info.
func TestProtocol08Control(t *testing.T) {
	s := toy(t)
	cell := s.Send(kernel.Shell, run("forever"))
	s.ExpectStatus(wire.Busy, cell)
	s.Expect(kernel.IOPub, "execute_input")
	var sent []string
	for range 50 {
		sent = append(sent, s.Send(kernel.Control, wire.KernelInfoRequest{}).Header.MsgID)
	}
	for i, id := range sent {
		if got := s.Expect(kernel.Control, "kernel_info_reply").ParentHeader().MsgID; got != id {
			t.Fatalf("reply %d is to %q, want %q", i, got, id)
		}
	}
	s.Send(kernel.Control, wire.InterruptRequest{})
	s.Expect(kernel.Control, "interrupt_reply")
	s.Expect(kernel.Shell, "execute_reply")
}

// 9: an error aborts the execute requests that are queued, each with busy, idle and a reply, and nothing else; those that
// come later run. An aborted cell has no number: JupyterLab would write it beside the cell. Without stop_on_error nothing is aborted.
func TestProtocol09StopOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := toy(t)
		first := s.Send(kernel.Shell, run("sleep 50ms\nerror E x"))
		queued := []*wire.Message{
			s.Send(kernel.Shell, run("1")), s.Send(kernel.Shell, wire.KernelInfoRequest{}), s.Send(kernel.Shell, run("print y")),
			s.Send(kernel.Shell, wire.CommInfoRequest{}), s.Send(kernel.Shell, wire.ExecuteRequest{Code: "2", Silent: true}),
		}
		if got := kerneltest.Kinds(s.UntilIdle(first)); !slices.Equal(got, []string{"execute_input", "error"}) {
			t.Errorf("the failed cell published %q", got)
		}
		s.Expect(kernel.Shell, "execute_reply")
		for i, m := range queued {
			if got := s.UntilIdle(m); len(got) > 0 {
				t.Errorf("request %d published %q", i, kerneltest.Kinds(got))
			}
			reply := s.Expect(kernel.Shell, wire.Reply(m.Header.MsgType))
			if m.Header.MsgType == "execute_request" {
				if r := kerneltest.Content[wire.ExecuteReply](t, reply); r.Status != wire.Aborted || r.EName == "" || strings.Contains(string(reply.Content), "execution_count") {
					t.Errorf("request %d: %s", i, reply.Content)
				}
			}
		}
		if r, _ := s.Run("1"); r.Status != wire.OK || r.ExecutionCount != 2 {
			t.Errorf("a later cell: %+v", r)
		}
		s.Send(kernel.Shell, wire.ExecuteRequest{Code: "sleep 50ms\nerror E x", StoreHistory: true})
		s.Send(kernel.Shell, run("1"))
		s.Expect(kernel.Shell, "execute_reply")
		if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.Status != wire.OK {
			t.Errorf("after an error without stop_on_error: %+v", r)
		}
	})
}

// 9: cells that were sent in one go are aborted also when the first fails before the others have arrived.
func TestProtocol09StopOnErrorInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kerneltest.Start(t, new(kerneltest.Toy), kernel.Options{AbortWindow: 200 * time.Millisecond})
		s.Send(kernel.Shell, run("error E x"))
		time.Sleep(5 * time.Millisecond) // it has failed, and its reply is held back
		s.Send(kernel.Shell, run("1"))
		s.Expect(kernel.Shell, "execute_reply")
		if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.Status != wire.Aborted {
			t.Errorf("%+v", r)
		}
		s.Send(kernel.Shell, run("1"))
		if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.Status != wire.OK {
			t.Errorf("a later cell: %+v", r)
		}
	})
}

// 10: the count rises only when history is stored and is in the reply of every status; a silent cell publishes nothing but
// statuses. The dialogue "counter" has the whole messages.
func TestProtocol10Counter(t *testing.T) {
	s := toy(t)
	for _, c := range []struct {
		request wire.ExecuteRequest
		count   int
		status  string
		silent  bool
	}{
		{wire.ExecuteRequest{Code: "1", StoreHistory: true}, 1, wire.OK, false},
		{wire.ExecuteRequest{Code: "error E x", StoreHistory: true}, 2, wire.Error, false},
		{wire.ExecuteRequest{Code: "1"}, 2, wire.OK, false},
		{wire.ExecuteRequest{Code: "error E x"}, 2, wire.Error, false},
		{wire.ExecuteRequest{Code: "print x\nshow text/plain y\nclear\n1", Silent: true, StoreHistory: true}, 2, wire.OK, true},
		{wire.ExecuteRequest{Code: "eprint x\nerror E x", Silent: true}, 2, wire.Error, true},
		{wire.ExecuteRequest{Code: "1", StoreHistory: true}, 3, wire.OK, false},
	} {
		reply, published := s.Execute(c.request)
		if reply.ExecutionCount != c.count || reply.Status != c.status || (len(published) == 0) != c.silent {
			t.Errorf("%+v: %+v, published %q", c.request, reply, kerneltest.Kinds(published))
		}
	}
}

// 10: the defaults are the protocol's: an empty request stores history, allows input and stops on errors.
func TestProtocol10Defaults(t *testing.T) {
	for _, c := range []struct {
		json string
		want wire.ExecuteRequest
	}{
		{`{}`, wire.ExecuteRequest{StoreHistory: true, AllowStdin: true, StopOnError: true}},
		{`{"silent": true}`, wire.ExecuteRequest{Silent: true, AllowStdin: true, StopOnError: true}},
		{`{"silent": true, "store_history": true}`, wire.ExecuteRequest{Silent: true, AllowStdin: true, StopOnError: true}},
		{`{"store_history": false, "allow_stdin": false, "stop_on_error": false}`, wire.ExecuteRequest{}},
	} {
		var got wire.ExecuteRequest
		if err := json.Unmarshal([]byte(c.json), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, %v", c.json, got, err)
		}
	}
}

// 11: a question goes to the front end that asked for the cell and to no other; answers of others, answers to other
// questions and answers that nobody waits for are not taken; an interrupt ends the wait.
func TestProtocol11Input(t *testing.T) {
	s := toy(t)
	other := s.Connect(t, "other")
	s.Post(kernel.Stdin, s.New(wire.InputReply{Value: "stale"}, nil)) // nobody has asked
	cell := s.Send(kernel.Shell, wire.ExecuteRequest{Code: "ask one?\nask two?", AllowStdin: true})
	ask := s.Expect(kernel.Stdin, "input_request")
	if ask.ParentHeader().MsgID != cell.Header.MsgID {
		t.Errorf("the question has parent %s", ask.Parent)
	}
	other.Post(kernel.Stdin, other.New(wire.InputReply{Value: "of another"}, ask))
	s.Post(kernel.Stdin, s.New(wire.InputReply{Value: "to another question"}, cell))
	s.Post(kernel.Stdin, s.New(wire.InputReply{Value: "right"}, ask))
	s.Expect(kernel.Stdin, "input_request")
	s.Post(kernel.Stdin, s.New(wire.InputReply{Value: "without parent"}, nil))
	if got := kerneltest.Text(t, s.UntilIdle(cell), "stdout"); got != "right\nwithout parent\n" {
		t.Errorf("the cell read %q", got)
	}
	s.Expect(kernel.Shell, "execute_reply")
	if n := other.Waiting(kernel.Stdin); n > 0 {
		t.Error("another front end was asked")
	}
	s.Send(kernel.Shell, wire.ExecuteRequest{Code: "ask three?", AllowStdin: true})
	s.Expect(kernel.Stdin, "input_request")
	s.Send(kernel.Control, wire.InterruptRequest{})
	if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.EName != "Interrupted" {
		t.Errorf("an interrupted question: %+v", r)
	}
}

// 12: an interrupt while nothing runs is harmless, also ten of them; with cells queued it ends the one that runs, and
// stop_on_error the others.
func TestProtocol12Interrupt(t *testing.T) {
	s := toy(t)
	for range 10 {
		s.UntilIdle(s.Send(kernel.Control, wire.InterruptRequest{}))
		s.Expect(kernel.Control, "interrupt_reply")
	}
	if r, _ := s.Run("a = 1"); r.Status != wire.OK {
		t.Fatalf("%+v", r)
	}
	s.Send(kernel.Shell, run("print x\nforever"))
	for range 20 {
		s.Send(kernel.Shell, run("1"))
	}
	for m := s.Next(kernel.IOPub); m.Header.MsgType != "stream"; m = s.Next(kernel.IOPub) {
	}
	s.Send(kernel.Control, wire.InterruptRequest{})
	for i := range 21 {
		r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply"))
		if i == 0 && r.EName != "Interrupted" || i > 0 && r.Status != wire.Aborted {
			t.Errorf("cell %d: %+v", i, r)
		}
	}
	s.Send(kernel.Shell, run("a"))
	if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.Status != wire.OK {
		t.Errorf("the state is lost: %+v", r)
	}
}

// 13: shutdown ends the cell that runs, aborts those that wait, closes the engine, replies on control, tells everybody on
// IOPub, and Serve returns.
func TestProtocol13Shutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := new(kerneltest.Toy)
		s := kerneltest.Start(t, engine, kernel.Options{})
		other := s.Connect(t, "other")
		other.Subscribe("kernel")
		cell := s.Send(kernel.Shell, run("print x\nforever"))
		s.Send(kernel.Shell, run("1"))
		for m := s.Next(kernel.IOPub); m.Header.MsgType != "stream"; m = s.Next(kernel.IOPub) {
		}
		ask := s.Send(kernel.Control, wire.ShutdownRequest{Restart: true})
		if r := kerneltest.Content[wire.ShutdownReply](t, s.Expect(kernel.Control, "shutdown_reply")); !r.Restart || r.Status != wire.OK {
			t.Errorf("%+v", r)
		}
		if err := s.Returned(t); err != nil {
			t.Error(err)
		}
		if closed, restart := engine.Closed(); !closed || !restart {
			t.Errorf("the engine was closed: %v, for a restart: %v", closed, restart)
		}
		for _, want := range []string{wire.Error, wire.Aborted} {
			m := s.Expect(kernel.Shell, "execute_reply")
			if r := kerneltest.Content[wire.ExecuteReply](t, m); r.Status != want {
				t.Errorf("reply to %q: %+v, want %s", cell.Header.MsgID, r, want)
			}
		}
		for m := other.Next(kernel.IOPub); m.Header.MsgType != "shutdown_reply"; m = other.Next(kernel.IOPub) {
		}
		other.ExpectStatus(wire.Idle, ask)
	})
}

// 14: each subscription is welcomed, under its topic, without a parent, before anything else.
func TestProtocol14Welcome(t *testing.T) {
	s := toy(t)
	f := s.Connect(t, "another")
	for _, topic := range []string{"", "stream", "kernel.", "stream"} {
		f.Subscribe(topic)
		m := f.Expect(kernel.IOPub, "iopub_welcome")
		if w := kerneltest.Content[wire.Welcome](t, m); w.Subscription != topic || string(m.Identities[0]) != topic || string(m.Parent) != "{}" {
			t.Errorf("%q: %+v with parent %s", topic, w, m.Parent)
		}
	}
}

// 16: cursors count code points, in and out: not bytes, not UTF-16, not what looks like one character.
func TestProtocol16CodePoints(t *testing.T) {
	s := toy(t)
	s.Run("alpha = 1")
	for prefix, points := range map[string]int{"": 0, "1 + ": 4, "é + ": 4, "世 + ": 4, "😀 + ": 4, "e\u0301 + ": 5, "👩‍🚀 + ": 6} {
		s.Send(kernel.Shell, wire.CompleteRequest{Code: prefix + "alp + 😀", CursorPos: points + 3})
		r := kerneltest.Content[wire.CompleteReply](t, s.Expect(kernel.Shell, "complete_reply"))
		if r.CursorStart != points || r.CursorEnd != points+3 || len(r.Matches) != 1 {
			t.Errorf("after %q: %+v, want %d to %d", prefix, r, points, points+3)
		}
		s.Send(kernel.Shell, wire.InspectRequest{Code: prefix + "alpha + 😀", CursorPos: points + 5})
		if r := kerneltest.Content[wire.InspectReply](t, s.Expect(kernel.Shell, "inspect_reply")); !r.Found {
			t.Errorf("after %q nothing was found", prefix)
		}
	}
}

// 17: a comm whose target nobody knows is closed, with the comm_open as parent and busy and idle round it.
func TestProtocol17UnknownComm(t *testing.T) {
	s := toy(t)
	published := s.UntilIdle(s.Send(kernel.Shell, wire.CommOpen{CommID: "c", TargetName: "nobody"}))
	if len(published) != 1 || kerneltest.Content[wire.CommClose](t, published[0]).CommID != "c" {
		t.Errorf("published %q", kerneltest.Kinds(published))
	}
	if n := s.Waiting(kernel.Shell); n > 0 {
		t.Error("a comm message got a reply")
	}
}

// 18: JSON is sent as JSON, pictures in base64: see the dialogue "displays"; an update without an id is no update.
func TestProtocol18UpdateNeedsID(t *testing.T) {
	s := toy(t)
	_, published := s.Run("put a 1\nset a 2\nset  3")
	if got := kerneltest.Kinds(published); !slices.Equal(got, []string{"execute_input", "display_data", "update_display_data", "display_data"}) {
		t.Errorf("%q", got)
	}
}

// 19: indent only when incomplete (see the dialogue "is_complete"); a traceback is a list, never null, in every place.
func TestProtocol19Traceback(t *testing.T) {
	s := toy(t)
	cell := s.Send(kernel.Shell, run("panic x")) // an error without a traceback
	published := s.UntilIdle(cell)
	for _, m := range []*wire.Message{published[len(published)-1], s.Expect(kernel.Shell, "execute_reply")} {
		var c map[string]any
		if err := json.Unmarshal(m.Content, &c); err != nil {
			t.Fatal(err)
		}
		if _, ok := c["traceback"].([]any); !ok || c["ename"] == nil || c["evalue"] == nil {
			t.Errorf("%s: %s", m.Header.MsgType, m.Content)
		}
	}
}

// 20: an unknown type gets busy and idle and no reply; unknown fields are accepted. The dialogue "unknown" has more.
func TestProtocol20Unknown(t *testing.T) {
	s := toy(t)
	for _, c := range []kernel.Channel{kernel.Shell, kernel.Control} {
		m := s.New(wire.KernelInfoRequest{}, nil)
		m.Header.MsgType = "future_request"
		m.RawHeader, _ = json.Marshal(m.Header)
		if got := s.UntilIdle(s.Post(c, m)); len(got) > 0 {
			t.Errorf("published %q", kerneltest.Kinds(got))
		}
		m = s.New(wire.KernelInfoRequest{}, nil)
		m.Content = []byte(`{"future": {"field": [1]}}`)
		s.UntilIdle(s.Post(c, m))
		s.Expect(c, "kernel_info_reply") // and nothing before it
	}
}

// 21: an unknown subshell is an error, with busy and idle.
func TestProtocol21UnknownSubshell(t *testing.T) {
	s := toy(t)
	m := s.New(run("1"), nil)
	id := "nobody"
	m.Header.SubshellID = &id
	m.RawHeader, _ = json.Marshal(m.Header)
	s.Post(kernel.Shell, m)
	if got := s.UntilIdle(m); len(got) > 0 {
		t.Errorf("published %q", kerneltest.Kinds(got))
	}
	if r := kerneltest.Content[wire.ExecuteReply](t, s.Expect(kernel.Shell, "execute_reply")); r.Status != wire.Error {
		t.Errorf("%+v", r)
	}
}

// 24: what a goroutine prints that outlives its cell belongs to the cell that started it.
func TestProtocol24LateOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := toy(t)
		first := s.Send(kernel.Shell, run("late 50ms afterthought"))
		s.UntilIdle(first)
		second := s.Send(kernel.Shell, run("print before\nsleep 300ms\nprint after"))
		for late := false; ; {
			m := s.Next(kernel.IOPub)
			if m.Header.MsgType != "stream" {
				continue
			}
			text, parent := kerneltest.Content[wire.Stream](t, m).Text, m.ParentHeader().MsgID
			want := second.Header.MsgID
			if text == "afterthought\n" {
				late, want = true, first.Header.MsgID
			}
			if parent != want {
				t.Errorf("%q has parent %q, want %q", text, parent, want)
			}
			if strings.Contains(text, "after\n") {
				if !late {
					t.Error("the afterthought was not published")
				}
				return
			}
		}
	})
}
