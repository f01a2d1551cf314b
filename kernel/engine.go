package kernel

import (
	"context"

	"joule/kernel/display"
)

// An Engine runs cells of one language. It sees no header, socket or message: the kernel turns a request into one of these
// calls and the answer into a reply. All methods may be called at the same time; the kernel never runs two Execute calls of one
// shell at once.
//
// Offsets are byte offsets into the code; the kernel converts from and to the protocol's code points.
type Engine interface {
	// Info says what the engine runs. It must answer at once, also while the engine is still starting.
	Info() Info

	// Execute runs one cell and returns when the cell has ended and all of its output has been handed to out. When ctx is
	// cancelled (the person pressed interrupt) it ends the cell and returns soon, keeping the state.
	Execute(ctx context.Context, cell Cell, out Output) Result

	// Evaluate gives the value of an expression for user_expressions, without any output.
	Evaluate(ctx context.Context, expr string) (display.Bundle, *Error)

	// Complete lists what may stand at the cursor.
	Complete(ctx context.Context, code string, cursor int) Completion

	// Inspect describes the name at the cursor; detail is 0 or 1 as in the protocol.
	Inspect(ctx context.Context, code string, cursor int, detail int) Inspection

	// IsComplete says whether code can run as it stands. It must be quick.
	IsComplete(code string) Completeness

	// Close ends the engine and everything it started. restart is true when the person asked for a restart.
	Close(restart bool) error
}

// Info is the static part of a kernel_info_reply.
type Info struct {
	Implementation string // "joule"
	Version        string
	Banner         string
	Language       Language
	HelpLinks      []HelpLink
}

// Language is the language_info of a kernel_info_reply. Empty fields are left out of the reply: an empty pygments_lexer
// makes nbconvert fall back to the lexer of IPython.
type Language struct {
	Name           string `json:"name"`
	Version        string `json:"version"`
	MIMEType       string `json:"mimetype"`
	FileExtension  string `json:"file_extension"`
	PygmentsLexer  string `json:"pygments_lexer,omitempty"`
	CodemirrorMode string `json:"codemirror_mode,omitempty"`
	NBConvert      string `json:"nbconvert_exporter,omitempty"`
}

// HelpLink is one entry of the front end's Help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// Cell is one piece of code to run.
type Cell struct {
	Code   string
	Number int    // the execution count it runs under: shown in positions as cell[Number]
	ID     string // the front end's cell id where it sends one, else ""
	Silent bool   // run for effect only: no result is shown
}

// Result is how a cell ended.
type Result struct {
	Value   *display.Bundle // the last expression's value: published as execute_result; nil for none
	Err     *Error          // nil when the cell succeeded
	Payload []Payload       // page, set_next_input, ask_exit
}

// Error is a failed cell as a front end shows it. Traceback lines may hold ANSI colours.
type Error struct {
	Name      string // "CompileError", "Panic", "Interrupted", …
	Message   string
	Traceback []string
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

// Payload is one of the protocol's execute_reply payloads, already in its JSON shape.
type Payload map[string]any

// Output is where a running cell's output goes. Methods may be called from any goroutine; the order of calls is kept.
type Output interface {
	// Stream writes to the cell's "stdout" or "stderr". p may be reused after the call.
	Stream(name string, p []byte)
	// Display shows b; with update it replaces what was shown under b.ID.
	Display(b display.Bundle, update bool)
	// ClearOutput removes the cell's output; with wait only when the next output arrives.
	ClearOutput(wait bool)
	// Input asks the person for a line. It fails when the front end does not allow input or ctx ends.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}

// Completion lists the candidates for code[Start:End].
type Completion struct {
	Start, End int
	Matches    []Match
}

// Match is one candidate.
type Match struct {
	Text      string
	Type      string // "function", "type", "variable", "constant", "module", "field", "method", "keyword"
	Signature string // "(x float64) float64", or the type of a variable
}

// Inspection describes a name.
type Inspection struct {
	Found bool
	Data  map[string]string // as in display.Bundle
}

// Completeness is the answer to is_complete.
type Completeness struct {
	Status string // "complete", "incomplete", "invalid", "unknown"
	Indent string // only with "incomplete"
}
