package wire

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Version is the version of the messaging protocol that this package speaks.
const Version = "5.5"

// Header is the first signed frame of a message. Fields that this package does not know are ignored here and kept in
// Message.RawHeader.
type Header struct {
	MsgID      string  `json:"msg_id"`
	Session    string  `json:"session"`
	Username   string  `json:"username"`
	Date       string  `json:"date"` // ISO 8601 with a zone
	MsgType    string  `json:"msg_type"`
	Version    string  `json:"version"`
	SubshellID *string `json:"subshell_id,omitempty"` // JEP 91; nil is the main shell
}

// Message is one message, decoded as far as its envelope. The raw fields hold JSON objects exactly as they were received or
// will be sent.
type Message struct {
	Identities [][]byte // routing frames; on IOPub the topic
	Header     Header
	RawHeader  json.RawMessage // Header as it travels; it becomes the parent header of every answer
	Parent     json.RawMessage // the parent header as it travels; {} when there is none
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte
}

// SetSubshell addresses a request that has not been sent to a subshell (JEP 91).
func (m *Message) SetSubshell(id string) error {
	m.Header.SubshellID = &id
	raw, err := json.Marshal(m.Header)
	if err != nil {
		return fmt.Errorf("wire: header of %s: %w", m.Header.MsgType, err)
	}
	m.RawHeader = raw
	return nil
}

// ParentHeader decodes the parent header. It is the zero Header when there is none.
func (m *Message) ParentHeader() Header {
	var h Header
	if json.Unmarshal(m.Parent, &h) != nil {
		return Header{}
	}
	return h
}

// Size is the number of bytes that the message holds, to bound queues with.
func (m *Message) Size() int {
	n := len(m.RawHeader) + len(m.Parent) + len(m.Metadata) + len(m.Content)
	for _, f := range m.Identities {
		n += len(f)
	}
	for _, f := range m.Buffers {
		n += len(f)
	}
	return n
}

// Parse decodes the content of m as a T. Unknown fields are accepted, missing ones are zero. The error is a BadContent.
func Parse[T Content](m *Message) (T, error) {
	var c T
	if !opensObject(m.Content) { // null is nothing that json.Unmarshal minds
		return c, fmt.Errorf("%w of %s: not a JSON object", BadContent, m.Header.MsgType)
	}
	if err := json.Unmarshal(m.Content, &c); err != nil {
		return c, badContent(m, err)
	}
	return c, nil
}

// badContent says what is wrong with the content of m in words of the message, not of Go.
func badContent(m *Message, err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) && typ.Field != "" {
		field := typ.Field[strings.LastIndexByte(typ.Field, '.')+1:]
		return fmt.Errorf("%w: %s: %q is a %s, not a valid %s", BadContent, m.Header.MsgType, field, typ.Value, typ.Type)
	}
	return fmt.Errorf("%w: %s: %v", BadContent, m.Header.MsgType, err)
}

// An Author writes messages. Its session id is new for every Author and its message ids are never used twice; the methods
// may be called from any goroutine.
type Author struct {
	session  string
	username string
	count    atomic.Uint64
	now      func() time.Time
}

// NewAuthor returns an author with a new session id.
func NewAuthor(username string) *Author {
	var id [16]byte
	rand.Read(id[:]) // never fails: see crypto/rand
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	s := hex.EncodeToString(id[:])
	session := s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	return &Author{session: session, username: username, now: time.Now}
}

// Session is the session id in the headers of this author.
func (a *Author) Session() string { return a.session }

// New returns a message with content c. parent is the raw header of the request that it answers, or nil for a message that
// answers none. Identities and Buffers are left to the caller.
func (a *Author) New(c Content, parent json.RawMessage) (*Message, error) {
	content, err := encode(c)
	if err != nil {
		return nil, fmt.Errorf("wire: %s: %w", c.MsgType(), err)
	}
	h := Header{
		MsgID:    a.session + "_" + strconv.FormatUint(a.count.Add(1), 10),
		Session:  a.session,
		Username: a.username,
		Date:     a.now().UTC().Format("2006-01-02T15:04:05.000000Z"),
		MsgType:  c.MsgType(),
		Version:  Version,
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("wire: header of %s: %w", c.MsgType(), err)
	}
	if len(parent) == 0 {
		parent = json.RawMessage("{}")
	}
	return &Message{Header: h, RawHeader: raw, Parent: parent, Metadata: json.RawMessage("{}"), Content: content}, nil
}
