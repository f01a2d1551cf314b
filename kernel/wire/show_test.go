package wire

import (
	"encoding/json"
	"reflect"
	"testing"

	"joule/kernel/display"
)

// TestShow: the content is, as JSON, that of the message type made from Bundle, for every kind of data; the size is no less than
// half of what it comes to, so that queues are bounded.
func TestShow(t *testing.T) {
	count := 3
	for _, b := range []display.Bundle{
		{},
		{Data: map[string]string{"text/plain": "a\"\n\xff", "text/html": "<b>é</b>"}, ID: "id\"1"},
		{Data: map[string]string{"application/json": `{"x": [1, 2.50]}`, "application/vnd.x+json": "not JSON"}},
		{Data: map[string]string{"image/png": "\x89PNG\x00\xff", "image/svg+xml": "<svg/>"},
			Metadata: map[string]json.RawMessage{"image/png": []byte(`{"width": 3}`), "broken": []byte(`{`)}},
	} {
		data, metadata := Bundle(b)
		transient := Transient{DisplayID: b.ID}
		for _, c := range []struct {
			show Show
			want Content
		}{
			{Show{Bundle: b}, DisplayData{data, metadata, transient}},
			{Show{Bundle: b, Update: true}, UpdateDisplayData{data, metadata, transient}},
			{Show{Bundle: b, ExecutionCount: &count}, ExecuteResult{count, data, metadata, transient}},
		} {
			if c.show.MsgType() != c.want.MsgType() {
				t.Errorf("%s, want %s", c.show.MsgType(), c.want.MsgType())
			}
			got, err := encode(c.show)
			if err != nil {
				t.Fatal(err)
			}
			want, err := encode(c.want)
			if err != nil {
				t.Fatal(err)
			}
			var x, y any
			if json.Unmarshal(got, &x) != nil || json.Unmarshal(want, &y) != nil || !reflect.DeepEqual(x, y) {
				t.Errorf("%s, want %s", got, want)
			}
			if 2*c.show.Size() < len(got) {
				t.Errorf("the size is %d for %d bytes", c.show.Size(), len(got))
			}
		}
	}
}

// TestDecodeLeavesTheContent: the content is not looked at, everything else is.
func TestDecodeLeavesTheContent(t *testing.T) {
	sender, receiver := NewCodec("key"), NewCodec("key")
	m, err := NewAuthor("x").New(Status{Busy}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Content = []byte("{")
	frames := sender.Encode(m)
	if _, err := receiver.Decode(frames); err != nil {
		t.Error(err)
	}
	if _, err := receiver.Decode(frames); err == nil {
		t.Error("a replay is taken")
	}
	m.Metadata = []byte("[")
	if _, err := receiver.Decode(sender.Encode(m)); err == nil {
		t.Error("metadata that is no object is taken")
	}
}
