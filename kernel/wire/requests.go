package wire

import "encoding/json"

// KernelInfoRequest asks what the kernel runs and speaks.
type KernelInfoRequest struct{}

// ExecuteRequest asks to run a cell. The zero values of the last three fields are the protocol's defaults only after
// UnmarshalJSON; a client that builds one sets them.
type ExecuteRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      bool              `json:"allow_stdin"`
	StopOnError     bool              `json:"stop_on_error"`
}

// UnmarshalJSON fills in the protocol's defaults: history is stored unless silent, input is allowed and errors stop what is
// queued. A silent request never stores history.
func (r *ExecuteRequest) UnmarshalJSON(raw []byte) error {
	type plain ExecuteRequest
	p := struct {
		plain
		StoreHistory *bool `json:"store_history"` // hides the field of plain
	}{plain: plain{AllowStdin: true, StopOnError: true}}
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	*r = ExecuteRequest(p.plain)
	r.StoreHistory = !r.Silent && (p.StoreHistory == nil || *p.StoreHistory)
	return nil
}

// InspectRequest asks for documentation of the name at the cursor, which counts code points.
type InspectRequest struct {
	Code        string `json:"code"`
	CursorPos   int    `json:"cursor_pos"`
	DetailLevel int    `json:"detail_level"`
}

// CompleteRequest asks what may stand at the cursor, which counts code points.
type CompleteRequest struct {
	Code      string `json:"code"`
	CursorPos int    `json:"cursor_pos"`
}

// HistoryRequest asks for earlier inputs. Access is "range" (Session, Start, Stop), "tail" (N) or "search" (Pattern, N,
// Unique).
type HistoryRequest struct {
	Output  bool   `json:"output"`
	Raw     bool   `json:"raw"`
	Access  string `json:"hist_access_type"`
	Session int    `json:"session,omitempty"`
	Start   int    `json:"start,omitempty"`
	Stop    *int   `json:"stop,omitempty"` // nil is the end
	N       *int   `json:"n,omitempty"`    // nil is all
	Pattern string `json:"pattern,omitempty"`
	Unique  bool   `json:"unique,omitempty"`
}

// IsCompleteRequest asks whether code can run as it stands.
type IsCompleteRequest struct {
	Code string `json:"code"`
}

// ConnectRequest asks for the ports; front ends have stopped sending it.
type ConnectRequest struct{}

// CommInfoRequest asks which comms are open, of one target or (with "") of all.
type CommInfoRequest struct {
	TargetName string `json:"target_name,omitempty"`
}

// ShutdownRequest asks the kernel to end, to be started again when Restart is set.
type ShutdownRequest struct {
	Restart bool `json:"restart"`
}

// InterruptRequest asks to end the cells that run.
type InterruptRequest struct{}

// DebugRequest carries one request of the Debug Adapter Protocol.
type DebugRequest struct{ Raw json.RawMessage }

// MarshalJSON writes the request as it is.
func (r DebugRequest) MarshalJSON() ([]byte, error) { return rawObject(r.Raw), nil }

// UnmarshalJSON keeps the request as it is.
func (r *DebugRequest) UnmarshalJSON(raw []byte) error {
	r.Raw = append(json.RawMessage(nil), raw...)
	return nil
}

// UsageRequest asks what the kernel's processes use; from ipykernel, for jupyter-resource-usage.
type UsageRequest struct{}

// CreateSubshellRequest asks for a new subshell (JEP 91).
type CreateSubshellRequest struct{}

// DeleteSubshellRequest ends a subshell (JEP 91).
type DeleteSubshellRequest struct {
	SubshellID string `json:"subshell_id"`
}

// ListSubshellRequest asks which subshells there are (JEP 91).
type ListSubshellRequest struct{}

func rawObject(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}
