package notebook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An Output is one output of a code cell. Kind says which of the other fields have a meaning.
type Output struct {
	Kind string // "stream", "display_data", "execute_result", "error"; others are kept as they are

	Name, Text string // stream: "stdout" or "stderr", and what was written

	Data     map[string]json.RawMessage // display_data, execute_result: MIME type → JSON text or a JSON value
	Metadata json.RawMessage            // display_data, execute_result: an object; nil means {}
	Count    int                        // execute_result

	EName, EValue string // error
	Traceback     []string

	raw json.RawMessage // what was read; written back as long as nobody made a new Output
}

func (o *Output) decode(raw json.RawMessage) error {
	doc, err := parseObject(raw)
	if err != nil {
		return err
	}
	o.raw = raw
	if json.Unmarshal(doc.values["output_type"], &o.Kind) != nil || o.Kind == "" {
		return errors.New("it has no output_type")
	}
	switch o.Kind {
	case "stream":
		json.Unmarshal(doc.values["name"], &o.Name)
		o.Text, err = text(doc.values["text"])
	case "display_data", "execute_result":
		o.Metadata = doc.values["metadata"]
		json.Unmarshal(doc.values["execution_count"], &o.Count)
		err = json.Unmarshal(doc.values["data"], &o.Data)
	case "error":
		json.Unmarshal(doc.values["ename"], &o.EName)
		json.Unmarshal(doc.values["evalue"], &o.EValue)
		err = json.Unmarshal(doc.values["traceback"], &o.Traceback)
	}
	if err != nil {
		return fmt.Errorf("a %s: %w", o.Kind, err)
	}
	return nil
}

// Plain returns what a reader of text would see of the output.
func (o *Output) Plain() string {
	switch o.Kind {
	case "stream":
		return o.Text
	case "error":
		return o.EName + ": " + o.EValue
	}
	s, err := text(o.Data["text/plain"])
	if err != nil {
		return ""
	}
	return s
}

func (o *Output) encode() json.RawMessage {
	if o.raw != nil {
		return o.raw
	}
	doc := newObject()
	doc.set("output_type", quote(o.Kind))
	switch o.Kind {
	case "stream":
		doc.set("name", quote(o.Name))
		doc.set("text", quoteLines(o.Text))
	case "display_data", "execute_result":
		doc.set("data", encodeData(o.Data))
		doc.set("metadata", json.RawMessage("{}"))
		if o.Metadata != nil {
			doc.set("metadata", o.Metadata)
		}
		if o.Kind == "execute_result" {
			doc.set("execution_count", fmt.Appendf(nil, "%d", o.Count))
		}
	case "error":
		doc.set("ename", quote(o.EName))
		doc.set("evalue", quote(o.EValue))
		lines := make([]json.RawMessage, len(o.Traceback))
		for i, line := range o.Traceback {
			lines[i] = quote(line)
		}
		doc.set("traceback", array(lines))
	}
	return doc.encode()
}

// encodeData writes a MIME bundle. Text is split into lines; JSON, images in base64 and the like stay whole.
func encodeData(data map[string]json.RawMessage) json.RawMessage {
	doc := newObject()
	for mime, raw := range data {
		var s string
		if splits(mime) && json.Unmarshal(raw, &s) == nil {
			raw = quoteLines(s)
		}
		doc.values[mime] = raw
		doc.keys = append(doc.keys, mime)
	}
	slices.Sort(doc.keys)
	return doc.encode()
}

func splits(mime string) bool {
	return strings.HasPrefix(mime, "text/") || mime == "application/javascript" || mime == "image/svg+xml"
}
