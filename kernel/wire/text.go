package wire

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// An appender writes its own JSON. Contents that can be large are appenders: encoding/json would scan what is already
// encoded a second time.
type appender interface {
	appendJSON(dst []byte) ([]byte, error)
}

// encode returns c as JSON, without escaping <, > and &, which HTML outputs are full of.
func encode(c Content) (json.RawMessage, error) {
	if a, ok := c.(appender); ok {
		return a.appendJSON(nil)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

const hexDigits = "0123456789abcdef"

// largeText is from where it pays to find room for a text before it is written.
const largeText = 64 << 10

// appendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD, so that whatever a cell prints, the
// message around it stays valid.
func appendString[T string | []byte](dst []byte, s T) []byte {
	if len(s) > largeText { // room for what is escaped and for what follows: growing would hold the text twice
		dst = slices.Grow(dst, len(s)+len(s)/16)
	}
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, size := decodeRune(s, i)
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\uFFFD"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, b)
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func decodeRune[T string | []byte](s T, i int) (rune, int) {
	var buf [utf8.UTFMax]byte
	n := copy(buf[:], s[i:])
	return utf8.DecodeRune(buf[:n])
}

func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
}

// IncompleteTail is how many bytes at the end of p (0 to 3) are the start of a UTF-8 sequence that the next bytes may
// complete. A stream that is cut there shows no broken character.
func IncompleteTail(p []byte) int {
	for n := 1; n <= 3 && n <= len(p); n++ {
		b := p[len(p)-n]
		if b < utf8.RuneSelf {
			return 0
		}
		if utf8.RuneStart(b) {
			if utf8.FullRune(p[len(p)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}
