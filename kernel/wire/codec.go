package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"sync"
	"unicode/utf8"
)

// delimiter stands between the routing frames and the message.
const delimiter = "<IDS|MSG>"

// Scheme is the only signature scheme that a Codec knows, as it is written in connection files.
const Scheme = "hmac-sha256"

// A Codec turns messages into signed frames and verified frames into messages. Its methods may be called from any goroutine.
type Codec struct {
	key  []byte
	seen *replay
	macs sync.Pool // of hash.Hash: one that was used before knows the key already
}

// NewCodec returns a codec for the key of a connection file. With an empty key nothing is signed, verified or remembered.
func NewCodec(key string) *Codec {
	c := &Codec{key: []byte(key), seen: newReplay(replayLimit)}
	c.macs.New = func() any { return hmac.New(sha256.New, c.key) }
	return c
}

// Encode returns the frames of m: its identities, the delimiter, the signature, the four parts and the buffers. The frames
// share memory with m.
func (c *Codec) Encode(m *Message) [][]byte {
	frames := make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, []byte(delimiter), nil, m.RawHeader, m.Parent, m.Metadata, m.Content)
	n := len(m.Identities) + 1
	frames[n] = c.sign(frames[n+1 : n+5])
	return append(frames, m.Buffers...)
}

// Decode verifies frames and returns the message in them, which shares their memory. Every error wraps one Fault; none is a
// reason to stop serving. The content is not looked at: whether it is a JSON object turns out when it is parsed, because a kernel owes
// an answer to whoever sends a request that it cannot read, and a front end may not want to read megabytes twice.
func (c *Codec) Decode(frames [][]byte) (*Message, error) {
	at := -1
	for i, f := range frames {
		if string(f) == delimiter {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("%w in %d frames", NoDelimiter, len(frames))
	}
	rest := frames[at+1:]
	if len(rest) < 5 {
		return nil, fmt.Errorf("%w: %d", TooFewFrames, len(rest))
	}
	if err := c.verify(rest[0], rest[1:5]); err != nil {
		return nil, err
	}
	m := &Message{
		Identities: frames[:at:at],
		RawHeader:  rest[1], Parent: rest[2], Metadata: rest[3], Content: rest[4],
		Buffers: rest[5:],
	}
	if err := parse(m); err != nil {
		return nil, err
	}
	return m, nil
}

// parse reads the header and checks that parent and metadata are JSON objects.
func parse(m *Message) error {
	if err := repeatable(m.RawHeader); err != nil {
		return err
	}
	if err := json.Unmarshal(m.RawHeader, &m.Header); err != nil {
		return fmt.Errorf("%w: %v", BadHeader, err)
	}
	if m.Header.MsgID == "" || m.Header.MsgType == "" {
		return fmt.Errorf("%w: msg_id or msg_type missing", BadHeader)
	}
	for _, part := range []struct {
		raw   json.RawMessage
		fault Fault
	}{{m.Parent, BadParent}, {m.Metadata, BadMetadata}} {
		if !isObject(part.raw) {
			return fmt.Errorf("%w of %s: not a JSON object", part.fault, m.Header.MsgType)
		}
	}
	return nil
}

// Limits of a header. It is repeated in everything that a request causes, to all front ends: what one of them cannot read would keep
// it from reading what the kernel says to others.
const (
	maxHeader = 64 << 10
	maxDepth  = 100 // the least that JSON parsers take is 500 and more
)

func repeatable(header []byte) error {
	switch {
	case len(header) > maxHeader:
		return fmt.Errorf("%w: %d bytes", BadHeader, len(header))
	case !utf8.Valid(header):
		return fmt.Errorf("%w: not UTF-8", BadHeader)
	case depth(header) > maxDepth:
		return fmt.Errorf("%w: more than %d values within each other", BadHeader, maxDepth)
	}
	return nil
}

// depth is how many values of a JSON text stand within each other.
func depth(raw []byte) (deepest int) {
	open, text := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			open++
			deepest = max(deepest, open)
		case c == '}' || c == ']':
			open--
		}
	}
	return deepest
}

func isObject(raw []byte) bool { return opensObject(raw) && json.Valid(raw) }

// opensObject says whether raw is an object if it is JSON at all.
func opensObject(raw []byte) bool {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{'
}

// sign returns the signature of the four parts, empty when there is no key.
func (c *Codec) sign(parts [][]byte) []byte {
	if len(c.key) == 0 {
		return []byte{}
	}
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	mac.Reset()
	for _, p := range parts {
		mac.Write(p)
	}
	var sum [sha256.Size]byte
	return hex.AppendEncode(make([]byte, 0, 2*sha256.Size), mac.Sum(sum[:0]))
}

// verify compares in constant time and only then remembers the signature, so that nobody without the key can fill the memory.
func (c *Codec) verify(signature []byte, parts [][]byte) error {
	if len(c.key) == 0 {
		return nil
	}
	if len(signature) == 0 {
		return Unsigned
	}
	want := c.sign(parts)
	if !hmac.Equal(signature, want) {
		return BadSignature
	}
	var digest [sha256.Size]byte
	hex.Decode(digest[:], want)
	if !c.seen.add(digest) {
		return Replayed
	}
	return nil
}
