package zmq

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// peerTypes lists the socket types that may talk to a socket of type typ.
func peerTypes(typ zmq4.SocketType) []string {
	switch typ {
	case zmq4.Router:
		return []string{"REQ", "DEALER", "ROUTER"}
	case zmq4.XPub:
		return []string{"SUB", "XSUB"}
	case zmq4.Dealer:
		return []string{"REP", "DEALER", "ROUTER"}
	case zmq4.Sub:
		return []string{"PUB", "XPUB"}
	case zmq4.Req:
		return []string{"REP", "ROUTER"}
	}
	return nil
}

// open makes the handshake on conn as a socket of type typ, encrypted unless k is nil. Before the deadline it either succeeds or
// fails; conn is closed when it fails.
func open(conn net.Conn, g *guard, typ zmq4.SocketType, identity string, server bool, k *curve) (z *zmq4.Conn, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = recovered(v)
		}
		if err != nil {
			conn.Close()
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(g.limits.Handshake)); err != nil {
		return nil, err
	}
	if k != nil {
		t, err := newTunnel(g.Conn, k, g.limits, string(typ), identity)
		if err != nil {
			return nil, err
		}
		g.Conn = t
		g.in.Reset(t)
	}
	z, err = zmq4.Open(g, null.Security(), typ, zmq4.SocketIdentity(identity), server, nil)
	if err != nil {
		return nil, incomplete(err)
	}
	g.buffered()
	return z, conn.SetDeadline(time.Time{})
}

// greetingSize is how many bytes a peer begins with.
const greetingSize = 64

// greeting makes what a peer of version 3.0 begins with.
func greeting(mechanism string, server bool) []byte {
	b := make([]byte, greetingSize)
	b[0], b[9], b[10] = 0xff, 0x7f, 3
	copy(b[12:32], mechanism)
	if server {
		b[32] = 1
	}
	return b
}

// readGreeting reads what a peer begins with.
func readGreeting(in io.Reader) ([]byte, error) {
	b := make([]byte, greetingSize)
	// The first byte alone rejects most of what is not ZeroMQ, without waiting for the rest.
	if _, err := io.ReadFull(in, b[:1]); err != nil {
		return nil, incomplete(err)
	}
	if b[0] != 0xff {
		return nil, fmt.Errorf("%w: begins with %#x", BadGreeting, b[0])
	}
	if _, err := io.ReadFull(in, b[1:]); err != nil {
		return nil, incomplete(err)
	}
	if b[9] != 0x7f || b[10] < 3 {
		return nil, fmt.Errorf("%w: version %d", BadGreeting, b[10])
	}
	if b[32] > 1 {
		return nil, fmt.Errorf("%w: as-server is %d", BadGreeting, b[32])
	}
	return b, nil
}

// mechanism is the security mechanism of a greeting.
func mechanism(greeting []byte) string { return strings.TrimRight(string(greeting[12:32]), "\x00") }

// greeting passes on the greeting of a peer.
func (g *guard) greeting() error {
	b, err := readGreeting(g.in)
	if err != nil {
		return err
	}
	if m := mechanism(b); m != "NULL" {
		return fmt.Errorf("%w: %q instead of NULL", BadMechanism, m)
	}
	g.pending = append(g.pending, b)
	g.stage = g.ready
	return nil
}

// ready passes on the peer's READY command, rewritten to the two properties that matter, in their usual spelling.
func (g *guard) ready() error {
	flags, size, err := readHeader(g.in)
	if err != nil {
		return incomplete(err)
	}
	if flags&flagCommand == 0 || size > maxCommand {
		return fmt.Errorf("%w: a frame of %d bytes with flags %#x instead of READY", BadHandshake, size, flags)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(g.in, body); err != nil {
		return incomplete(err)
	}
	const name = "\x05READY"
	properties, ok := strings.CutPrefix(string(body), name)
	if !ok {
		return fmt.Errorf("%w: %q instead of READY", BadHandshake, body[:min(len(body), 32)])
	}
	typ, identity, err := parseProperties(properties)
	if err != nil {
		return err
	}
	if !slices.Contains(g.allowed, typ) {
		return fmt.Errorf("%w: %q", BadSocketType, typ)
	}
	g.identity = identity
	clean := appendProperty([]byte(name), "Socket-Type", typ)
	clean = appendProperty(clean, "Identity", identity)
	g.pending = append(g.pending, appendFrame(nil, flagCommand, clean))
	g.stage = g.traffic
	return nil
}

// parseProperties reads the metadata of a READY command: a length byte, a name, four length bytes, a value, and so on.
// Names are compared without case.
func parseProperties(s string) (typ, identity string, err error) {
	for s != "" {
		n := int(s[0])
		if len(s) < 1+n+4 || n == 0 {
			return "", "", fmt.Errorf("%w: cut metadata", BadHandshake)
		}
		name, rest := s[1:1+n], s[1+n:]
		size := uint64(binary.BigEndian.Uint32([]byte(rest[:4])))
		if rest = rest[4:]; uint64(len(rest)) < size {
			return "", "", fmt.Errorf("%w: cut metadata", BadHandshake)
		}
		switch strings.ToLower(name) {
		case "socket-type":
			typ = rest[:size]
		case "identity":
			identity = rest[:size]
		}
		s = rest[size:]
	}
	if len(identity) > 255 {
		return "", "", fmt.Errorf("%w: identity of %d bytes", BadHandshake, len(identity))
	}
	return typ, identity, nil
}

func appendProperty(dst []byte, name, value string) []byte {
	dst = append(append(dst, byte(len(name))), name...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}
