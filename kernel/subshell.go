package kernel

import (
	"crypto/rand"
	"fmt"
	"slices"

	"joule/kernel/wire"
)

// maxSubshells bounds how many subshells there can be: each costs a goroutine and a queue.
const maxSubshells = 256

// shellOf is the shell to which a request on the shell channel goes: the subshell that its header names (JEP 91), else the
// main shell.
func (s *server) shellOf(m *wire.Message) *shell {
	id := m.Header.SubshellID
	if id == nil {
		return s.main
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh := s.subshells[*id]; sh != nil {
		return sh
	}
	return s.lost
}

// createSubshell starts a subshell. It has its own queue, execution count, history and questions; an error stops what waits
// behind it and nothing else.
func (s *server) createSubshell(*request, wire.CreateSubshellRequest) (wire.Content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return nil, fmt.Errorf("kernel: it is shutting down")
	case len(s.subshells) >= maxSubshells:
		return nil, fmt.Errorf("kernel: there are %d subshells already", maxSubshells)
	}
	sh := newShell(Shell, s.options.MaxQueued)
	sh.id = rand.Text()
	sh.history = s.options.History.NewSession()
	s.subshells[sh.id] = sh
	s.start(sh)
	return wire.CreateSubshellReply{Status: wire.OK, SubshellID: sh.id}, nil
}

// deleteSubshell ends a subshell: the cell that runs there is interrupted, those that wait are aborted. The reply does not wait
// for them.
func (s *server) deleteSubshell(_ *request, r wire.DeleteSubshellRequest) (wire.Content, error) {
	s.mu.Lock()
	sh := s.subshells[r.SubshellID]
	delete(s.subshells, r.SubshellID)
	s.mu.Unlock()
	if sh == nil {
		return nil, unknownSubshell(r.SubshellID)
	}
	sh.close()
	s.interruptOnly(sh)
	return wire.DeleteSubshellReply{Status: wire.OK}, nil
}

// listSubshells names the subshells; the main shell is none.
func (s *server) listSubshells(*request, wire.ListSubshellRequest) (wire.Content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := wire.ListSubshellReply{Status: wire.OK}
	for id := range s.subshells {
		reply.SubshellID = append(reply.SubshellID, id)
	}
	slices.Sort(reply.SubshellID)
	return reply, nil
}

func unknownSubshell(id string) error {
	return &Error{Name: "UnknownSubshell", Message: fmt.Sprintf("there is no subshell %q", id)}
}
