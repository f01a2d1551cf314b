package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"

	"joule/kernel/display"
)

// Object is a JSON object whose values are JSON already. A nil Object is written as {}.
type Object map[string]json.RawMessage

// MarshalJSON writes o with sorted keys.
func (o Object) MarshalJSON() ([]byte, error) { return o.appendJSON(nil) }

func (o Object) appendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i, k := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, k), ':')
		if len(o[k]) == 0 {
			dst = append(dst, "null"...)
			continue
		}
		dst = append(dst, o[k]...)
	}
	return append(dst, '}'), nil
}

// Bundle encodes b as the protocol's data and metadata: JSON types as JSON, text types as strings, every other type in
// base64. A JSON type whose content is not JSON is sent as a string, invalid metadata is left out: a picture that cannot be
// shown is better than a message that cannot be read.
func Bundle(b display.Bundle) (data, metadata Object) {
	data = make(Object, len(b.Data))
	for typ, content := range b.Data {
		data[typ] = appendContent(make([]byte, 0, len(content)+len(content)/2+2), typ, content)
	}
	return data, validObject(b.Metadata)
}

// appendData appends the data of a bundle, with sorted keys, as Bundle encodes it.
func appendData(dst []byte, data map[string]string) []byte {
	dst = append(dst, '{')
	for i, typ := range slices.Sorted(maps.Keys(data)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendContent(append(appendString(dst, typ), ':'), typ, data[typ])
	}
	return append(dst, '}')
}

// appendContent appends what a bundle has for one type.
func appendContent(dst []byte, typ, content string) []byte {
	switch kind(typ) {
	case jsonKind:
		if json.Valid([]byte(content)) {
			return append(dst, content...)
		}
	case binaryKind:
		dst = slices.Grow(dst, base64.StdEncoding.EncodedLen(len(content))+2)
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), []byte(content))
		return append(dst, '"')
	}
	return appendString(dst, content)
}

// validObject returns the entries that are JSON.
func validObject(values map[string]json.RawMessage) Object {
	valid := make(Object, len(values))
	for k, v := range values {
		if json.Valid(v) {
			valid[k] = v
		}
	}
	return valid
}

// Unbundle decodes what Bundle encoded. A text or binary value may also be a list of strings, as notebooks store them.
func Unbundle(data, metadata Object) (display.Bundle, error) {
	b := display.Bundle{Data: make(map[string]string, len(data)), Metadata: metadata}
	for typ, raw := range data {
		if kind(typ) == jsonKind {
			b.Data[typ] = string(raw)
			continue
		}
		text, err := joined(raw)
		if err != nil {
			return b, fmt.Errorf("wire: %s: %w", typ, err)
		}
		if kind(typ) == binaryKind {
			decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
			if err != nil {
				return b, fmt.Errorf("wire: %s: %w", typ, err)
			}
			text = string(decoded)
		}
		b.Data[typ] = text
	}
	return b, nil
}

func joined(raw json.RawMessage) (string, error) {
	var lines []string
	if len(raw) > 0 && raw[0] == '[' {
		err := json.Unmarshal(raw, &lines)
		return strings.Join(lines, ""), err
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

type mimeKind int

const (
	binaryKind mimeKind = iota
	textKind
	jsonKind
)

// kind classifies a MIME type as package display documents it. The names with a + are RFC 6839's structured syntaxes.
func kind(typ string) mimeKind {
	base, _, err := mime.ParseMediaType(typ)
	if err != nil {
		base = strings.ToLower(strings.TrimSpace(typ))
	}
	switch {
	case base == "application/json", strings.HasSuffix(base, "+json"):
		return jsonKind
	case strings.HasPrefix(base, "text/"), strings.HasSuffix(base, "+xml"), base == "application/xml",
		base == "application/javascript":
		return textKind
	}
	return binaryKind
}
