package wire

import "encoding/json"

// The values of a reply's status.
const (
	OK      = "ok"
	Error   = "error"
	Aborted = "aborted" // an execute request that was queued behind one that failed
)

// List is a JSON list that is never null.
type List[T any] []T

// MarshalJSON writes l, and [] for nil.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// Failure is the reply to any request that failed.
type Failure struct {
	Request        string       `json:"-"` // the type of the request, such as "complete_request"
	Status         string       `json:"status"`
	EName          string       `json:"ename"`
	EValue         string       `json:"evalue"`
	Traceback      List[string] `json:"traceback"`
	ExecutionCount *int         `json:"execution_count,omitempty"` // only in an execute_reply
}

// KernelInfoReply says what the kernel runs and speaks.
type KernelInfoReply struct {
	Status                string       `json:"status"`
	ProtocolVersion       string       `json:"protocol_version"`
	Implementation        string       `json:"implementation"`
	ImplementationVersion string       `json:"implementation_version"`
	LanguageInfo          any          `json:"language_info"`
	Banner                string       `json:"banner"`
	Debugger              bool         `json:"debugger"`
	HelpLinks             List[any]    `json:"help_links"`
	SupportedFeatures     List[string] `json:"supported_features"` // JEP 92
}

// ExecuteReply says how a cell ended. The last three fields are written, also when they are empty, in every status but ok, and they
// alone when the cell was aborted: it has not run and has no number, and front ends write the one that they are given beside the
// cell.
type ExecuteReply struct {
	Status          string       `json:"status"`
	ExecutionCount  int          `json:"execution_count"`
	UserExpressions Object       `json:"user_expressions"`
	Payload         List[any]    `json:"payload"`
	EName           string       `json:"ename,omitempty"`
	EValue          string       `json:"evalue,omitempty"`
	Traceback       List[string] `json:"traceback,omitempty"`
}

// MarshalJSON writes the fields that belong to the status, all of them.
func (r ExecuteReply) MarshalJSON() ([]byte, error) {
	type common struct {
		Status          string    `json:"status"`
		ExecutionCount  int       `json:"execution_count"`
		UserExpressions Object    `json:"user_expressions"`
		Payload         List[any] `json:"payload"`
	}
	c := common{r.Status, r.ExecutionCount, r.UserExpressions, r.Payload}
	switch r.Status {
	case OK:
		return json.Marshal(c)
	case Aborted:
		return json.Marshal(struct {
			Status    string       `json:"status"`
			EName     string       `json:"ename"`
			EValue    string       `json:"evalue"`
			Traceback List[string] `json:"traceback"`
		}{r.Status, r.EName, r.EValue, r.Traceback})
	}
	return json.Marshal(struct {
		common
		EName     string       `json:"ename"`
		EValue    string       `json:"evalue"`
		Traceback List[string] `json:"traceback"`
	}{c, r.EName, r.EValue, r.Traceback})
}

// UserExpression is the value of one user expression, or why it has none.
type UserExpression struct {
	Status    string       `json:"status"`
	Data      Object       `json:"data,omitempty"`
	Metadata  Object       `json:"metadata,omitempty"`
	EName     string       `json:"ename,omitempty"`
	EValue    string       `json:"evalue,omitempty"`
	Traceback List[string] `json:"traceback,omitempty"`
}

// MarshalJSON writes the fields that belong to the status, all of them.
func (u UserExpression) MarshalJSON() ([]byte, error) {
	if u.Status == OK {
		return json.Marshal(struct {
			Status   string `json:"status"`
			Data     Object `json:"data"`
			Metadata Object `json:"metadata"`
		}{u.Status, u.Data, u.Metadata})
	}
	return json.Marshal(struct {
		Status    string       `json:"status"`
		EName     string       `json:"ename"`
		EValue    string       `json:"evalue"`
		Traceback List[string] `json:"traceback"`
	}{u.Status, u.EName, u.EValue, u.Traceback})
}

// InspectReply describes a name.
type InspectReply struct {
	Status   string `json:"status"`
	Found    bool   `json:"found"`
	Data     Object `json:"data"`
	Metadata Object `json:"metadata"`
}

// CompleteReply lists what may replace the text between the cursors, which count code points.
type CompleteReply struct {
	Status      string           `json:"status"`
	Matches     List[string]     `json:"matches"`
	CursorStart int              `json:"cursor_start"`
	CursorEnd   int              `json:"cursor_end"`
	Metadata    CompleteMetadata `json:"metadata"`
}

// CompleteMetadata holds the types of the matches, under the name that front ends have agreed on.
type CompleteMetadata struct {
	Types List[CompleteType] `json:"_jupyter_types_experimental,omitempty"`
}

// CompleteType is one match with its type and signature.
type CompleteType struct {
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Text      string `json:"text"`
	Type      string `json:"type"`
	Signature string `json:"signature,omitempty"`
}

// HistoryReply lists earlier inputs.
type HistoryReply struct {
	Status  string             `json:"status"`
	History List[HistoryEntry] `json:"history"`
}

// HistoryEntry is one earlier input, written as [session, line, input] or, when outputs were asked for, as
// [session, line, [input, output]].
type HistoryEntry struct {
	Session, Line int
	Input         string
	WithOutput    bool
	Output        *string // nil when the cell had no value
}

// MarshalJSON writes the entry as a list.
func (e HistoryEntry) MarshalJSON() ([]byte, error) {
	if e.WithOutput {
		return json.Marshal([]any{e.Session, e.Line, []any{e.Input, e.Output}})
	}
	return json.Marshal([]any{e.Session, e.Line, e.Input})
}

// UnmarshalJSON reads either form.
func (e *HistoryEntry) UnmarshalJSON(raw []byte) error {
	var last json.RawMessage
	if err := json.Unmarshal(raw, &[]any{&e.Session, &e.Line, &last}); err != nil {
		return err
	}
	if e.WithOutput = len(last) > 0 && last[0] == '['; e.WithOutput {
		return json.Unmarshal(last, &[]any{&e.Input, &e.Output})
	}
	if len(last) == 0 {
		return nil
	}
	return json.Unmarshal(last, &e.Input)
}

// IsCompleteReply says "complete", "incomplete", "invalid" or "unknown"; Indent only when incomplete.
type IsCompleteReply struct {
	Status string  `json:"status"`
	Indent *string `json:"indent,omitempty"`
}

// ConnectReply lists the ports.
type ConnectReply struct {
	Status  string `json:"status"`
	Shell   int    `json:"shell_port"`
	IOPub   int    `json:"iopub_port"`
	Stdin   int    `json:"stdin_port"`
	HB      int    `json:"hb_port"`
	Control int    `json:"control_port"`
}

// CommInfoReply lists the open comms by id.
type CommInfoReply struct {
	Status string              `json:"status"`
	Comms  map[string]CommInfo `json:"comms"`
}

// CommInfo is one open comm.
type CommInfo struct {
	TargetName string `json:"target_name"`
}

// ShutdownReply is sent on the channel of the request and, as a message of its own, on IOPub.
type ShutdownReply struct {
	Status  string `json:"status"`
	Restart bool   `json:"restart"`
}

// InterruptReply says that the interrupt was passed on.
type InterruptReply struct {
	Status string `json:"status"`
}

// DebugReply carries one response of the Debug Adapter Protocol.
type DebugReply struct{ Raw json.RawMessage }

// MarshalJSON writes the response as it is.
func (r DebugReply) MarshalJSON() ([]byte, error) { return rawObject(r.Raw), nil }

// UnmarshalJSON keeps the response as it is.
func (r *DebugReply) UnmarshalJSON(raw []byte) error {
	r.Raw = append(json.RawMessage(nil), raw...)
	return nil
}

// UsageReply says what the kernel's processes and the computer use, with the field names of ipykernel. What is not known is left
// out; like ipykernel's it has no status.
type UsageReply struct {
	Hostname          string         `json:"hostname"`
	PID               int            `json:"pid"`
	KernelCPU         *float64       `json:"kernel_cpu,omitempty"`       // percent of one processor
	KernelMemory      *uint64        `json:"kernel_memory,omitempty"`    // bytes
	HostCPUPercent    *float64       `json:"host_cpu_percent,omitempty"` // percent of all processors
	CPUCount          int            `json:"cpu_count"`
	HostVirtualMemory *VirtualMemory `json:"host_virtual_memory,omitempty"`
}

// VirtualMemory is the computer's memory in bytes, and how much of it is taken, in percent.
type VirtualMemory struct {
	Total     uint64  `json:"total"`
	Available uint64  `json:"available"`
	Percent   float64 `json:"percent"`
	Used      uint64  `json:"used"`
	Free      uint64  `json:"free"`
}

// CreateSubshellReply names the new subshell (JEP 91).
type CreateSubshellReply struct {
	Status     string `json:"status"`
	SubshellID string `json:"subshell_id"`
}

// DeleteSubshellReply says that the subshell has ended (JEP 91).
type DeleteSubshellReply struct {
	Status string `json:"status"`
}

// ListSubshellReply names the subshells (JEP 91).
type ListSubshellReply struct {
	Status     string       `json:"status"`
	SubshellID List[string] `json:"subshell_id"`
}
