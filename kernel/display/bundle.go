package display

import (
	"encoding/json"
	"maps"
)

// MIME types that this package produces.
const (
	mimeText     = "text/plain"
	mimeHTML     = "text/html"
	mimeMarkdown = "text/markdown"
	mimeLaTeX    = "text/latex"
	mimeSVG      = "image/svg+xml"
	mimePNG      = "image/png"
	mimeJPEG     = "image/jpeg"
	mimeGIF      = "image/gif"
	mimeJSON     = "application/json"
	mimeJS       = "application/javascript"
)

// Bundle is one value in several representations.
type Bundle struct {
	// Data maps a MIME type to its content: text as it is, JSON types (application/json, …+json) as JSON text, and every
	// other type as raw bytes, which the kernel encodes in base64. image/svg+xml and application/javascript are text.
	Data map[string]string
	// Metadata maps a MIME type to its metadata object ({"width": 300}), or a key of its own to a value.
	Metadata map[string]json.RawMessage
	// ID is the display_id under which the display can be updated; "" for none.
	ID string
}

// String returns the bundle's plain text, so that a bundle can be printed.
func (b Bundle) String() string { return b.Data[mimeText] }

// Sized returns the bundle with its images shown at width × height CSS pixels; a zero leaves that side to the front end.
func (b Bundle) Sized(width, height int) Bundle {
	size := map[string]int{}
	if width > 0 {
		size["width"] = width
	}
	if height > 0 {
		size["height"] = height
	}
	raw, _ := json.Marshal(size) // a map of ints always has a JSON form
	b.Metadata = maps.Clone(b.Metadata)
	if b.Metadata == nil {
		b.Metadata = map[string]json.RawMessage{}
	}
	for _, mime := range []string{mimePNG, mimeJPEG, mimeGIF, mimeSVG} {
		if _, ok := b.Data[mime]; ok {
			b.Metadata[mime] = raw
		}
	}
	return b
}

// textBundle is the bundle of a value that has nothing but text.
func textBundle(s string) Bundle { return Bundle{Data: map[string]string{mimeText: s}} }
