package display

import "encoding/json"

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
