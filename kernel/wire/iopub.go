package wire

import (
	"encoding/json"
	"strconv"
)

// The values of a kernel's execution state.
const (
	Starting = "starting"
	Busy     = "busy"
	Idle     = "idle"
)

// Status says what the kernel does.
type Status struct {
	State string `json:"execution_state"`
}

// Stream is text that a cell printed. Name is "stdout" or "stderr".
type Stream struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (s Stream) appendJSON(dst []byte) ([]byte, error) {
	if dst == nil {
		dst = make([]byte, 0, len(s.Text)+len(s.Text)/8+32)
	}
	dst = appendString(append(dst, `{"name":`...), s.Name)
	dst = appendString(append(dst, `,"text":`...), s.Text)
	return append(dst, '}'), nil
}

// DisplayData shows a value. DisplayID, when not empty, is the name under which it can be updated.
type DisplayData struct {
	Data      Object    `json:"data"`
	Metadata  Object    `json:"metadata"`
	Transient Transient `json:"transient"`
}

// Transient is what a display message says only to the front end: it is not stored in notebooks.
type Transient struct {
	DisplayID string `json:"display_id,omitempty"`
}

func (d DisplayData) appendJSON(dst []byte) ([]byte, error) {
	n := 64
	for k, v := range d.Data {
		n += len(k) + len(v) + 8
	}
	if dst == nil {
		dst = make([]byte, 0, n)
	}
	dst, err := d.Data.appendJSON(append(dst, `{"data":`...))
	if err != nil {
		return dst, err
	}
	if dst, err = d.Metadata.appendJSON(append(dst, `,"metadata":`...)); err != nil {
		return dst, err
	}
	dst = append(dst, `,"transient":{`...)
	if d.Transient.DisplayID != "" {
		dst = appendString(append(dst, `"display_id":`...), d.Transient.DisplayID)
	}
	return append(dst, '}', '}'), nil
}

// UpdateDisplayData replaces what was shown under Transient.DisplayID.
type UpdateDisplayData DisplayData

func (d UpdateDisplayData) appendJSON(dst []byte) ([]byte, error) {
	return DisplayData(d).appendJSON(dst)
}

// ExecuteInput repeats the code that runs, for the other front ends.
type ExecuteInput struct {
	Code           string `json:"code"`
	ExecutionCount int    `json:"execution_count"`
}

func (e ExecuteInput) appendJSON(dst []byte) ([]byte, error) {
	dst = appendString(append(dst, `{"code":`...), e.Code)
	dst = strconv.AppendInt(append(dst, `,"execution_count":`...), int64(e.ExecutionCount), 10)
	return append(dst, '}'), nil
}

// ExecuteResult is the value of a cell.
type ExecuteResult struct {
	ExecutionCount int       `json:"execution_count"`
	Data           Object    `json:"data"`
	Metadata       Object    `json:"metadata"`
	Transient      Transient `json:"transient"`
}

func (r ExecuteResult) appendJSON(dst []byte) ([]byte, error) {
	dst, err := DisplayData{r.Data, r.Metadata, r.Transient}.appendJSON(dst)
	if err != nil {
		return dst, err
	}
	dst = strconv.AppendInt(append(dst[:len(dst)-1], `,"execution_count":`...), int64(r.ExecutionCount), 10)
	return append(dst, '}'), nil
}

// ErrorMessage is the failure of a cell as front ends show it.
type ErrorMessage struct {
	EName     string       `json:"ename"`
	EValue    string       `json:"evalue"`
	Traceback List[string] `json:"traceback"`
}

// ClearOutput removes the output of the cell; with Wait only when the next output arrives.
type ClearOutput struct {
	Wait bool `json:"wait"`
}

// Welcome greets a new subscription (JEP 65).
type Welcome struct {
	Subscription string `json:"subscription"`
}

// DebugEvent carries one event of the Debug Adapter Protocol.
type DebugEvent struct{ Raw json.RawMessage }

// MarshalJSON writes the event as it is.
func (e DebugEvent) MarshalJSON() ([]byte, error) { return rawObject(e.Raw), nil }

// UnmarshalJSON keeps the event as it is.
func (e *DebugEvent) UnmarshalJSON(raw []byte) error {
	e.Raw = append(json.RawMessage(nil), raw...)
	return nil
}
