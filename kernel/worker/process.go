package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"joule/kernel"
	"joule/kernel/display"
	"joule/kernel/worker/pipe"
)

// A child is one life of the worker process.
type child struct {
	cmd  *exec.Cmd
	conn *pipe.Conn
	in   io.Closer // the requests' end: the child ends when it closes
	tail tail
	raw  [2]*os.File   // the reading ends of its descriptors 1 and 2, which are read when it is dead
	gone chan struct{} // closed when the process has ended and everything it said was read
	err  error         // how it ended; valid once gone is closed

	crashed bool   // the runtime, or we, said why; valid likewise
	begun   string // of its last words, which it has sent as text; only listen touches it

	inGoroutine func(*pipe.Fault, func(text string)) // see Engine

	plugins  map[string]string // of the person: name → hash of what is loaded
	reported atomic.Bool       // a person knows that it has ended

	mu   sync.Mutex
	seq  int
	runs map[int]*run
}

// A run is a cell in the child. It stays known after its end, for the output of goroutines that it left behind.
type run struct {
	out      kernel.Output
	answered chan struct{}       // closed when the first of its replies was read
	replies  chan pipe.Reply     // Defined, Refused, Failed, Pause, Done, Told
	notes    func(kernel.Output) // what is said once the cell is defined, before its output
	fault    *pipe.Fault         // what the watchdog said
	ended    bool                // Done was read
	telling  sync.WaitGroup      // panics of its goroutines that are being told
}

// keepRuns is how many runs stay known.
const keepRuns = 10000

// start starts a child.
func start(o Options) (*child, error) {
	var theirs, ours []*os.File
	pipes := func(n int) error {
		for range n {
			r, w, err := os.Pipe()
			if err != nil {
				return fmt.Errorf("worker: %w", err)
			}
			theirs, ours = append(theirs, w), append(ours, r)
		}
		return nil
	}
	fail := func(err error) (*child, error) {
		for _, f := range append(theirs, ours...) {
			f.Close()
		}
		return nil, err
	}
	if err := pipes(4); err != nil { // standard output, standard error, replies, crash
		return fail(err)
	}
	requests, in, err := os.Pipe()
	if err != nil {
		return fail(fmt.Errorf("worker: %w", err))
	}
	stdout, stderr, replies, crash := ours[0], ours[1], ours[2], ours[3]
	c := &child{inGoroutine: o.inGoroutine, cmd: exec.Command(o.Worker), in: in, gone: make(chan struct{}), runs: map[int]*run{}, plugins: map[string]string{},
		raw: [2]*os.File{stdout, stderr}}
	c.cmd.Dir = o.Dir
	c.cmd.Env = o.env
	c.cmd.Stdout, c.cmd.Stderr = theirs[0], theirs[1]
	c.cmd.ExtraFiles = []*os.File{requests, theirs[2], theirs[3], stdout, stderr}
	ownGroup(c.cmd)
	err = c.cmd.Start()
	requests.Close()
	if err != nil {
		in.Close()
		return fail(fmt.Errorf("worker: %w", err))
	}
	for _, f := range theirs {
		f.Close()
	}
	c.conn = pipe.New(replies, in)
	go c.listen(replies, crash)
	go c.starve()
	return c, nil
}

// dying is how long a child may take to say why it dies.
const dying = 3 * time.Second

// listen hands the child's replies to their runs until it ends.
func (c *child) listen(r io.Closer, crash io.ReadCloser) {
	said := make(chan struct{})
	go func() {
		defer close(said)
		var first [1]byte
		if n, _ := crash.Read(first[:]); n > 0 {
			// It dies. It may wait for ever while it writes the same where it alone could read it.
			defer time.AfterFunc(dying, func() { kill(c.cmd) }).Stop()
			c.crashed = true
			c.tail.Write(first[:])
			io.Copy(&c.tail, crash)
		}
	}()
	for {
		var reply pipe.Reply
		if err := c.conn.Receive(&reply); err != nil {
			break
		}
		c.deliver(reply)
	}
	r.Close()
	// A child that closed its pipe but lives on is of no use.
	timer := time.AfterFunc(5*time.Second, func() { kill(c.cmd) })
	c.err = c.cmd.Wait()
	timer.Stop()
	kill(c.cmd)                                                   // what it started goes with it
	timer = time.AfterFunc(time.Second, func() { crash.Close() }) // what it forked may hold the descriptor open
	<-said
	timer.Stop()
	crash.Close()
	c.last()
	close(c.gone)
}

// last puts what the child wrote itself and did not send before what the runtime said of its death, which stands in both.
func (c *child) last() {
	crash := c.tail.String()
	c.tail.buf.Reset()
	if crash != "" {
		c.tail.Write([]byte(c.begun))
	}
	for _, f := range c.raw {
		c.tail.Write(without(rest(f), crash))
		f.Close()
	}
	c.tail.Write([]byte(crash))
}

// fatal returns the last line of what was printed if the runtime begins its last words with it: a child that dies may still have sent it, or
// the first half of it, as text of the cell.
func fatal(before, text string) string {
	text = before + text
	line := text[strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')+1:]
	const longest = 1 << 10
	if strings.HasPrefix(line, "fatal error: ") && len(line) < longest {
		return line
	}
	return ""
}

// without is text without what the runtime says of a death where that is its end, or a part of that. (The runtime's first line
// stands in text only.)
func without(text []byte, crash string) []byte {
	if i := bytes.LastIndex(text, []byte(crash)); crash != "" && i >= 0 {
		return text[:i]
	}
	if strings.HasSuffix(crash, string(text)) {
		return nil
	}
	return text
}

func (c *child) deliver(reply pipe.Reply) {
	c.mu.Lock()
	r := c.runs[reply.Seq]
	c.mu.Unlock()
	if r == nil {
		return
	}
	switch {
	case reply.Stream != nil:
		if reply.Stream.Name == "stderr" {
			c.begun = fatal(c.begun, string(reply.Stream.Text))
		}
		r.out.Stream(reply.Stream.Name, reply.Stream.Text)
	case reply.Display != nil:
		r.out.Display(bundle(reply.Display), reply.Display.Update)
	case reply.Clear != nil:
		r.out.ClearOutput(reply.Clear.Wait)
	case reply.Fault != nil:
		c.mu.Lock()
		guard := reply.Fault.Guard != "" && !r.ended
		if guard {
			r.fault = reply.Fault
		}
		c.mu.Unlock()
		switch {
		case guard:
		case reply.Fault.Guard != "":
			r.out.Stream("stderr", []byte("what the cell left running was ended: "+reply.Fault.Message+"\n"))
		default:
			r.telling.Add(1)
			c.inGoroutine(reply.Fault, func(text string) {
				r.out.Stream("stderr", []byte(text))
				r.telling.Done()
			})
		}
	case reply.Input != nil:
		go c.input(reply.Seq, r, reply.Input)
	default:
		c.mu.Lock()
		switch {
		case reply.Done != nil:
			r.ended = true
			c.runs[reply.Seq] = &run{out: r.out, ended: true} // there may be ten thousand, for nothing but their output
		case reply.Told != nil, reply.Refused != "", reply.Failed != "":
			delete(c.runs, reply.Seq)
		}
		c.mu.Unlock()
		if reply.Defined && r.notes != nil {
			r.notes(r.out)
			r.notes = nil // it holds the checked cell
		}
		r.replies <- reply
	}
}

func bundle(d *pipe.Display) display.Bundle {
	return display.Bundle{Data: d.Data, Metadata: d.Metadata, ID: d.ID}
}

// begin sends a unit to the child.
func (c *child) begin(x *pipe.Exec, out kernel.Output, notes func(kernel.Output)) (int, *run, error) {
	return c.request(pipe.Request{Exec: x}, &run{out: out, notes: notes})
}

// ask sends a question about the process.
func (c *child) ask(q *pipe.Ask) (int, *run, error) {
	return c.request(pipe.Request{Ask: q}, &run{out: nowhere{}})
}

// request sends something that is answered under a number of its own.
func (c *child) request(q pipe.Request, r *run) (int, *run, error) {
	r.replies = make(chan pipe.Reply, 4)
	r.answered = make(chan struct{})
	c.mu.Lock()
	c.seq++
	seq := c.seq
	c.runs[seq] = r
	delete(c.runs, seq-keepRuns)
	c.mu.Unlock()
	q.Seq = seq
	return seq, r, c.conn.Send(&q)
}

// end asks the child to go and makes it go.
func (c *child) end() {
	c.in.Close()
	select {
	case <-c.gone:
		return
	case <-time.After(200 * time.Millisecond):
	}
	kill(c.cmd)
	<-c.gone
}

// said adds what is known of the child's death to what it says itself.
func (c *child) said(text string) {
	c.tail.Write([]byte(text))
	c.crashed = true
}

// obituary says how the child ended, and the end of what it said.
func (c *child) obituary() (how, said string) {
	<-c.gone
	how = "the process that runs the cells ended"
	switch exit := (*exec.ExitError)(nil); {
	case c.crashed:
	case errors.As(c.err, &exit) && exit.Exited():
		how += fmt.Sprintf(": compiled code called os.Exit(%d)", exit.ExitCode())
	case c.err != nil:
		how += ": " + c.err.Error()
	default:
		how += ": compiled code called os.Exit(0)"
	}
	return how, c.tail.String()
}

// lastLines shortens a text to about n lines, its beginning and its end.
func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(lines) > n {
		lines = append(lines[:2*n/3], append([]string{"…"}, lines[len(lines)-n/3:]...)...)
	}
	return strings.Join(lines, "\n")
}

// tail keeps the end of what a process writes.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const tailSize = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p)
	if over := t.buf.Len() - tailSize; over > tailSize {
		t.buf.Next(over)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
