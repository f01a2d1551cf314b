package cell

import (
	"context"
	"encoding/json"
)

// A Sink takes the output of one cell. Its methods may be called from any goroutine; the order of calls is kept.
type Sink interface {
	// Stream writes to the cell's "stdout" or "stderr". p may be reused after the call.
	Stream(name string, p []byte)
	// Display shows a MIME bundle (see package display for its meaning); with update it replaces what is shown under id.
	Display(data map[string]string, metadata map[string]json.RawMessage, id string, update bool)
	// ClearOutput removes the cell's output; with wait only when the next output arrives.
	ClearOutput(wait bool)
	// Input asks the person for a line.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}
