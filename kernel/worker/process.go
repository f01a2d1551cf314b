package worker

import (
	"bytes"
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
	gone chan struct{} // closed when the process has ended and everything it said was read
	err  error         // how it ended; valid once gone is closed

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
}

// keepRuns is how many runs stay known.
const keepRuns = 10000

// start starts a child.
func start(o Options) (*child, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, fmt.Errorf("worker: %w", err)
	}
	c := &child{cmd: exec.Command(o.Worker), in: inW, gone: make(chan struct{}), runs: map[int]*run{}, plugins: map[string]string{}}
	c.cmd.Dir = o.Dir
	c.cmd.Env = o.env
	c.cmd.ExtraFiles = []*os.File{inR, outW}
	c.cmd.Stdout, c.cmd.Stderr = &c.tail, &c.tail
	c.cmd.WaitDelay = time.Second // what a cell started may hold the descriptors open
	ownGroup(c.cmd)
	err = c.cmd.Start()
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, fmt.Errorf("worker: %w", err)
	}
	c.conn = pipe.New(outR, inW)
	go c.listen(outR)
	return c, nil
}

// listen hands the child's replies to their runs until it ends.
func (c *child) listen(r io.Closer) {
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
	kill(c.cmd) // what it started goes with it
	close(c.gone)
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
		r.out.Stream(reply.Stream.Name, reply.Stream.Text)
	case reply.Display != nil:
		r.out.Display(bundle(reply.Display), reply.Display.Update)
	case reply.Clear != nil:
		r.out.ClearOutput(reply.Clear.Wait)
	case reply.Fault != nil:
		c.mu.Lock()
		if reply.Fault.Type == "guard" {
			r.fault = reply.Fault
		}
		c.mu.Unlock()
		if reply.Fault.Type != "guard" {
			r.out.Stream("stderr", []byte("panic in a goroutine: "+reply.Fault.Message+"\n"))
		}
	case reply.Input != nil:
		go c.input(reply.Seq, r, reply.Input)
	default:
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
func (c *child) ask(q *pipe.Ask) (*run, error) {
	_, r, err := c.request(pipe.Request{Ask: q}, &run{out: nowhere{}})
	return r, err
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

// obituary says how the child ended, with the end of what it said; it continues a sentence.
func (c *child) obituary() string {
	<-c.gone
	text := "the process that runs the cells ended"
	if c.err != nil {
		text += ": " + c.err.Error()
	}
	if said := lastLines(c.tail.String(), 30); said != "" {
		text += "\n" + said
	}
	return text + "\nA new one was started; what it held has to be made again by running the cells."
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
