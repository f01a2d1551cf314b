package kernel

import "joule/kernel/wire"

// connect lists the ports.
func (s *server) connect(*request, wire.ConnectRequest) (wire.Content, error) {
	reply := s.options.Ports
	reply.Status = wire.OK
	return reply, nil
}

// interruptRequest ends the cells that run. The reply says that they have been told, not that they have ended.
func (s *server) interruptRequest(*request, wire.InterruptRequest) (wire.Content, error) {
	s.interrupt()
	return wire.InterruptReply{Status: wire.OK}, nil
}

// shutdown ends the cells and the engine. The reply goes out on the channel of the request and, as a message of its own
// (two messages with one signature are a replay), on IOPub, so that every front end learns of it.
func (s *server) shutdown(q *request, r wire.ShutdownRequest) (wire.Content, error) {
	s.endCells(q)
	if err := s.closeEngine(r.Restart); err != nil {
		s.options.Log.Warn("closing the engine", "error", err)
	}
	reply := wire.ShutdownReply{Status: wire.OK, Restart: r.Restart}
	q.after = func() { s.publisher.publish(q.parent, reply) }
	return reply, nil
}
