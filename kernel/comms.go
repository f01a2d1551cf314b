package kernel

import "joule/kernel/wire"

// comms are the open comms, by id. No target is registered yet: widgets will be the first.
type comms struct{}

func newComms() *comms { return &comms{} }

// commInfo lists the open comms.
func (s *server) commInfo(*request, wire.CommInfoRequest) (wire.Content, error) {
	return wire.CommInfoReply{Status: wire.OK, Comms: map[string]wire.CommInfo{}}, nil
}

// commOpen refuses a comm whose target nobody has registered: the other side learns of it by a comm_close.
func (s *server) commOpen(q *request, r wire.CommOpen) (wire.Content, error) {
	s.options.Log.Info("comm_open for an unknown target", "target", r.TargetName)
	s.publisher.publish(q.message, wire.CommClose{CommID: r.CommID})
	return nil, nil
}

// commMsg drops a message for a comm that is not open.
func (s *server) commMsg(_ *request, r wire.CommMsg) (wire.Content, error) {
	s.options.Log.Info("comm_msg for an unknown comm", "comm", r.CommID)
	return nil, nil
}

// commClose has nothing to close.
func (s *server) commClose(*request, wire.CommClose) (wire.Content, error) { return nil, nil }
