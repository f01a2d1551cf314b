package kernel

import (
	"joule/kernel/display"
	"joule/kernel/wire"
)

// features are the optional features (JEP 92) of every kernel that Serve runs. The debugger is none: see debug.
func features() wire.List[string] { return wire.List[string]{"kernel subshells"} }

// kernelInfo says what the kernel runs and speaks.
func (s *server) kernelInfo(*request, wire.KernelInfoRequest) (wire.Content, error) {
	info := s.engine.Info()
	reply := wire.KernelInfoReply{
		Status: wire.OK, ProtocolVersion: wire.Version, Implementation: info.Implementation,
		ImplementationVersion: info.Version, LanguageInfo: info.Language, Banner: info.Banner,
		SupportedFeatures: features(),
	}
	for _, link := range info.HelpLinks {
		reply.HelpLinks = append(reply.HelpLinks, link)
	}
	return reply, nil
}

// complete lists what may stand at the cursor.
func (s *server) complete(q *request, r wire.CompleteRequest) (wire.Content, error) {
	c := s.engine.Complete(q.ctx, r.Code, wire.ByteOffset(r.Code, r.CursorPos))
	reply := wire.CompleteReply{Status: wire.OK,
		CursorStart: wire.CodePoints(r.Code, c.Start), CursorEnd: wire.CodePoints(r.Code, c.End)}
	for _, m := range c.Matches {
		reply.Matches = append(reply.Matches, m.Text)
		reply.Metadata.Types = append(reply.Metadata.Types, wire.CompleteType{Start: reply.CursorStart,
			End: reply.CursorEnd, Text: m.Text, Type: m.Type, Signature: m.Signature})
	}
	return reply, nil
}

// inspect describes the name at the cursor.
func (s *server) inspect(q *request, r wire.InspectRequest) (wire.Content, error) {
	found := s.engine.Inspect(q.ctx, r.Code, wire.ByteOffset(r.Code, r.CursorPos), r.DetailLevel)
	reply := wire.InspectReply{Status: wire.OK, Found: found.Found}
	if found.Found {
		reply.Data, reply.Metadata = wire.Bundle(display.Bundle{Data: found.Data})
	}
	return reply, nil
}

// isComplete says whether code can run as it stands.
func (s *server) isComplete(_ *request, r wire.IsCompleteRequest) (wire.Content, error) {
	c := s.engine.IsComplete(r.Code)
	reply := wire.IsCompleteReply{Status: c.Status}
	if c.Status == "incomplete" {
		reply.Indent = &c.Indent
	}
	return reply, nil
}
