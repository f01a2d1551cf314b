package wire

import (
	"errors"
	"testing"
)

// TestBare: what one codec encodes another with the key decodes, once; everything else is a fault of its own.
func TestBare(t *testing.T) {
	sender := NewCodec("key")
	content := []byte(`{"shell_port":"1"}`)
	frames := sender.EncodeBare(content)
	receiver := NewCodec("key")
	got, err := receiver.DecodeBare(append([][]byte{[]byte("identity")}, frames...))
	if err != nil || string(got) != string(content) {
		t.Fatalf("%s, %v", got, err)
	}
	for _, c := range []struct {
		name   string
		frames [][]byte
		want   Fault
	}{
		{"again", frames, Replayed},
		{"other key", NewCodec("other").EncodeBare(content), BadSignature},
		{"no signature", [][]byte{frames[0], nil, content}, Unsigned},
		{"changed", [][]byte{frames[0], frames[1], []byte(`{}`)}, BadSignature},
		{"a frame less", frames[:2], TooFewFrames},
		{"a frame more", append(sender.EncodeBare(content), nil), TooFewFrames},
		{"no delimiter", frames[1:], NoDelimiter},
		{"nothing", nil, NoDelimiter},
		{"no object", sender.EncodeBare([]byte(`[]`)), BadContent},
		{"no JSON", sender.EncodeBare([]byte(`{`)), BadContent},
	} {
		if _, err := receiver.DecodeBare(c.frames); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if got, err := NewCodec("").DecodeBare(NewCodec("").EncodeBare(content)); err != nil || string(got) != string(content) {
		t.Errorf("without a key: %s, %v", got, err)
	}
}
