package pipe

import (
	"encoding/json"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// TestReplies: what is sent is what is received, with texts of every length, one reply after the other, and nothing is changed that
// the sender still has.
func TestReplies(t *testing.T) {
	r, w := io.Pipe()
	from, to := New(strings.NewReader(""), w), New(r, io.Discard)
	text := func(n int) string { return strings.Repeat("é\x00x", n/4) }
	var want []Reply
	for _, n := range []int{0, 4, longText - 4, longText, longText + 4, 3 << 20} {
		data := map[string]string{"text/html": text(n), "text/plain": "short", "image/png": text(2 * n)}
		want = append(want,
			Reply{Seq: n, Display: &Display{Data: data, Metadata: map[string]json.RawMessage{"a": json.RawMessage("1")}, ID: "x", Update: true}},
			Reply{Seq: n, Stream: &Stream{Name: "stdout", Text: []byte(text(n) + "end")}},
			Reply{Seq: n, Done: &Done{Value: &Display{Data: data}, At: 3}},
			Reply{Seq: n, Done: &Done{Stopped: true}},
			Reply{Seq: n, Display: &Display{Data: map[string]string{"text/plain": text(n + longText)}}})
	}
	go func() {
		for _, reply := range want {
			if err := from.Send(&reply); err != nil {
				t.Error(err)
			}
		}
		w.Close()
	}()
	for i := range want {
		var got Reply
		if err := to.Receive(&got); err != nil {
			t.Fatal(err)
		}
		if d := want[i].shown(); d != nil && len(d.Long) > 0 {
			t.Errorf("reply %d was changed when it was sent", i)
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("reply %d differs", i)
		}
	}
	if err := to.Receive(new(Reply)); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// TestRepliesThatAreCut: a worker that dies within a text, or claims one without end, is an error.
func TestRepliesThatAreCut(t *testing.T) {
	for _, l := range []Long{{"text/plain", 100}, {"text/plain", -1}, {"text/plain", tooLong + 1}} {
		r := Reply{Display: &Display{Long: []Long{l}}}
		if err := r.whole(strings.NewReader("short")); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
}

// TestLongTextsAreNotCopied: sending a text takes no memory for it.
func TestLongTextsAreNotCopied(t *testing.T) {
	const size = 16 << 20
	reply := Reply{Display: &Display{Data: map[string]string{"text/html": strings.Repeat("x", size)}}}
	c := New(strings.NewReader(""), io.Discard)
	c.Send(&reply) // the types
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.Send(&reply)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > size/10 {
		t.Errorf("sending %d bytes takes %d", size, n)
	}
}
