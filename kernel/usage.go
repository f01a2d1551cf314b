package kernel

import (
	"encoding/json"
	"fmt"

	"joule/kernel/wire"
)

// usage says what the kernel and the processes that it started use.
func (s *server) usage(*request, wire.UsageRequest) (wire.Content, error) {
	u := s.meter.Measure()
	reply := wire.UsageReply{Hostname: u.Hostname, PID: u.PID, KernelCPU: u.CPU, KernelMemory: u.Memory, CPUCount: u.CPUs,
		HostCPUPercent: u.HostCPU}
	if h := u.Host; h != nil {
		reply.HostVirtualMemory = &wire.VirtualMemory{Total: h.Total, Available: h.Available, Percent: h.Percent, Used: h.Used, Free: h.Free}
	}
	return reply, nil
}

// debug refuses a request of a debugger in the debugger's own words, a response of the Debug Adapter Protocol that has failed,
// so that the one who asked sees why. Kernels of Serve have no debugger, and kernel_info says so.
func (s *server) debug(_ *request, r wire.DebugRequest) (wire.Content, error) {
	var asked struct {
		Seq     int    `json:"seq"`
		Command string `json:"command"`
	}
	if err := json.Unmarshal(r.Raw, &asked); err != nil {
		return nil, fmt.Errorf("%w: debug_request: %v", wire.BadContent, err)
	}
	raw, err := json.Marshal(map[string]any{
		"type": "response", "seq": 0, "request_seq": asked.Seq, "success": false, "command": asked.Command,
		"message": "this kernel has no debugger", "body": map[string]any{},
	})
	return wire.DebugReply{Raw: raw}, err
}
