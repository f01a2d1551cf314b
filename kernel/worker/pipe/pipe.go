// Package pipe is what the kernel and its worker say to each other: gob values over a pair of pipes. Long texts stand behind the
// value that they belong to, as they are: gob would hold each three times.
//
// The kernel sends Requests; the worker answers with Replies, of which a cell has any number: Defined or Refused first, then its
// output in order, then Done. Output may come after Done, from goroutines that the cell left behind.
//
//	pipe.go    requests, replies, and both ends
//	long.go    long texts
//	memory.go  how much memory a worker may take, which both have to know
package pipe

import (
	"bufio"
	"encoding/gob"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// A Request is one thing that the kernel asks; exactly one field beside Seq is set.
type Request struct {
	Seq    int // the run that it is about
	Exec   *Exec
	Stop   bool
	Input  *Input
	Resume bool // go on after a Pause
	Warm   bool // go on after Deep
	Ask    *Ask
}

// Exec defines a unit and runs it.
type Exec struct {
	Number int // the execution count, for messages
	Static string
	Quiet  bool // the last of the values to show is an error that is not shown when it is nil

	Plugin string // path of the compiled part; "" for none
	Alloc  string
	Allocs []string // slot IDs that functions of Alloc make
	Source string
	Slots  map[string]string // slot names in Source → IDs
	Views  map[string]string // slot ID → the slot whose memory it looks at with the type that the plugin says
	Funcs  map[string]string // slot ID → interpreted function
	Echoes map[string]string // slot ID → the slot that holds, from now on, whatever this one holds, as a function of its own type
	Hot    map[string]string // slot ID → the slot that this function looks at for a compiled version of itself
	Same   bool              // the plugin's functions are compiled versions of those in the slots
	Entry  string
	AtName string

	Former []Former // with this unit; nil when none are new

	EntryCompiled bool
}

// Input answers an InputRequest.
type Input struct {
	ID    int
	Text  string
	Error string
}

// A Reply is one thing that the worker says; exactly one field beside Seq is set.
type Reply struct {
	Seq     int
	Ready   bool
	Defined bool
	Refused string // the interpreter does not take the unit: nothing was defined
	Failed  string // the unit cannot be defined at all
	Stream  *Stream
	Display *Display
	Clear   *Clear
	Input   *InputRequest
	Fault   *Fault // a goroutine of the cell panicked
	Pause   *Pause
	Deep    bool // the cell recurses deep, and waits until what the interpreter runs of it is compiled
	Done    *Done
	Told    *Told
}

// Stream is text for stdout or stderr.
type Stream struct {
	Name string
	Text []byte
}

// Display is a bundle to show or to update.
type Display struct {
	Data     map[string]string
	Metadata map[string]json.RawMessage
	ID       string
	Update   bool

	Long []Long // what Data lacks while the Display is on its way
}

// Clear removes the cell's output; gob would lose a pointer to false.
type Clear struct{ Wait bool }

// InputRequest asks the person for a line.
type InputRequest struct {
	ID       int
	Prompt   string
	Password bool
}

// Fault is a panic.
type Fault struct {
	Type    string // the type of the value
	Message string
	Frames  []Frame // innermost first
	Guard   string  // no panic: the watchdog stops the cell

	Interpreted bool // with Stack: code that the interpreter runs was too deep
}

// What the watchdog stops a cell for.
const (
	Stack  = "stack"
	Memory = "memory"
)

// Frame is one function of the cell on the stack.
type Frame struct {
	File     string // "cell[3]", or a label of package lower
	Line     int
	Function string
	Begin    bool // Line is where the function begins: the interpreter knows no better
	From     int  // of an interpreted function: where it begins, as lower.EncodeLine has it
}

// Done is the end of a cell.
type Done struct {
	Value   *Display
	Fault   *Fault
	Stopped bool
	Exited  bool
	Code    int
	At      int   // the statement that ran last
	Running int   // goroutines that the cell left behind
	Spent   Spent // since the last Pause
	Total   Spent // without the time in pauses
}

// Pause says that a cell has come to statement number At, before which the kernel has something to do.
type Pause struct {
	At    int
	Spent Spent // since the last Pause
}

// Spent is time that a cell has taken.
type Spent struct {
	Wall time.Duration
	CPU  time.Duration // of the whole process; 0 where it cannot be known
}

// Ask asks for the state of the process, and changes it: what is zero is not asked and not changed.
type Ask struct {
	Dir        string
	Set        map[string]string
	Unset      []string
	Values     []string // slots
	Goroutines bool
	Stop       []int // numbers of cells whose goroutines are to end; -1 for all

	Behind []string // slots: behind which of these are values of the types in Former
	Former []Former
}

// Former is a type that a cell has declared anew, as it was: the plugin's type table has it under Symbol, unless it is generic.
type Former struct {
	Home, Symbol, Name string
	Generic            bool
	Cell, Now          int
}

// Told answers an Ask.
type Told struct {
	Error        string
	Dir          string
	Env          []string
	Values       map[string]string
	Resident     int64
	Plugins      int
	PluginMemory int64 // of these, what is in memory
	Goroutines   []Goroutines

	Held   []string // of Behind
	Doubt  []string // of Behind, too: there was too much to look at
	Unseen bool     // nobody could look
}

// Goroutines are those of one run of a cell that are in one state and place.
type Goroutines struct {
	Cell, Count      int
	State, Where     string
	Stopped, Running bool
}

// A Conn is one end. Send may be called from any goroutine.
type Conn struct {
	in  *bufio.Reader
	dec *gob.Decoder
	mu  sync.Mutex
	buf *bufio.Writer
	enc *gob.Encoder
}

// New makes a Conn over a pair of pipes.
func New(r io.Reader, w io.Writer) *Conn {
	in, buf := bufio.NewReaderSize(r, 64<<10), bufio.NewWriterSize(w, 64<<10)
	return &Conn{in: in, dec: gob.NewDecoder(in), buf: buf, enc: gob.NewEncoder(buf)} // the decoder reads no byte too many of in
}

// Send writes a Request or a Reply.
func (c *Conn) Send(v any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var texts []string
	if r, ok := v.(*Reply); ok {
		v, texts = r.short()
	}
	if err := c.enc.Encode(v); err != nil {
		return err
	}
	for _, text := range texts {
		if _, err := c.buf.WriteString(text); err != nil {
			return err
		}
	}
	return c.buf.Flush()
}

// Receive reads into v, a *Request or a *Reply.
func (c *Conn) Receive(v any) error {
	if err := c.dec.Decode(v); err != nil {
		return err
	}
	if r, ok := v.(*Reply); ok {
		return r.whole(c.in)
	}
	return nil
}
