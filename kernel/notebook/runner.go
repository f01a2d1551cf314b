package notebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/zmq"
)

// Options say how to run a notebook.
type Options struct {
	Command     []string      // starts the kernel; {connection_file} in it is replaced
	Dir         string        // the kernel's working directory; "" is the caller's
	Env         []string      // added to the caller's environment
	Start       time.Duration // for the kernel to answer; 0 means a minute
	Timeout     time.Duration // for each cell; 0 means no limit
	AllowErrors bool          // go on after a cell that failed

	// Watch, if set, is told of each output as it comes: the index of the cell in Notebook.Cells and the output, or the new
	// piece of a stream; and of displays that a cell has updated, as they are when the cell ends. Calls come one at a time.
	Watch func(index int, out Output)
}

// A CellError says that a cell failed.
type CellError struct {
	Index     int    // of the cell in Notebook.Cells
	Source    string // of the cell
	Name      string // such as "CompileError"
	Message   string
	Traceback []string // as a front end would show it; may hold ANSI colours
}

func (e *CellError) Error() string {
	return fmt.Sprintf("notebook: cell %d: %s: %s", e.Index+1, e.Name, e.Message)
}

// ErrTimeout is wrapped by the error of a cell that ran longer than Options.Timeout; ErrDied by that of a kernel which ended
// while it was needed.
var (
	ErrTimeout = errors.New("time is up")
	ErrDied    = errors.New("the kernel died")
)

// Run starts a kernel, runs all code cells of nb in order, replaces their outputs and ends the kernel. As in nbclient, cells
// without code and those tagged skip-execution are passed over, and an error in a cell tagged raises-exception is welcome. When
// Run fails, the cells up to the failing one have their new outputs.
func Run(ctx context.Context, nb *Notebook, o Options) error {
	k, client, err := connect(ctx, o)
	if err != nil {
		return err
	}
	r := &run{nb: nb, options: o, kernel: k, client: client, collected: newCollector(), cells: map[string]int{}}
	defer r.end()
	if err := r.introduce(ctx); err != nil {
		return err
	}
	stop := client.Observe(r.published)
	defer stop()
	for i, c := range nb.Cells {
		if c.Kind() != "code" || slices.Contains(c.Tags(), "skip-execution") {
			continue
		}
		if strings.TrimSpace(c.Source()) == "" {
			c.SetOutputs(0, nil)
			continue
		}
		if err := r.cell(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// connect starts the kernel and connects to it, with new ports if somebody else took one of the first.
func connect(ctx context.Context, o Options) (*child, *zmq.Client, error) {
	if o.Start == 0 {
		o.Start = time.Minute
	}
	for attempt := 1; ; attempt++ {
		k, err := start(o.Command, o.Dir, o.Env)
		if err != nil {
			return nil, nil, err
		}
		limited, cancel := context.WithTimeout(ctx, o.Start)
		alive, done := k.context(limited)
		client, err := zmq.Dial(alive, k.connection, zmq.Options{})
		done()
		cancel()
		if err == nil {
			return k, client, nil
		}
		died := false
		select {
		case <-k.gone:
			died = true
		default:
		}
		k.stop(0)
		switch {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case died && attempt < 10 && strings.Contains(strings.ToLower(k.said.String()), "address already in use"):
			continue
		case died:
			return nil, nil, fmt.Errorf("notebook: %w: %s", ErrDied, k.death())
		}
		return nil, nil, fmt.Errorf("notebook: the kernel does not answer: %w (%v)", ErrTimeout, err)
	}
}

// run is one run of a notebook.
type run struct {
	nb      *Notebook
	options Options
	kernel  *child
	client  *zmq.Client

	mu        sync.Mutex
	collected *collector
	cells     map[string]int // the id of an execute_request → the index of its cell
	bad       error          // the first message that could not be read
}

// introduce asks the kernel what it is and notes the language in the notebook, as a front end does.
func (r *run) introduce(ctx context.Context) error {
	alive, done := r.kernel.context(ctx)
	defer done()
	reply, err := zmq.Call[wire.KernelInfoReply](alive, r.client, kernel.Shell, wire.KernelInfoRequest{})
	if err != nil {
		return r.why(ctx, err)
	}
	if info, err := json.Marshal(reply.LanguageInfo); err == nil && kindOf(info) == "an object" {
		r.nb.SetMetadata("language_info", info)
	}
	return nil
}

// published takes every IOPub message. Output of a goroutine that outlives its cell still goes to that cell.
func (r *run) published(m *wire.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	index, known := r.cells[m.ParentHeader().MsgID]
	if !known {
		return
	}
	piece, err := r.collected.add(index, m.Header.MsgType, m.Content)
	if err != nil && r.bad == nil {
		r.bad = fmt.Errorf("notebook: cell %d: a %s that cannot be read: %w", index+1, m.Header.MsgType, err)
	}
	if piece != nil && r.options.Watch != nil {
		r.options.Watch(index, *piece)
	}
}

// cell runs the cell at index.
func (r *run) cell(ctx context.Context, index int) error {
	c := r.nb.Cells[index]
	m, err := r.client.New(wire.ExecuteRequest{
		Code: c.Source(), StoreHistory: true, UserExpressions: map[string]string{}, StopOnError: true,
	})
	if err != nil {
		return fmt.Errorf("notebook: %w", err)
	}
	if c.ID() != "" {
		m.Metadata = fmt.Appendf(nil, `{"cellId":%s}`, quote(c.ID()))
	}
	r.mu.Lock()
	r.cells[m.Header.MsgID] = index
	r.collected.begin(index)
	r.mu.Unlock()

	limited, cancel := ctx, context.CancelFunc(func() {})
	if r.options.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, r.options.Timeout)
	}
	defer cancel()
	alive, done := r.kernel.context(limited)
	defer done()
	reply, err := r.client.ExecuteMessage(alive, m, zmq.Listener{})
	r.store(index, reply.ExecutionCount)
	if err != nil {
		return fmt.Errorf("notebook: cell %d: %w\n%s", index+1, r.why(limited, err), c.Source())
	}
	if reply.Status != wire.OK && !r.options.AllowErrors && !slices.Contains(c.Tags(), "raises-exception") {
		return &CellError{index, c.Source(), reply.EName, reply.EValue, reply.Traceback}
	}
	return r.bad
}

// store writes what was collected so far into the notebook, and tells how the displays look now.
func (r *run) store(index, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if count > 0 {
		r.collected.cells[index].count = count
	}
	r.collected.store(r.nb)
	if r.options.Watch != nil {
		for _, last := range r.collected.changes() {
			r.options.Watch(index, last)
		}
	}
}

// why says what is behind a conversation that broke off: the kernel's death, the end of the time, or the caller's wish.
func (r *run) why(ctx context.Context, err error) error {
	if errors.Is(err, zmq.ErrLost) { // the end of a process may lag behind the end of its connections
		select {
		case <-r.kernel.gone:
		case <-time.After(10 * time.Second):
		}
	}
	select {
	case <-r.kernel.gone:
		return fmt.Errorf("%w: %s", ErrDied, r.kernel.death())
	default:
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w after %v", ErrTimeout, r.options.Timeout)
	}
	return err
}

// end asks the kernel to end, and makes sure that it does.
func (r *run) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	alive, done := r.kernel.context(ctx)
	defer done()
	r.client.Request(alive, kernel.Control, wire.ShutdownRequest{}) // if it does not answer, it is killed
	r.client.Close()
	r.kernel.stop(5 * time.Second)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collected.store(r.nb) // with the last words of goroutines
}
