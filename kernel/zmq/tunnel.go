package zmq

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

// A tunnel is an encrypted connection as its guard and zmq4 see it: one without encryption. zmq4 could not carry CurveZMQ itself:
// its security mechanisms are given the body of a frame, while CurveZMQ seals the flags of a frame with its body, and zmq4 writes
// the length of the plain body in front of the sealed one. So the tunnel makes greeting and handshake with the peer alone. Then it
// shows its reader the greeting and the READY of an unencrypted peer and the opened frames; of what is written it drops the
// greeting and READY, and seals the frames.
//
// Read is called by one goroutine, and so is Write.
type tunnel struct {
	net.Conn
	in     *bufio.Reader
	limit  uint64 // for the size of a sealed frame
	seal   *seal
	plain  []byte // opened, and not read yet
	held   []byte // written, and no whole frame yet
	sealed []byte
	skip   int // what is left to drop of the greeting
	ready  bool
}

// newTunnel makes the handshake of k on conn, as a socket of type typ.
func newTunnel(conn net.Conn, k *curve, o Options, typ, identity string) (*tunnel, error) {
	t := &tunnel{Conn: conn, in: bufio.NewReaderSize(conn, 16<<10), limit: uint64(o.MaxMessage) + uint64(sealedMore), skip: greetingSize}
	if _, err := conn.Write(greeting("CURVE", k.server == nil)); err != nil {
		return nil, err
	}
	g, err := readGreeting(t.in)
	if err != nil {
		return nil, err
	}
	if m := mechanism(g); m != "CURVE" {
		return nil, fmt.Errorf("%w: %q instead of CURVE", BadMechanism, m)
	}
	if g[32] == 1 && k.server == nil { // a libzmq that is a server does not say so, and then waits for HELLO
		return nil, fmt.Errorf("%w: both ends are servers", BadGreeting)
	}
	metadata := appendProperty(appendProperty(nil, "Socket-Type", typ), "Identity", identity)
	var theirs []byte
	if t.seal, theirs, err = k.meet(metadata, t.sendCommand, t.receiveCommand); err != nil {
		return nil, err
	}
	t.plain = appendFrame(greeting("NULL", false), flagCommand, append([]byte("\x05READY"), theirs...))
	return t, nil
}

func (t *tunnel) sendCommand(name string, body []byte) error {
	content := append(append([]byte{byte(len(name))}, name...), body...)
	_, err := t.Conn.Write(appendFrame(nil, flagCommand, content))
	return err
}

// receiveCommand returns the body of the command called name, which must come next.
func (t *tunnel) receiveCommand(name string) ([]byte, error) {
	flags, size, err := readHeader(t.in)
	if err != nil {
		return nil, incomplete(err)
	}
	if flags&flagCommand == 0 || size > maxCommand {
		return nil, fmt.Errorf("%w: a frame of %d bytes with flags %#x instead of %s", BadHandshake, size, flags, name)
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(t.in, content); err != nil {
		return nil, incomplete(err)
	}
	body, ok := strings.CutPrefix(string(content), string(rune(len(name)))+name)
	if !ok {
		return nil, fmt.Errorf("%w: %q instead of %s", BadHandshake, content[:min(len(content), 32)], name)
	}
	return []byte(body), nil
}

// Read hands out opened frames.
func (t *tunnel) Read(p []byte) (int, error) {
	for len(t.plain) == 0 {
		if err := t.receive(); err != nil {
			return 0, err
		}
	}
	n := copy(p, t.plain)
	if t.plain = t.plain[n:]; len(t.plain) == 0 {
		t.plain = nil
	}
	return n, nil
}

// receive opens one frame. A sealed frame has the MESSAGE form of a command and no flag of one in libzmq, with the flag in others.
func (t *tunnel) receive() error {
	flags, size, err := readHeader(t.in)
	if err != nil {
		return err
	}
	if flags&flagMore != 0 {
		return fmt.Errorf("%w: a sealed frame that is to be continued", BadFrame)
	}
	if size > t.limit {
		return fmt.Errorf("%w: %d sealed bytes announced", FrameTooLarge, size)
	}
	sealed, err := readGrowing(t.in, int(size))
	if err != nil {
		return incomplete(err)
	}
	const room = 9 // for the longest header, whose last byte takes the place of the inner flags
	plain, err := t.seal.open(make([]byte, room-1, room-1+len(sealed)), sealed)
	if err != nil {
		return err
	}
	inner, n := plain[room-1], len(plain)-room
	flags = 0
	if inner&innerMore != 0 {
		flags |= flagMore
	}
	if inner&innerCommand != 0 {
		flags |= flagCommand
	}
	if inner&^(innerMore|innerCommand) != 0 {
		return fmt.Errorf("%w: inner flags %#x", BadFrame, inner)
	}
	at := room - headerSize(n)
	putHeader(plain[at:room], flags, n)
	t.plain = plain[at:]
	return nil
}

// readGrowing reads size bytes into memory that grows with what has arrived.
func readGrowing(in io.Reader, size int) ([]byte, error) {
	b := make([]byte, 0, min(size, eager))
	for len(b) < size {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(2*cap(b), size))
			copy(grown, b)
			b = grown
		}
		n, err := io.ReadFull(in, b[len(b):cap(b)])
		if b = b[:len(b)+n]; err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Write seals whole frames and sends them, all of p's at once.
func (t *tunnel) Write(p []byte) (int, error) {
	n := len(p)
	drop := min(t.skip, len(p))
	t.skip -= drop
	t.held = append(t.held, p[drop:]...)
	rest := t.held
	for {
		flags, head, size, ok := parseHeader(rest)
		if !ok || len(rest) < head+size {
			break
		}
		if t.ready {
			var inner byte
			if flags&flagMore != 0 {
				inner |= innerMore
			}
			if flags&flagCommand != 0 {
				inner |= innerCommand
			}
			rest[head-1] = inner // the last byte of the header is not needed any more
			length := size + sealedMore
			at := len(t.sealed)
			t.sealed = slices.Grow(t.sealed, headerSize(length)+length)[:at+headerSize(length)]
			putHeader(t.sealed[at:], 0, length)
			t.sealed = t.seal.message(t.sealed, rest[head-1:head+size])
		}
		t.ready = true // the first frame is READY
		rest = rest[head+size:]
	}
	t.held = trimmed(append(t.held[:0], rest...))
	if len(t.sealed) == 0 {
		return n, nil
	}
	_, err := t.Conn.Write(t.sealed)
	t.sealed = trimmed(t.sealed[:0])
	if err != nil {
		return 0, err
	}
	return n, nil
}

// trimmed gives a large buffer back that is empty.
func trimmed(b []byte) []byte {
	if len(b) == 0 && cap(b) > eager {
		return nil
	}
	return b
}

// CloseWrite tells the peer that nothing follows.
func (t *tunnel) CloseWrite() error { return closeWrite(t.Conn) }

// headerSize is how many bytes the header of a frame of size bytes has.
func headerSize(size int) int {
	if size > 255 {
		return 9
	}
	return 2
}

// putHeader writes a frame's header, which has headerSize(size) bytes.
func putHeader(b []byte, flags byte, size int) {
	if size > 255 {
		b[0] = flags | flagLong
		binary.BigEndian.PutUint64(b[1:], uint64(size))
		return
	}
	b[0], b[1] = flags, byte(size)
}

// parseHeader reads the header of a frame that this process has written.
func parseHeader(b []byte) (flags byte, head, size int, ok bool) {
	if len(b) < 2 {
		return 0, 0, 0, false
	}
	if b[0]&flagLong == 0 {
		return b[0], 2, int(b[1]), true
	}
	if len(b) < 9 {
		return 0, 0, 0, false
	}
	return b[0], 9, int(binary.BigEndian.Uint64(b[1:])), true
}

// appendFrame appends a whole frame.
func appendFrame(dst []byte, flags byte, body []byte) []byte {
	head := make([]byte, headerSize(len(body)))
	putHeader(head, flags, len(body))
	return append(append(dst, head...), body...)
}
