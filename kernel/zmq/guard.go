package zmq

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Bits of a frame's first byte (ZMTP 3.0, https://rfc.zeromq.org/spec/23/).
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

const (
	maxCommand = 4 << 10  // a handshake or command larger than this is nobody's
	eager      = 64 << 10 // frames up to this size are read at once, larger ones as they arrive
	maxChunk   = 4 << 20
	writeStep  = 256 << 10 // how much is written between two looks at the clock
)

// A guard is the connection as zmq4 sees it: only whole, checked frames come out of it. Read is called by one goroutine,
// and so is Write.
type guard struct {
	net.Conn
	limits   Options
	allowed  []string                       // socket types that the peer may have
	ignored  *atomic.Int64                  // counts commands and empty messages
	command  func(name string, body []byte) // told of every command after the handshake; may be nil
	in       *bufio.Reader
	out      *bufio.Writer // nil during the handshake
	stage    func() error  // fills pending with what comes next
	pending  [][]byte      // checked bytes that zmq4 has not read yet
	frames   int           // frames of the message under way
	bytes    int64         // and their bytes
	identity string        // of the peer, from its handshake
	pace     *paced        // the connection to the network
}

func newGuard(conn net.Conn, o Options, allowed []string, ignored *atomic.Int64) *guard {
	pace := &paced{Conn: conn}
	pace.taken.Store(time.Now().UnixNano())
	g := &guard{Conn: pace, pace: pace, limits: o, allowed: allowed, ignored: ignored, in: bufio.NewReaderSize(conn, 16<<10)}
	g.stage = g.greeting
	return g
}

// Read hands out checked bytes.
func (g *guard) Read(p []byte) (int, error) {
	for len(g.pending) == 0 {
		if err := g.stage(); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.pending[0])
	if g.pending[0] = g.pending[0][n:]; len(g.pending[0]) == 0 {
		g.pending[0] = nil // a large frame is given back while it is copied
		g.pending = g.pending[1:]
	}
	return n, nil
}

// Write sends at once during the handshake and collects small writes after it, until flush.
func (g *guard) Write(p []byte) (int, error) {
	if g.out == nil {
		return g.Conn.Write(p)
	}
	return g.out.Write(p)
}

// buffered lets Write collect what it is given.
func (g *guard) buffered() { g.out = bufio.NewWriterSize(g.Conn, 32<<10) }

func (g *guard) flush() error { return g.out.Flush() }

// A paced connection writes in steps and notes when each was taken, so that a slow peer can be told from a frozen one.
type paced struct {
	net.Conn
	taken atomic.Int64 // when the network last took bytes, in nanoseconds since 1970
}

func (c *paced) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = c.Conn.Write(p[n:min(n+writeStep, len(p))])
		n += m
		c.taken.Store(time.Now().UnixNano())
	}
	return n, err
}

// CloseWrite tells the peer that nothing follows.
func (c *paced) CloseWrite() error { return closeWrite(c.Conn) }

// closeWrite closes half of a connection, or all of one that has no halves.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

// readHeader reads the header of the next frame.
func readHeader(in *bufio.Reader) (flags byte, size uint64, err error) {
	flags, err = in.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 {
		return 0, 0, fmt.Errorf("%w: flags %#x", BadFrame, flags)
	}
	if flags&flagCommand != 0 && flags&flagMore != 0 {
		return 0, 0, fmt.Errorf("%w: a command that is to be continued", BadFrame)
	}
	if flags&flagLong == 0 {
		n, err := in.ReadByte()
		return flags, uint64(n), incomplete(err)
	}
	var long [8]byte
	if _, err := io.ReadFull(in, long[:]); err != nil {
		return 0, 0, incomplete(err)
	}
	return flags, binary.BigEndian.Uint64(long[:]), nil
}

// traffic passes on one frame of a message. Commands and messages without a byte end here.
func (g *guard) traffic() error {
	flags, size, err := readHeader(g.in)
	if g.frames > 0 {
		err = incomplete(err)
	}
	if err != nil {
		return err
	}
	if flags&flagCommand != 0 {
		return g.swallow(size)
	}
	if g.frames == 0 && size == 0 && flags&flagMore == 0 {
		g.ignored.Add(1)
		return nil
	}
	limit := uint64(g.limits.MaxMessage - g.bytes)
	if size > limit {
		return fmt.Errorf("%w: %d bytes announced, %d left of %d", FrameTooLarge, size, limit, g.limits.MaxMessage)
	}
	if g.frames++; g.frames > g.limits.MaxFrames {
		return fmt.Errorf("%w of %d", TooManyFrames, g.limits.MaxFrames)
	}
	g.bytes += int64(size)
	if flags&flagMore == 0 {
		g.frames, g.bytes = 0, 0
	}
	return g.pass(flags, int(size))
}

// swallow reads a command that zmq4 shall not see: it would hand a command on as if it were a message, and answer a ping on
// the goroutine that reads, in the middle of what another one writes.
func (g *guard) swallow(size uint64) error {
	if size > maxCommand || g.frames > 0 {
		return fmt.Errorf("%w: a command of %d bytes after %d frames of a message", BadFrame, size, g.frames)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(g.in, body); err != nil {
		return incomplete(err)
	}
	g.ignored.Add(1)
	if len(body) > 0 && int(body[0]) < len(body) && g.command != nil {
		g.command(string(body[1:1+body[0]]), body[1+body[0]:])
	}
	return nil
}

// pass reads a frame's body and makes header and body pending. A large body is kept in pieces that grow with what has
// arrived.
func (g *guard) pass(flags byte, size int) error {
	head := []byte{flags, byte(size)}
	if flags&flagLong != 0 {
		head = binary.BigEndian.AppendUint64([]byte{flags}, uint64(size))
	}
	pending := append(g.pending[:0], head)
	for chunk := eager; size > 0; chunk = min(2*chunk, maxChunk) {
		piece := make([]byte, min(size, chunk))
		if _, err := io.ReadFull(g.in, piece); err != nil {
			return incomplete(err)
		}
		pending = append(pending, piece)
		size -= len(piece)
	}
	g.pending = pending
	return nil
}

// incomplete names the end of a connection where it should not end. A peer that hangs up before it has read our part of the
// handshake resets the connection.
func incomplete(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), hungUp(err):
		return Incomplete
	case errors.Is(err, os.ErrDeadlineExceeded):
		return SlowHandshake
	}
	return err
}

// hungUp says whether err is the end of a connection, from either side, in order or not.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
