package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func message(t testing.TB, c Content) *Message {
	t.Helper()
	m, err := NewAuthor("tester").New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSignature compares with a signature made by another implementation: Python's hmac over the same four frames.
func TestSignature(t *testing.T) {
	parts := [][]byte{[]byte(`{"msg_id": "1"}`), []byte(`{}`), []byte(`{}`), []byte(`{"code": "1+1"}`)}
	got := string(NewCodec("secret").sign(parts))
	// hmac.new(b"secret", b'{"msg_id": "1"}{}{}{"code": "1+1"}', "sha256").hexdigest()
	if want := "2df7461f424ac1581b607a5d0621e37008c0d866e4f1958a59123377efb51474"; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, key := range []string{"", "key"} {
		m := message(t, ExecuteRequest{Code: "x := \"é\" // <&>"})
		m.Identities = [][]byte{[]byte("a"), {}, []byte("c")}
		m.Buffers = [][]byte{{0, 255}, {}, []byte(delimiter)}
		m.Parent = []byte(`{"b": 1.0,  "a": 2}`)
		got, err := NewCodec(key).Decode(NewCodec(key).Encode(m))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := mustJSON(t, got), mustJSON(t, m); a != b {
			t.Errorf("key %q:\n%s\n%s", key, a, b)
		}
		if string(got.Parent) != string(m.Parent) || len(got.Identities) != 3 || len(got.Buffers) != 3 {
			t.Errorf("key %q: %+v", key, got)
		}
	}
}

func mustJSON(t testing.TB, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestFaults(t *testing.T) {
	good := func() [][]byte { return NewCodec("key").Encode(message(t, KernelInfoRequest{})) }
	resign := func(f [][]byte) [][]byte { f[1] = NewCodec("key").sign(f[2:6]); return f }
	for _, c := range []struct {
		reason string
		frames [][]byte
		want   Fault
	}{
		{"nothing at all", nil, NoDelimiter},
		{"no delimiter", good()[1:], NoDelimiter},
		{"a delimiter with something behind it", [][]byte{[]byte(delimiter + "x")}, NoDelimiter},
		{"four frames", good()[:5], TooFewFrames},
		{"nothing behind the delimiter", good()[:1], TooFewFrames},
		{"no signature", func() [][]byte { f := good(); f[1] = nil; return f }(), Unsigned},
		{"a signature in capitals", func() [][]byte { f := good(); f[1] = bytes.ToUpper(f[1]); return f }(), BadSignature},
		{"a signature that is too short", func() [][]byte { f := good(); f[1] = f[1][:63]; return f }(), BadSignature},
		{"a changed header", func() [][]byte { f := good(); f[2] = append(f[2], ' '); return f }(), BadSignature},
		{"a changed content", func() [][]byte { f := good(); f[5] = []byte("{ }"); return f }(), BadSignature},
		{"bytes moved over a frame's edge", func() [][]byte {
			f := good()
			f[3], f[4] = []byte("{"), []byte("}{}")
			return f
		}(), BadParent}, // the signature does not see the edges: the JSON does
		{"a header that is no JSON", resign(func() [][]byte { f := good(); f[2] = []byte("x"); return f }()), BadHeader},
		{"a header that is a list", resign(func() [][]byte { f := good(); f[2] = []byte("[]"); return f }()), BadHeader},
		{"a header that is null", resign(func() [][]byte { f := good(); f[2] = []byte("null"); return f }()), BadHeader},
		{"a header without msg_id", resign(func() [][]byte { f := good(); f[2] = []byte(`{"msg_type":"x"}`); return f }()), BadHeader},
		{"a parent that is null", resign(func() [][]byte { f := good(); f[3] = []byte("null"); return f }()), BadParent},
		{"metadata that is a string", resign(func() [][]byte { f := good(); f[4] = []byte(`"x"`); return f }()), BadMetadata},
		{"content that is empty", resign(func() [][]byte { f := good(); f[5] = nil; return f }()), BadContent},
		{"content with something behind it", resign(func() [][]byte { f := good(); f[5] = []byte("{}x"); return f }()), BadContent},
		{"content that is too deep", resign(func() [][]byte { f := good(); f[5] = []byte(strings.Repeat(`{"a":`, 20000)); return f }()), BadContent},
	} {
		m, err := NewCodec("key").Decode(c.frames)
		if err == nil {
			_, err = ParseAny(m) // where the content is read
		}
		var fault Fault
		if !errors.As(err, &fault) || fault != c.want || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.reason, err, c.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "wire: ") {
			t.Errorf("%s: %q does not name the package", c.reason, err)
		}
	}
}

// TestBuffersAreNotSigned: the signature covers four frames, whatever follows.
func TestBuffersAreNotSigned(t *testing.T) {
	frames := append(NewCodec("key").Encode(message(t, KernelInfoRequest{})), []byte("added"))
	m, err := NewCodec("key").Decode(frames)
	if err != nil || len(m.Buffers) != 1 || string(m.Buffers[0]) != "added" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestReplay(t *testing.T) {
	c := NewCodec("key")
	frames := c.Encode(message(t, KernelInfoRequest{}))
	if _, err := c.Decode(frames); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Decode(frames); !errors.Is(err, Replayed) {
		t.Errorf("the second time: %v", err)
	}
	if _, err := NewCodec("key").Decode(frames); err != nil {
		t.Errorf("another codec: %v", err)
	}
	unsigned := NewCodec("")
	for range 2 {
		if _, err := unsigned.Decode(unsigned.Encode(message(t, KernelInfoRequest{}))); err != nil {
			t.Errorf("without a key: %v", err)
		}
	}
}

// TestReplayForgets: the memory is bounded, and forgets the oldest first.
func TestReplayForgets(t *testing.T) {
	r := newReplay(3)
	digest := func(i byte) (d [32]byte) { d[0] = i; return d }
	for i := range byte(5) {
		if !r.add(digest(i)) {
			t.Errorf("%d is new", i)
		}
	}
	for i, known := range []bool{false, false, true, true, true} {
		if _, got := r.known[digest(byte(i))]; got != known {
			t.Errorf("%d is known: %v", i, got)
		}
	}
	if len(r.ring) != 3 || len(r.known) != 3 {
		t.Errorf("%d in the ring, %d known", len(r.ring), len(r.known))
	}
}

func TestAuthor(t *testing.T) {
	a, b := NewAuthor("x"), NewAuthor("x")
	if a.Session() == b.Session() || len(a.Session()) != 36 {
		t.Errorf("sessions %q and %q", a.Session(), b.Session())
	}
	ids := make(chan string)
	for range 10 {
		go func() {
			for range 100 {
				m, _ := a.New(Status{State: Idle}, nil)
				ids <- m.Header.MsgID
			}
		}()
	}
	seen := make(map[string]bool)
	for range 1000 {
		seen[<-ids] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d ids in 1000 messages", len(seen))
	}
	m, _ := a.New(Status{State: Idle}, []byte(`{"k":1}`))
	if string(m.Parent) != `{"k":1}` || string(m.Metadata) != "{}" || m.Header.MsgType != "status" {
		t.Errorf("%+v", m)
	}
	if d, err := time.Parse(time.RFC3339Nano, m.Header.Date); err != nil || time.Since(d).Abs() > time.Hour {
		t.Errorf("date %q: %v", m.Header.Date, err)
	}
}

func FuzzDecode(f *testing.F) {
	frames := NewCodec("").Encode(message(f, ExecuteRequest{Code: "1"}))
	f.Add(bytes.Join(frames, []byte("\x00\x00")), "key")
	f.Add(bytes.Join(frames[1:], []byte("\x00\x00")), "")
	f.Add([]byte("<IDS|MSG>\x00\x00\x00\x00{\"msg_id\":\"1\",\"msg_type\":\"stream\"}\x00\x00{}\x00\x00{}\x00\x00{}"), "")
	f.Fuzz(func(t *testing.T, raw []byte, key string) {
		frames := bytes.Split(raw, []byte("\x00\x00"))
		c := NewCodec(key)
		if m, err := c.Decode(frames); err == nil {
			if key != "" {
				t.Fatal("a signature was found by chance")
			}
			again := c.Encode(m)
			if at := slices.IndexFunc(frames, func(f []byte) bool { return string(f) == delimiter }); len(again[at+1]) == 0 {
				frames[at+1] = again[at+1] // without a key the signature is not looked at
			}
			if !slices.EqualFunc(again, frames, bytes.Equal) {
				t.Fatalf("%q became %q", frames, again)
			}
			ParseAny(m)
		} else if fault := Fault(""); !errors.As(err, &fault) {
			t.Fatalf("%v is no fault", err)
		}
	})
}

func BenchmarkEncodeDecode(b *testing.B) {
	a, c := NewAuthor("x"), NewCodec("key")
	for b.Loop() {
		m, _ := a.New(ExecuteReply{Status: OK}, nil)
		if _, err := c.Decode(c.Encode(m)); err != nil {
			b.Fatal(err)
		}
	}
}
