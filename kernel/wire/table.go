package wire

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Content is the content of a message: one of the structs of this package.
type Content interface {
	// MsgType is the msg_type under which the content travels.
	MsgType() string
}

// Reply is the type of the reply to a request: complete_reply for complete_request. It is "" for messages that are no
// requests.
func Reply(request string) string {
	name, ok := strings.CutSuffix(request, "_request")
	if !ok {
		return ""
	}
	return name + "_reply"
}

// MsgType is the type of the reply to the request that failed.
func (f Failure) MsgType() string { return Reply(f.Request) }

// MsgType is "kernel_info_request".
func (KernelInfoRequest) MsgType() string { return "kernel_info_request" }

// MsgType is "kernel_info_reply".
func (KernelInfoReply) MsgType() string { return "kernel_info_reply" }

// MsgType is "execute_request".
func (ExecuteRequest) MsgType() string { return "execute_request" }

// MsgType is "execute_reply".
func (ExecuteReply) MsgType() string { return "execute_reply" }

// MsgType is "inspect_request".
func (InspectRequest) MsgType() string { return "inspect_request" }

// MsgType is "inspect_reply".
func (InspectReply) MsgType() string { return "inspect_reply" }

// MsgType is "complete_request".
func (CompleteRequest) MsgType() string { return "complete_request" }

// MsgType is "complete_reply".
func (CompleteReply) MsgType() string { return "complete_reply" }

// MsgType is "history_request".
func (HistoryRequest) MsgType() string { return "history_request" }

// MsgType is "history_reply".
func (HistoryReply) MsgType() string { return "history_reply" }

// MsgType is "is_complete_request".
func (IsCompleteRequest) MsgType() string { return "is_complete_request" }

// MsgType is "is_complete_reply".
func (IsCompleteReply) MsgType() string { return "is_complete_reply" }

// MsgType is "connect_request".
func (ConnectRequest) MsgType() string { return "connect_request" }

// MsgType is "connect_reply".
func (ConnectReply) MsgType() string { return "connect_reply" }

// MsgType is "comm_info_request".
func (CommInfoRequest) MsgType() string { return "comm_info_request" }

// MsgType is "comm_info_reply".
func (CommInfoReply) MsgType() string { return "comm_info_reply" }

// MsgType is "shutdown_request".
func (ShutdownRequest) MsgType() string { return "shutdown_request" }

// MsgType is "shutdown_reply".
func (ShutdownReply) MsgType() string { return "shutdown_reply" }

// MsgType is "interrupt_request".
func (InterruptRequest) MsgType() string { return "interrupt_request" }

// MsgType is "interrupt_reply".
func (InterruptReply) MsgType() string { return "interrupt_reply" }

// MsgType is "debug_request".
func (DebugRequest) MsgType() string { return "debug_request" }

// MsgType is "debug_reply".
func (DebugReply) MsgType() string { return "debug_reply" }

// MsgType is "usage_request".
func (UsageRequest) MsgType() string { return "usage_request" }

// MsgType is "usage_reply".
func (UsageReply) MsgType() string { return "usage_reply" }

// MsgType is "create_subshell_request".
func (CreateSubshellRequest) MsgType() string { return "create_subshell_request" }

// MsgType is "create_subshell_reply".
func (CreateSubshellReply) MsgType() string { return "create_subshell_reply" }

// MsgType is "delete_subshell_request".
func (DeleteSubshellRequest) MsgType() string { return "delete_subshell_request" }

// MsgType is "delete_subshell_reply".
func (DeleteSubshellReply) MsgType() string { return "delete_subshell_reply" }

// MsgType is "list_subshell_request".
func (ListSubshellRequest) MsgType() string { return "list_subshell_request" }

// MsgType is "list_subshell_reply".
func (ListSubshellReply) MsgType() string { return "list_subshell_reply" }

// MsgType is "status".
func (Status) MsgType() string { return "status" }

// MsgType is "stream".
func (Stream) MsgType() string { return "stream" }

// MsgType is "display_data".
func (DisplayData) MsgType() string { return "display_data" }

// MsgType is "update_display_data".
func (UpdateDisplayData) MsgType() string { return "update_display_data" }

// MsgType is "execute_input".
func (ExecuteInput) MsgType() string { return "execute_input" }

// MsgType is "execute_result".
func (ExecuteResult) MsgType() string { return "execute_result" }

// MsgType is "error".
func (ErrorMessage) MsgType() string { return "error" }

// MsgType is "clear_output".
func (ClearOutput) MsgType() string { return "clear_output" }

// MsgType is "iopub_welcome".
func (Welcome) MsgType() string { return "iopub_welcome" }

// MsgType is "debug_event".
func (DebugEvent) MsgType() string { return "debug_event" }

// MsgType is "input_request".
func (InputRequest) MsgType() string { return "input_request" }

// MsgType is "input_reply".
func (InputReply) MsgType() string { return "input_reply" }

// MsgType is "comm_open".
func (CommOpen) MsgType() string { return "comm_open" }

// MsgType is "comm_msg".
func (CommMsg) MsgType() string { return "comm_msg" }

// MsgType is "comm_close".
func (CommClose) MsgType() string { return "comm_close" }

// decoders lists every content by its message type.
func decoders() map[string]func(json.RawMessage) (Content, error) {
	return map[string]func(json.RawMessage) (Content, error){
		"kernel_info_request":     decodeAs[KernelInfoRequest],
		"kernel_info_reply":       decodeAs[KernelInfoReply],
		"execute_request":         decodeAs[ExecuteRequest],
		"execute_reply":           decodeAs[ExecuteReply],
		"inspect_request":         decodeAs[InspectRequest],
		"inspect_reply":           decodeAs[InspectReply],
		"complete_request":        decodeAs[CompleteRequest],
		"complete_reply":          decodeAs[CompleteReply],
		"history_request":         decodeAs[HistoryRequest],
		"history_reply":           decodeAs[HistoryReply],
		"is_complete_request":     decodeAs[IsCompleteRequest],
		"is_complete_reply":       decodeAs[IsCompleteReply],
		"connect_request":         decodeAs[ConnectRequest],
		"connect_reply":           decodeAs[ConnectReply],
		"comm_info_request":       decodeAs[CommInfoRequest],
		"comm_info_reply":         decodeAs[CommInfoReply],
		"shutdown_request":        decodeAs[ShutdownRequest],
		"shutdown_reply":          decodeAs[ShutdownReply],
		"interrupt_request":       decodeAs[InterruptRequest],
		"interrupt_reply":         decodeAs[InterruptReply],
		"debug_request":           decodeAs[DebugRequest],
		"debug_reply":             decodeAs[DebugReply],
		"usage_request":           decodeAs[UsageRequest],
		"usage_reply":             decodeAs[UsageReply],
		"create_subshell_request": decodeAs[CreateSubshellRequest],
		"create_subshell_reply":   decodeAs[CreateSubshellReply],
		"delete_subshell_request": decodeAs[DeleteSubshellRequest],
		"delete_subshell_reply":   decodeAs[DeleteSubshellReply],
		"list_subshell_request":   decodeAs[ListSubshellRequest],
		"list_subshell_reply":     decodeAs[ListSubshellReply],
		"status":                  decodeAs[Status],
		"stream":                  decodeAs[Stream],
		"display_data":            decodeAs[DisplayData],
		"update_display_data":     decodeAs[UpdateDisplayData],
		"execute_input":           decodeAs[ExecuteInput],
		"execute_result":          decodeAs[ExecuteResult],
		"error":                   decodeAs[ErrorMessage],
		"clear_output":            decodeAs[ClearOutput],
		"iopub_welcome":           decodeAs[Welcome],
		"debug_event":             decodeAs[DebugEvent],
		"input_request":           decodeAs[InputRequest],
		"input_reply":             decodeAs[InputReply],
		"comm_open":               decodeAs[CommOpen],
		"comm_msg":                decodeAs[CommMsg],
		"comm_close":              decodeAs[CommClose],
	}
}

func decodeAs[T Content](raw json.RawMessage) (Content, error) {
	var c T
	err := json.Unmarshal(raw, &c)
	return c, err
}

// Types lists the message types that ParseAny knows.
func Types() []string {
	return slices.Sorted(maps.Keys(decoders()))
}

// ParseAny decodes the content of m by its type. The error is a BadContent for content that does not fit and nil, with nil
// content, for a type that the protocol does not have.
func ParseAny(m *Message) (Content, error) {
	decode, ok := decoders()[m.Header.MsgType]
	if !ok {
		return nil, nil
	}
	c, err := decode(m.Content)
	if err != nil {
		return nil, badContent(m, err)
	}
	return c, nil
}
