package kerneltest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"joule/kernel"
	"joule/kernel/wire"
)

// RunDialogue plays a script and returns its transcript. Each line of the script is
//
//	CHANNEL MSG_TYPE JSON     sends a request and waits for its status idle and, if there is one, its reply
//	& CHANNEL MSG_TYPE JSON   sends a request and goes on
//	await CHANNEL MSG_TYPE    waits for a message to come that nobody has awaited yet
//	answer JSON               answers the last input_request
//	# …                       is a comment, as is an empty line
//
// The transcript has a paragraph for each request: the request, what was published for it, and the replies. What has no
// parent comes first. Session ids and message ids are not in it.
func (s *Session) RunDialogue(script string) string {
	s.t.Helper()
	d := dialogue{s: s, awaited: make(map[*wire.Message]bool)}
	for line := range strings.SplitSeq(script, "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			d.play(line)
		}
	}
	for _, sent := range d.sent {
		d.finish(sent)
	}
	return d.transcript()
}

// A dialogue is a script under way.
type dialogue struct {
	s       *Session
	sent    []sent
	awaited map[*wire.Message]bool
}

type sent struct {
	line    string
	message *wire.Message
	channel kernel.Channel
}

// rawContent sends any JSON as any type.
type rawContent struct {
	typ string
	raw json.RawMessage
}

func (c rawContent) MsgType() string              { return c.typ }
func (c rawContent) MarshalJSON() ([]byte, error) { return c.raw, nil }

func (d *dialogue) play(line string) {
	t := d.s.t
	t.Helper()
	if raw, ok := strings.CutPrefix(line, "answer "); ok {
		ask := d.await(kernel.Stdin, func(m *wire.Message) bool { return m.Header.MsgType == "input_request" })
		d.s.Post(kernel.Stdin, d.s.New(rawContent{"input_reply", json.RawMessage(raw)}, ask))
		return
	}
	if rest, ok := strings.CutPrefix(line, "await "); ok {
		channel, typ, _ := strings.Cut(rest, " ")
		d.await(channelOf(t, channel), func(m *wire.Message) bool { return m.Header.MsgType == typ })
		return
	}
	request, goOn := strings.CutPrefix(line, "& ")
	parts := strings.SplitN(request, " ", 3)
	if len(parts) != 3 || !json.Valid([]byte(parts[2])) {
		t.Fatalf("kerneltest: bad line in a script: %s", line)
	}
	c := channelOf(t, parts[0])
	m := d.s.Send(c, rawContent{parts[1], json.RawMessage(parts[2])})
	if c == kernel.Stdin {
		return // an answer that nobody asked for; nothing comes back
	}
	d.sent = append(d.sent, sent{request, m, c})
	if !goOn {
		d.finish(d.sent[len(d.sent)-1])
	}
}

func channelOf(t testing.TB, name string) kernel.Channel {
	t.Helper()
	for _, c := range []kernel.Channel{kernel.Shell, kernel.Control, kernel.Stdin, kernel.IOPub} {
		if c.String() == name {
			return c
		}
	}
	t.Fatalf("kerneltest: no channel %q", name)
	return 0
}

// finish waits for idle and for the reply that a known request has.
func (d *dialogue) finish(q sent) {
	d.s.t.Helper()
	d.find(func(e entry) bool {
		return e.channel == kernel.IOPub && answers(e.message, q.message) && strings.Contains(string(e.message.Content), `"idle"`)
	})
	known := false
	for _, typ := range wire.Types() {
		known = known || typ == wire.Reply(q.message.Header.MsgType)
	}
	if known {
		d.find(func(e entry) bool { return e.channel == q.channel && answers(e.message, q.message) })
	}
}

func answers(m, request *wire.Message) bool { return m.ParentHeader().MsgID == request.Header.MsgID }

// await waits for a message that nobody has awaited yet.
func (d *dialogue) await(c kernel.Channel, is func(*wire.Message) bool) *wire.Message {
	d.s.t.Helper()
	m := d.find(func(e entry) bool { return e.channel == c && is(e.message) && !d.awaited[e.message] })
	d.awaited[m] = true
	return m
}

// find waits until the log of the front end has an entry like that.
func (d *dialogue) find(like func(entry) bool) *wire.Message {
	d.s.t.Helper()
	return d.s.until(like)
}

func (d *dialogue) transcript() string {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	var b strings.Builder
	write := func(mark string, request *wire.Message) {
		fmt.Fprintln(&b, mark)
		for _, c := range []kernel.Channel{kernel.IOPub, kernel.Stdin, kernel.Shell, kernel.Control} {
			for _, e := range d.s.log {
				if e.channel == c && (request == nil && e.message.ParentHeader().MsgID == "" || request != nil && answers(e.message, request)) {
					fmt.Fprintf(&b, "  %s %s %s\n", c, e.message.Header.MsgType, e.message.Content)
				}
			}
		}
	}
	write("(no parent)", nil)
	for _, q := range d.sent {
		write("> "+q.line, q.message)
	}
	return b.String()
}
