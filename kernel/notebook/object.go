package notebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// object is a JSON object that keeps the order of its members and the bytes of their values. Of a key that stands twice the
// last value counts, as everywhere, and it keeps the first one's place.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

// parseObject reads one JSON object and nothing after it.
func parseObject(data []byte) (*object, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	open, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') {
		return nil, fmt.Errorf("a JSON object is expected, found %s", kindOf(data))
	}
	o := newObject()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		o.set(key.(string), value)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("there is something after the end of the JSON object")
	}
	return o, nil
}

func newObject() *object { return &object{values: map[string]json.RawMessage{}} }

// set gives key a value. A new key is put where the alphabet wants it if the members are in alphabetical order (as Jupyter
// writes them), else at the end.
func (o *object) set(key string, value json.RawMessage) {
	if _, known := o.values[key]; !known {
		o.insert(key)
	}
	o.values[key] = value
}

func (o *object) insert(key string) {
	at := len(o.keys)
	for i, k := range o.keys {
		if k > key {
			at = i
			break
		}
	}
	if !o.sorted() {
		at = len(o.keys)
	}
	o.keys = append(o.keys, "")
	copy(o.keys[at+1:], o.keys[at:])
	o.keys[at] = key
}

func (o *object) sorted() bool {
	for i := 1; i < len(o.keys); i++ {
		if o.keys[i] < o.keys[i-1] {
			return false
		}
	}
	return true
}

// encode returns the object as compact JSON.
func (o *object) encode() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(k))
		b.WriteByte(':')
		b.Write(o.values[k])
	}
	b.WriteByte('}')
	return b.Bytes()
}

// array joins values to a JSON array.
func array(values []json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(v)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// quote writes s as a JSON string with as few escapes as JSON allows, the way Jupyter writes its files: encoding/json would also
// escape <, >, & and the line separators U+2028 and U+2029.
func quote(s string) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.Bytes()
}

// quoteLines writes s as the list of its lines, each with its line end: how notebook files keep text, so that a changed line is one
// line of a difference.
func quoteLines(s string) json.RawMessage {
	var lines []json.RawMessage
	for _, line := range splitLines(s) {
		lines = append(lines, quote(line))
	}
	return array(lines)
}

// splitLines splits after every line end that Python's str.splitlines knows, because Jupyter splits there.
func splitLines(s string) []string {
	var lines []string
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch r {
		case '\r':
			if i < len(s) && s[i] == '\n' {
				i++
			}
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		default:
			continue
		}
		lines = append(lines, s[start:i])
		start = i
	}
	if start < len(s) {
		lines = append(lines, s[start:])
	}
	return lines
}

// text reads a multi-line string: one string, or a list of strings to be joined.
func text(raw json.RawMessage) (string, error) {
	var whole string
	if json.Unmarshal(raw, &whole) == nil {
		return whole, nil
	}
	var lines []string
	if err := json.Unmarshal(raw, &lines); err != nil {
		return "", fmt.Errorf("a string or a list of strings is expected, found %s", kindOf(raw))
	}
	return strings.Join(lines, ""), nil
}

// kindOf names the kind of a JSON value, for messages.
func kindOf(raw []byte) string {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	if len(trimmed) == 0 {
		return "nothing"
	}
	switch trimmed[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a truth value"
	case 'n':
		return "null"
	}
	return "a number"
}
