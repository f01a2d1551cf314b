package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	"joule/kernel/display"
	"joule/kernel/wire"
)

// An output publishes what a cell prints and shows, with the cell's request as the parent, also after the cell has ended:
// what a goroutine prints that outlives its cell still appears below it.
type output struct {
	server *server
	parent *wire.Message // with the request's header
	silent bool
	past   HistorySession
	input  bool                    // whether the front end answers questions
	asking atomic.Pointer[request] // nil when the cell has ended
}

func newOutput(s *server, q *request, r wire.ExecuteRequest) *output {
	o := &output{server: s, parent: q.parent, silent: r.Silent, past: q.shell.history, input: r.AllowStdin}
	o.asking.Store(q)
	return o
}

// end marks the end of the cell: nobody answers questions any more. An engine may keep the output for long; the request goes.
func (o *output) end() { o.asking.Store(nil) }

// History implements HistoryOutput.
func (o *output) History() HistorySession { return o.past }

var _ HistoryOutput = (*output)(nil)

// Stream implements Output.
func (o *output) Stream(name string, p []byte) {
	if !o.silent {
		o.server.publisher.print(o.parent, name, p)
	}
}

// Display implements Output. An update without an ID can update nothing: it is shown as a new display.
func (o *output) Display(b display.Bundle, update bool) {
	if o.silent {
		return
	}
	show := wire.Show{Bundle: b, Update: update && b.ID != ""}
	replaces := ""
	if show.Update {
		replaces = b.ID
	}
	o.server.publisher.display(o.parent, show, show.Size(), replaces)
}

// ClearOutput implements Output.
func (o *output) ClearOutput(wait bool) {
	if !o.silent {
		o.server.publisher.display(o.parent, wire.ClearOutput{Wait: wait}, 0, "")
	}
}

// The reasons for which Input fails, beside the end of its context and io.EOF.
var (
	ErrNoInput   = errors.New("kernel: this front end does not answer questions (allow_stdin is false)")
	ErrCellEnded = errors.New("kernel: the cell has ended, nobody answers its questions")
)

// Input implements Output. It returns io.EOF when the person ends the input.
func (o *output) Input(ctx context.Context, prompt string, password bool) (string, error) {
	if !o.input {
		return "", ErrNoInput
	}
	q := o.asking.Load()
	if q == nil {
		return "", ErrCellEnded
	}
	return o.server.stdin.ask(ctx, q, prompt, password)
}

// cellID is the front end's id of the cell, from the metadata of the request.
func cellID(m *wire.Message) string {
	var metadata struct {
		CellID string `json:"cellId"`
	}
	if json.Unmarshal(m.Metadata, &metadata) != nil {
		return ""
	}
	return metadata.CellID
}
