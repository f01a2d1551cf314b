package kerneltest

import (
	"joule/kernel"
	"joule/kernel/wire"
)

// On returns a message for a subshell, to be given to Post.
func (f *FrontEnd) On(subshell string, content wire.Content) *wire.Message {
	f.t.Helper()
	m := f.New(content, nil)
	if err := m.SetSubshell(subshell); err != nil {
		f.t.Fatal(err)
	}
	return m
}

// CreateSubshell creates a subshell and returns its id.
func (f *FrontEnd) CreateSubshell() string {
	f.t.Helper()
	m := f.Send(kernel.Control, wire.CreateSubshellRequest{})
	return Content[wire.CreateSubshellReply](f.t, f.Answer(kernel.Control, m)).SubshellID
}

// Answer waits for the answer to request on a channel and returns it, the first if there are more. Unlike Expect it does not
// mind the order in which requests are answered; it reads what Next reads too, and takes nothing away.
func (f *FrontEnd) Answer(c kernel.Channel, request *wire.Message) *wire.Message {
	f.t.Helper()
	return f.until(func(e entry) bool { return e.channel == c && answers(e.message, request) })
}

// Published waits for the status idle of request and returns what was published for it between the statuses, whatever else was
// published meanwhile.
func (f *FrontEnd) Published(request *wire.Message) []*wire.Message {
	f.t.Helper()
	var list []*wire.Message
	f.until(func(e entry) bool {
		if e.channel != kernel.IOPub || !answers(e.message, request) {
			return false
		}
		if e.message.Header.MsgType != "status" {
			list = append(list, e.message)
			return false
		}
		return Content[wire.Status](f.t, e.message).State == wire.Idle
	})
	return list
}

// Printed waits until a request has printed something.
func (f *FrontEnd) Printed(request *wire.Message) {
	f.t.Helper()
	f.until(func(e entry) bool { return e.message.Header.MsgType == "stream" && answers(e.message, request) })
}

// until shows everything that has come or will come to like, in order, until like says true.
func (f *FrontEnd) until(like func(entry) bool) *wire.Message {
	f.t.Helper()
	for read := 0; ; {
		f.mu.Lock()
		log := f.log
		f.mu.Unlock()
		for ; read < len(log); read++ {
			if like(log[read]) {
				return log[read].message
			}
		}
		f.waitMore(read)
	}
}
